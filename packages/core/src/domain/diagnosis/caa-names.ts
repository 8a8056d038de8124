import type { ChallengeType } from '../model.ts'
import { baseOf, isWithin } from '../names.ts'
import { type CaaMend, type CaaSet, judgeCaa } from './caa.ts'
import { caaText } from './caa-text.ts'
import { explained, type Finding } from './finding.ts'
import { andMore, plainName } from './sentence.ts'

/** A CA that may be asked, as CAA records mean it. */
export interface CaaCandidate {
  /** The first one is written into records; none where the CA does not tell them, so that it decides by itself. */
  identities: readonly string[]
  /** How the names are proven to it (`validationmethods`, RFC 8657); absent: `dns-01`. */
  method?: ChallengeType | undefined
  /** Absent where there is no account yet. */
  accountUrl?: string
}

/** A name for which CAA does not let a CA issue. */
export interface ForbiddenName {
  name: string
  /** Completes "CAA …". */
  reason: string
  /** What to do, as a sentence without its end; equal for all names that the same change helps. */
  fix: string
  mend: CaaMend
  /** Where a CNAME leads to the records, at a name that is neither this one nor above it: the name there. */
  elsewhere?: string
}

/** What is in force for each base name. */
export type CaaSets = ReadonlyMap<string, CaaSet>

/**
 * For which of the names, wildcards among them, a CA may not issue, and the accounts that alone may where none is known.
 * @param sets of the base of each name
 */
export function allowedBy(
  names: readonly string[],
  sets: CaaSets,
  { identities, method = 'dns-01', accountUrl }: CaaCandidate,
): { forbidden: ForbiddenName[]; accounts: string[] } {
  const forbidden: ForbiddenName[] = []
  const accounts = new Set<string>()
  for (const name of names) {
    const set = sets.get(baseOf(name))
    if (!set) continue
    const wildcard = name.startsWith('*.')
    const verdict = judgeCaa(set, { identities, wildcard, method, ...(accountUrl !== undefined && { accountUrl }) })
    if (verdict.allowed) for (const account of verdict.accounts ?? []) accounts.add(account)
    else {
      const { reason, fix, mend } = verdict
      const owner = [...mend.create, ...mend.remove].map((record) => record.name).find((at) => !isWithin(baseOf(name), at))
      forbidden.push({ name, reason, fix, mend, ...(owner !== undefined && { elsewhere: owner }) })
    }
  }
  return { forbidden, accounts: [...accounts] }
}

/** Where CAA records stand, for people. */
export function placesOf(sets: Iterable<CaaSet>): string {
  const places = new Set([...sets].flatMap(({ rrsets }) => rrsets.flatMap(({ path }) => path.at(-1) ?? [])))
  return places.size === 0 ? 'no CAA records are in force' : `CAA at ${andMore([...places])}`
}

/** A finding with the record that it is about. */
export interface CaaFinding {
  record: { type: 'CAA'; name: string; expected: string[] }
  finding: Finding
}

/**
 * What CAA means for names and the CAs in the order in which they are wanted: one that is allowed is enough. Where none
 * is, there is a finding for each record that would help the first one; nothing where one of them decides by itself.
 */
export function judgeNames(names: readonly string[], sets: CaaSets, candidates: readonly CaaCandidate[]): CaaFinding[] {
  const told = candidates.filter(({ identities }) => identities.length > 0)
  const judged = told.map((candidate) => ({ candidate, ...allowedBy(names, sets, candidate) }))
  const [first] = judged
  if (!first) return []
  const chosen = judged.find(({ forbidden }) => forbidden.length === 0)
  if (!chosen) return told.length < candidates.length ? [] : refusals(first, judged)
  const owner = ownerOf(names, sets)
  const expected = owner.isRestricted ? [issueBy(chosen.candidate)] : []
  return [{ record: { type: 'CAA', name: owner.name, expected }, finding: allowance(names, sets, chosen, first) }]
}

type Judged = { candidate: CaaCandidate } & ReturnType<typeof allowedBy>

