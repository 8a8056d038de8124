import type { Observation } from '../../contracts/dns.ts'
import type { Check } from '../../contracts/verification.ts'
import { type ChallengeLead, judgeChallengeCname, judgeLitter } from '../../domain/diagnosis/challenge.ts'
import { inParallel } from '../../domain/in-parallel.ts'
import { challengeName } from '../../domain/records.ts'
import { DomainctlError } from '../../errors.ts'
import { seenAnswers } from '../sightings.ts'
import { type Looking, observe, toCheck } from './look.ts'
import { wildcardBehind } from './wildcards.ts'

/** Names that are looked at at a time. */
const NAMES_AT_A_TIME = 32

/**
 * What stands at the names of the challenges already: a CNAME that is none of ours, or records of other issuances. Nothing
 * there is the usual case, and no check. What keeps the zone from answering is for the checks of the zone to tell.
 * @param delegated base names whose challenge is delegated by our own configuration, which is checked as a proof
 * @param mine values of orders that are open; asked for only where there are values at all
 */
export async function lookAtChallenges(
  looking: Looking,
  bases: readonly string[],
  delegated: ReadonlySet<string>,
  mine: () => Promise<ReadonlySet<string>>,
): Promise<Check[]> {
  const wanted = new Set(bases.filter((base) => !delegated.has(base)))
  const checks = await inParallel(wanted, NAMES_AT_A_TIME, (base) => lookAtChallenge(looking, base, mine))
  return checks.flat()
}

async function lookAtChallenge(looking: Looking, base: string, mineOf: () => Promise<ReadonlySet<string>>): Promise<Check[]> {
  const { now } = looking
  const name = challengeName(base)
  const observed = await observe(looking, name, 'TXT')
  if (observed instanceof DomainctlError) return []
  const usable = observed.answers.filter(({ outcome }) => outcome === 'answer')
  const seen = seenAnswers(observed)
  const cname = usable.find((answer) => answer.cname !== undefined)?.cname
  if (cname !== undefined) {
    const [lead, wildcard] = await Promise.all([leadOf(looking, name), wildcardBehind(looking, [observed])])
    const finding = judgeChallengeCname(name, cname, lead, { isWildcard: wildcard.length > 0 })
    return [toCheck({ purpose: 'challenge', record: { type: 'CNAME', name, expected: [] } }, finding, { seen, now })]
  }
  const values = usable.flatMap((answer) => answer.values)
  if (values.length === 0) return []
  const mine = await mineOf()
  if (values.every((value) => mine.has(value))) return []
  const finding = judgeLitter(name, values, { mine, wildcard: await wildcardAt(looking, base, observed) })
  if (!finding) return []
  return [toCheck({ purpose: 'challenge', record: { type: 'TXT', name, expected: [] } }, finding, { seen, now })]
}

async function leadOf({ dns, signal }: Looking, name: string): Promise<ChallengeLead> {
  try {
    const end = await dns.followCname(name, { signal })
    // The name itself need not exist yet; without a zone nobody can make it.
    await dns.zoneOf(end, { signal })
    return { end }
  } catch (error) {
    if (!(error instanceof DomainctlError && error.kind === 'not-ready')) throw error
    return { lost: error.code === 'DNS_UNREACHABLE' ? 'silent' : 'nowhere', why: error.message }
  }
}

/** What the zone shows beside the challenge for a name that nobody makes: the values of a wildcard record, if there is one. */
async function wildcardAt({ dns, signal }: Looking, base: string, { zone, answers }: Observation): Promise<Set<string>> {
  const servers = answers.filter(({ outcome }) => outcome === 'answer').map(({ server }) => server)
  const control = await dns.observe(`domainctl-no-such-record.${base}`, 'TXT', { signal, zone: { ...zone, servers } })
  return new Set(control.answers.flatMap(({ values }) => values))
}
