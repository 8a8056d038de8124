import type { Issuer } from '../../contracts/issuer.ts'
import type { Check, SeenAnswer } from '../../contracts/verification.ts'
import type { CaaSet } from '../../domain/diagnosis/caa.ts'
import { type CaaCandidate, type CaaSets, judgeNames } from '../../domain/diagnosis/caa-names.ts'
import { caaText } from '../../domain/diagnosis/caa-text.ts'
import type { Finding } from '../../domain/diagnosis/finding.ts'
import { DEFAULT_TENANT } from '../../domain/ids.ts'
import { inParallel } from '../../domain/in-parallel.ts'
import { knownCaaIdentities } from '../../domain/known-cas.ts'
import type { Domain } from '../../domain/model.ts'
import { baseOf } from '../../domain/names.ts'
import { printable } from '../../domain/printable.ts'
import { DomainctlError } from '../../errors.ts'
import type { Services, Settings } from '../services.ts'
import { blind, type Looking, toCheck } from './look.ts'

/** Names whose CAA records are looked up at a time; the levels above them are shared. */
const NAMES_AT_A_TIME = 32

/** What of a domain CAA is about. */
type CaaDomain = Pick<Domain, 'names' | 'cas'> & Partial<Pick<Domain, 'challenge'>>

/** Those of the {@link Services} by which the CAs of a domain are known. */
interface CaServices {
  issuer(ca: string): Promise<Pick<Issuer, 'describe'>>
  store: Pick<Services['store'], 'getAccount'>
  settings: Pick<Settings, 'cas'>
  accountName: Services['accountName']
}

/**
 * What CAA says about the CAs of a domain in the order in which they are wanted (requirements D6): one check that is ok when
 * one of them may issue, else one for each record that has to be made or removed. None where no CA says how CAA names it.
 * Asks CAs that are not known for their directories, and nothing else.
 */
export async function lookAtCaa(looking: Looking, services: CaServices, domain: CaaDomain): Promise<Check[]> {
  const { candidates, silent } = await candidatesOf(looking, services, domain)
  const unasked = silent.map((one) => unjudged(looking, domain, one))
  if (isNobodyNamed(candidates)) return unasked
  const found = await lookUp(looking, domain)
  // Only records name accounts, and most names have none: an account is read, and unsealed, where there are any.
  const isRestricted = found.some(({ set }) => set?.rrsets.some(({ properties }) => properties.length > 0))
  const known = isRestricted ? await withAccounts(services, candidates) : candidates
  const { challenge: method } = domain
  return [
    ...judged(
      looking,
      domain,
      known.map((candidate) => ({ ...candidate, method })),
      found,
    ),
    ...unasked,
  ]
}

function isNobodyNamed(candidates: readonly CaaCandidate[]): boolean {
  return candidates.every(({ identities }) => identities.length === 0)
}

/** What is in force for a base name, or why that cannot be seen. */
interface LookedUp {
  name: string
  set?: CaaSet
  error?: DomainctlError
}

async function lookUp(looking: Looking, { names }: Pick<Domain, 'names'>): Promise<LookedUp[]> {
  const bases = new Set(names.map(({ name }) => baseOf(name)))
  return await inParallel(bases, NAMES_AT_A_TIME, async (name) => ({ name, ...(await caaFor(looking, name)) }))
}

function judged(
  { now }: Looking,
  domain: Pick<Domain, 'names'>,
  candidates: readonly CaaCandidate[],
  found: readonly LookedUp[],
): Check[] {
  const names = domain.names.map(({ name }) => name)
  const sets = new Map(found.flatMap(({ name, set }) => (set ? [[name, set] as const] : [])))
  const failures = found.flatMap(({ name, error }) => (error ? [{ name, error }] : []))
  // What a zone fails at is the same for all of its names.
  const failed = [...Map.groupBy(failures, ({ error }) => error.message).values()].flatMap(([one]) => {
    if (!one) return []
    const record = { type: 'CAA' as const, name: one.name, expected: [] }
    return [toCheck({ purpose: 'caa', record }, blind(one.error), { seen: [], now })]
  })
  const known = names.filter((name) => sets.has(baseOf(name)))
  const findings = known.length === 0 ? [] : judgeNames(known, sets, candidates)
  return [
    ...failed,
    ...findings.map(({ record, finding }) =>
      toCheck({ purpose: 'caa', record }, finding, { seen: seenAt(record.name, sets), now }),
    ),
  ]
}

