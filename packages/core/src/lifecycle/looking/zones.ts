import type { ZoneInspection } from '../../contracts/dns.ts'
import type { Check, SeenAnswer } from '../../contracts/verification.ts'
import type { Finding } from '../../domain/diagnosis/finding.ts'
import { plainName } from '../../domain/diagnosis/sentence.ts'
import { judgeZone } from '../../domain/diagnosis/zone.ts'
import { judgeCopies } from '../../domain/diagnosis/zone-copies.ts'
import { inParallel } from '../../domain/in-parallel.ts'
import { DomainctlError } from '../../errors.ts'
import { blind, type Looking, toCheck } from './look.ts'

/** Names whose zones are looked for at a time; those of one zone share one inspection. */
const NAMES_AT_A_TIME = 32

/**
 * How the zones of these names stand: a check for each zone that is as it should be, else one for each thing that is not,
 * errors first. Names without a zone are one thing for each registrable domain.
 */
export async function lookAtZones(looking: Looking, names: readonly string[]): Promise<Check[]> {
  const { now } = looking
  const inspections = await inspectZones(looking, names)
  const checks = inspections.flatMap((inspection): Check[] => {
    if (inspection instanceof DomainctlError) {
      const record = { type: 'NS' as const, name: names[0] ?? '', expected: [] }
      return [toCheck({ purpose: 'zone', record }, blind(inspection), { seen: [], now })]
    }
    const subject = { purpose: 'zone' as const, record: recordOf(inspection) }
    const findings = judgeZone(inspection)
    if (findings.length === 0) return [toCheck(subject, healthy(inspection), { seen: byServers(inspection), now })]
    return findings.map((finding) => toCheck(subject, finding, { seen: seenIn(inspection, finding), now }))
  })
  return checks.toSorted((a, b) => Number(a.ok) - Number(b.ok))
}

/**
 * For records that only some servers show: whether their zone is there in several copies, so that waiting does not help. The
 * zones have been inspected already, and are known for a while.
 */
export async function lookAtCopies(looking: Looking, proofs: readonly Check[]): Promise<Check[]> {
  const partly = proofs.filter(({ problem }) => problem === 'RECORD_PARTIAL')
  const names = partly.map(({ record }) => record.name)
  const inspections = names.length === 0 ? [] : await inspectZones(looking, names)
  return inspections.flatMap((inspection) => {
    if (inspection instanceof DomainctlError) return []
    const finding = judgeCopies(inspection)
    const subject = { purpose: 'zone' as const, record: recordOf(inspection) }
    return finding ? [toCheck(subject, finding, { seen: byServers(inspection), now: looking.now })] : []
  })
}

/**
 * One inspection for each zone of these names. Where no resolver answers there is one error, which is the same for all.
 * @throws DomainctlError what is no answer of the DNS, such as an abort
 */
export async function inspectZones(
  { dns, signal }: Pick<Looking, 'dns' | 'signal'>,
  names: readonly string[],
): Promise<(ZoneInspection | DomainctlError)[]> {
  const found = await inParallel(new Set(names), NAMES_AT_A_TIME, async (name) => {
    try {
      return await dns.inspectZone(name, { signal })
    } catch (error) {
      if (error instanceof DomainctlError && error.kind === 'not-ready') return error
      throw error
    }
  })
  const distinct = new Map(found.map((one) => [keyOf(one), one]))
  return [...distinct.values()]
}

function keyOf(found: ZoneInspection | DomainctlError): string {
  if (found instanceof DomainctlError) return `error ${found.message}`
  return found.zone ? `zone ${found.zone.apex}` : `none ${found.registrable}`
}

function recordOf({ zone, registrable }: ZoneInspection): Check['record'] {
  return { type: 'NS', name: zone?.apex ?? registrable, expected: zone?.nameServers ?? [] }
}

function healthy({ zone, servers }: ZoneInspection): Finding {
  const count = servers.length === 1 ? 'its name server answers' : `its ${servers.length} name servers answer`
  return { state: 'ok', explanation: `The zone ${plainName(zone?.apex ?? '')} is delegated, and ${count}.`, actor: 'customer' }
}

/** What is said by those whom a finding is about. */
function seenIn(inspection: ZoneInspection, { problem }: Finding): SeenAnswer[] {
  const isOfResolvers = problem !== undefined && OF_RESOLVERS.has(problem)
  return isOfResolvers ? [...byServers(inspection), ...byResolvers(inspection)] : byServers(inspection)
}

const OF_RESOLVERS: ReadonlySet<string> = new Set(['DNSSEC_BOGUS', 'RESOLVER_FAILS', 'SPLIT_HORIZON', 'CACHE_NEGATIVE'])

function byServers({ servers }: ZoneInspection): SeenAnswer[] {
  return servers.map(({ server, rcode, nameServers = [] }) => ({
    server: `${plainName(server.name)} (${server.address})`,
    rcode,
    values: nameServers,
  }))
}

function byResolvers({ resolvers }: ZoneInspection): SeenAnswer[] {
  return resolvers.map(({ resolver, rcode, values, ttl }) => ({
    server: resolver,
    rcode,
    values,
    ...(ttl !== undefined && { ttl }),
  }))
}