function allowance(names: readonly string[], sets: CaaSets, chosen: Judged, first: Judged): Finding {
  const ca = caOf(chosen)
  const whom = andMore(names.map(plainName))
  if ([...sets.values()].every(({ rrsets }) => rrsets.length === 0)) {
    return { state: 'ok', explanation: `No CAA record restricts which CA may issue for ${whom}.`, actor: 'customer' }
  }
  const allows = `${placesOf(sets.values())} lets ${ca} issue for ${whom}`
  if (chosen !== first) {
    const why = first.forbidden[0]?.reason ?? ''
    const explanation = `${allows}, but not ${caOf(first)}, which is wanted first: CAA ${why}. The certificate will come from ${ca}.`
    return { state: 'ok', problem: 'DNS_CAA_FORBIDS', severity: 'info', explanation, actor: 'customer' }
  }
  if (chosen.accounts.length > 0) {
    const explanation = `${allows}, by the account ${andMore(chosen.accounts)} alone (accounturi). No account is known here yet: with another one the CA refuses.`
    return { state: 'ok', problem: 'DNS_CAA_FORBIDS', severity: 'info', explanation, actor: 'operator' }
  }
  return { state: 'ok', explanation: `${allows}.`, actor: 'customer' }
}

function refusals(first: Judged, judged: readonly Judged[]): CaaFinding[] {
  const others = judged.slice(1).map(caOf)
  const nor = others.length > 0 ? ` It does not let ${andMore(others)} issue either.` : ''
  return [...Map.groupBy(first.forbidden, ({ fix }) => fix).values()].flatMap((group) => {
    const [one] = group
    if (!one) return []
    const { mend, elsewhere } = one
    const names = andMore(group.map(({ name }) => plainName(name)))
    const finding: Finding = {
      state: 'wrong',
      problem: 'DNS_CAA_FORBIDS',
      ...explained(
        `CAA does not let ${caOf(first)} issue for ${names}: ${one.reason}.${nor} A CAA record is a rule that names a CA, a company that may make certificates.`,
        stepsOf(one),
      ),
      action: mend.create.length > 0 ? 'create' : 'remove',
      // Where a CNAME leads to the records of a hosting company, the owner of the name cannot make any there.
      actor: elsewhere === undefined ? 'customer' : 'operator',
      ...(mend.create.length > 0 && { create: mend.create }),
      ...(mend.remove.length > 0 && { remove: mend.remove }),
    }
    const [place] = [...mend.create, ...mend.remove]
    const expected = mend.create.filter(({ name }) => name === place?.name).map(({ value }) => value)
    return [{ record: { type: 'CAA', name: place?.name ?? '', expected }, finding }]
  })
}

/** What to do, a step each. */
function stepsOf({ mend: { create, remove }, elsewhere }: ForbiddenName): string[] {
  const go = remove.length === 1 ? 'the record that is given' : `the ${remove.length} records that are given`
  return [
    ...(elsewhere === undefined
      ? []
      : [`A CNAME leads to ${plainName(elsewhere)}: whoever runs that name has to do this there.`]),
    ...(remove.length > 0 ? [`Remove ${go}, and keep the others.`] : []),
    ...(create.length > 0 ? ['Keep what is there, and add one more CAA record: one that fits is enough.'] : []),
  ]
}

/** The record that a check is about: where the first records stand, else the first name. */
function ownerOf(names: readonly string[], sets: CaaSets): { name: string; isRestricted: boolean } {
  const [first = ''] = names
  const place = [...sets.values()].flatMap(({ rrsets }) => rrsets.flatMap(({ path }) => path.at(-1) ?? []))[0]
  return { name: place ?? baseOf(first), isRestricted: place !== undefined }
}

function issueBy({ identities: [identity = ''] }: CaaCandidate): string {
  return caaText({ flags: 0, tag: 'issue', value: identity })
}

function caOf({ candidate: { identities } }: Judged): string {
  return identities[0] ?? ''
}