/** The CAA records in force for each base name. @throws DomainctlError as `Dns.caaFor` says */
export async function caaInForce({ dns, signal }: Pick<Looking, 'dns' | 'signal'>, names: readonly string[]): Promise<CaaSets> {
  const bases = [...new Set(names.map(baseOf))]
  return new Map(await inParallel(bases, NAMES_AT_A_TIME, async (base) => [base, await dns.caaFor(base, { signal })] as const))
}

async function caaFor({ dns, signal }: Looking, name: string): Promise<Omit<LookedUp, 'name'>> {
  try {
    return { set: await dns.caaFor(name, { signal }) }
  } catch (error) {
    if (error instanceof DomainctlError && error.kind === 'not-ready') return { error }
    throw error
  }
}

/** A CA with its directory URL. */
type KnownCandidate = CaaCandidate & { ca: string }

/** A CA that did not tell by which names CAA means it. */
interface SilentCa {
  ca: string
  error: DomainctlError
}

/** For whether CAA lets such a CA issue: nobody knows, and it may well not. */
function unjudged({ now }: Looking, { names: [first] }: Pick<Domain, 'names'>, { ca, error }: SilentCa): Check {
  const record = { type: 'CAA' as const, name: baseOf(first?.name ?? ''), expected: [] }
  const finding: Finding = {
    state: 'unknown',
    problem: error.code,
    severity: 'warning',
    explanation: `${printable(ca)} could not be asked by which name CAA records mean it, so whether they let it issue was not judged: ${error.message}`,
    actor: error.actor === 'operator' ? 'operator' : 'ca',
  }
  return toCheck({ purpose: 'caa', record }, finding, { seen: [], now })
}

async function candidatesOf(
  { signal }: Looking,
  services: CaServices,
  domain: Pick<Domain, 'cas'>,
): Promise<{ candidates: KnownCandidate[]; silent: SilentCa[] }> {
  const cas = domain.cas ?? services.settings.cas
  const silent: SilentCa[] = []
  const candidates = await Promise.all(
    cas.map(async (ca) => {
      try {
        const identities = knownCaaIdentities(ca) ?? (await (await services.issuer(ca)).describe({ signal })).caaIdentities
        return { ca, identities }
      } catch (error) {
        // How CAA names a CA that does not answer is not known either.
        if (!(error instanceof DomainctlError && error.code.startsWith('CA_'))) throw error
        silent.push({ ca, error })
        return { ca, identities: [] }
      }
    }),
  )
  return { candidates, silent }
}

async function withAccounts({ store, accountName }: CaServices, candidates: readonly KnownCandidate[]): Promise<CaaCandidate[]> {
  return await Promise.all(
    candidates.map(async ({ ca, identities }) => {
      const account = await store.getAccount(DEFAULT_TENANT, ca, accountName(ca))
      return { identities, ...(account?.url !== undefined && { accountUrl: account.url }) }
    }),
  )
}

/** The CAA records at one place as each server shows them; one that shows others is told with what it shows. */
function seenAt(name: string, sets: CaaSets): SeenAnswer[] {
  const shown = new Map<string, SeenAnswer>()
  for (const { rrsets } of sets.values()) {
    for (const { path, servers, properties } of rrsets) {
      if (path.at(-1) !== name) continue
      for (const server of servers) shown.set(server, { server, rcode: 'NOERROR', values: properties.map(caaText) })
    }
  }
  return [...shown.values()]
}
