import type { Check, SeenAnswer } from '../../contracts/domainctl.ts'
import type { Issuer } from '../../contracts/issuer.ts'
import { type CaaSet, caaText } from '../../domain/diagnosis/caa.ts'
import { type CaaCandidate, type CaaSets, judgeNames } from '../../domain/diagnosis/caa-names.ts'
import { DEFAULT_TENANT } from '../../domain/ids.ts'
import { inParallel } from '../../domain/in-parallel.ts'
import { knownCaaIdentities } from '../../domain/known-cas.ts'
import type { Domain } from '../../domain/model.ts'
import { baseOf } from '../../domain/names.ts'
import { DomainctlError } from '../../errors.ts'
import type { Services, Settings } from '../services.ts'
import { blind, type Looking, toCheck } from './look.ts'

/** Names whose CAA records are looked up at a time; the levels above them are shared. */
const NAMES_AT_A_TIME = 32

/** Those of the {@link Services} by which the CAs of a domain are known. */
interface CaServices {
  issuer(ca: string): Promise<Pick<Issuer, 'describe'>>
  store: Pick<Services['store'], 'getAccount'>
  settings: Pick<Settings, 'cas'>
}

/** What CAA says about the CAs of a domain (requirements D6). Asks CAs that are not known for their directories, and
 * nothing else. */
export async function lookAtCaa(looking: Looking, services: CaServices, domain: Pick<Domain, 'names' | 'cas'>): Promise<Check[]> {
  const candidates = await candidatesOf(looking, services, domain)
  return await lookAtCaaOf(looking, domain, candidates)
}

/**
 * What CAA says about CAs in the order in which they are wanted: one check that is ok when one of them may issue, else one
 * for each record that has to be made or removed. None where no CA says how CAA names it.
 */
export async function lookAtCaaOf(
  looking: Looking,
  domain: Pick<Domain, 'names'>,
  candidates: readonly CaaCandidate[],
): Promise<Check[]> {
  if (candidates.every(({ identities }) => identities.length === 0)) return []
  const { now } = looking
  const names = domain.names.map(({ name }) => name)
  const bases = [...new Set(names.map(baseOf))]
  const found = await inParallel(bases, NAMES_AT_A_TIME, async (base) => [base, await caaFor(looking, base)] as const)
  const sets = new Map(found.flatMap(([base, set]) => (set instanceof DomainctlError ? [] : [[base, set] as const])))
  const failures = found.flatMap(([name, error]) => (error instanceof DomainctlError ? [{ name, error }] : []))
  // What a zone fails at is the same for all of its names.
  const failed = [...Map.groupBy(failures, ({ error }) => error.message).values()].flatMap(([one]) => {
    if (!one) return []
    const record = { type: 'CAA' as const, name: one.name, expected: [] }
    return [toCheck({ purpose: 'caa', record }, blind(one.error), { seen: [], now })]
  })
  const known = names.filter((name) => sets.has(baseOf(name)))
  const judged = known.length === 0 ? [] : judgeNames(known, sets, candidates)
  return [
    ...failed,
    ...judged.map(({ record, finding }) =>
      toCheck({ purpose: 'caa', record }, finding, { seen: seenAt(record.name, sets), now }),
    ),
  ]
}

/** The CAA records in force for each base name. @throws DomainctlError as `Dns.caaFor` says */
export async function caaInForce({ dns, signal }: Pick<Looking, 'dns' | 'signal'>, names: readonly string[]): Promise<CaaSets> {
  const bases = [...new Set(names.map(baseOf))]
  return new Map(await inParallel(bases, NAMES_AT_A_TIME, async (base) => [base, await dns.caaFor(base, { signal })] as const))
}

async function caaFor({ dns, signal }: Looking, name: string): Promise<CaaSet | DomainctlError> {
  try {
    return await dns.caaFor(name, { signal })
  } catch (error) {
    if (error instanceof DomainctlError && error.kind === 'not-ready') return error
    throw error
  }
}

async function candidatesOf({ signal }: Looking, services: CaServices, domain: Pick<Domain, 'cas'>): Promise<CaaCandidate[]> {
  const cas = domain.cas ?? services.settings.cas
  return await Promise.all(
    cas.map(async (ca): Promise<CaaCandidate> => {
      try {
        const identities = knownCaaIdentities(ca) ?? (await (await services.issuer(ca)).describe({ signal })).caaIdentities
        const account = await services.store.getAccount(DEFAULT_TENANT, ca)
        return { identities, ...(account?.url !== undefined && { accountUrl: account.url }) }
      } catch (error) {
        // How CAA names a CA that does not answer is not known either.
        if (error instanceof DomainctlError && error.code.startsWith('CA_')) return { identities: [] }
        throw error
      }
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
