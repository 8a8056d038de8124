import type { DomainCheck } from '../contracts/health.ts'
import type { ClaimedCheck } from '../contracts/health-store.ts'
import type { VerbOptions } from '../contracts/verb-options.ts'
import type { IncidentStep } from '../domain/health/incidents.ts'
import { isInMaintenance } from '../domain/health/maintenance.ts'
import { incidentNotice } from '../domain/health/notices.ts'
import { inParallel } from '../domain/in-parallel.ts'
import type { Domain } from '../domain/model.ts'
import type { Notice } from '../domain/notice.ts'
import { channelsFor } from '../domain/notice-routes.ts'
import { checkedHealth } from './checked-health.ts'
import { measuredDomain } from './measured-domain.ts'
import { findDomain, makeId, type Services, signalOf } from './services.ts'

/** How long a claim on a check lasts: longer than the longest check and its writing. */
export const CLAIM_MS = 180_000
const WIDTH = 32
const LIMIT = 1000
/** How long the history is kept (requirements H3). */
export const HISTORY_MS = 30 * 86_400_000
/** Spans that are forgotten at a time. */
const FORGOTTEN = 500

/** Checks what is due, or these domains now, until nothing is left or the limit is reached. */
export async function checkHealth(
  services: Services,
  o: VerbOptions & { names?: readonly string[]; limit?: number; width?: number },
): Promise<DomainCheck[]> {
  const signal = signalOf(o)
  const { width = WIDTH, limit = LIMIT } = o
  const domainIds = o.names && (await idsOf(services, o.names))
  const done: DomainCheck[] = []
  while (done.length < limit) {
    signal.throwIfAborted()
    const claimed = await claimChecks(services, Math.min(width, limit - done.length), domainIds?.splice(0, width))
    if (claimed.length === 0 && !domainIds?.length) break
    const checks = await inParallel(claimed, width, (one) => checkOne(services, one, o))
    done.push(...checks.filter((check) => check !== null))
  }
  await forgetOldHealth(services)
  return done
}

/** Claims checks that are due, or those of these domains that nobody is checking; each is to be given to {@link checkOne} soon. */
export function claimChecks(
  services: Services,
  limit: number,
  domainIds?: readonly string[],
  o: { onlyDue?: boolean } = {},
): Promise<ClaimedCheck[]> {
  const { store, runtime } = services
  const claim = makeId(services)
  return store.claimChecks(runtime.clock.now(), limit, { claim, forMs: CLAIM_MS, ...(domainIds && { domainIds }), ...o })
}

/**
 * One check: measures, damps and writes.
 * @returns null when it took so long that somebody else has the check now
 */
export async function checkOne(services: Services, claimed: ClaimedCheck, o: VerbOptions): Promise<DomainCheck | null> {
  const { store, runtime, settings } = services
  const { domain } = claimed
  const seen = await measuredDomain(services, domain, signalOf(o))
  const quiet = isInMaintenance(settings.maintenance, domain, seen.at)
  const [jitter = 0] = runtime.random.bytes(1)
  const ids = { notice: makeId(services), incident: makeId(services) }
  const channels = channelsOf(services, domain)
  const checked = checkedHealth(claimed, seen, { quiet, jitter: jitter / 256, channels, ids, now: runtime.clock.now() })
  const tell = ({ incident, news }: IncidentStep): Notice[] =>
    incident && news ? [incidentNotice(news, incident, seen, { id: makeId(services), domainId: domain.id })] : []
  const notices = await store.saveCheck({ ...checked, toOutbox: services.notifications !== undefined }, tell)
  if (!notices) return null
  const { layer, code, message } = seen
  return {
    tenant: domain.tenant,
    name: domain.name,
    outcome: seen.outcome,
    is: checked.health.damping.is,
    ...(layer !== undefined && { layer }),
    ...(code !== undefined && { code }),
    ...(message !== undefined && { message }),
    ...(checked.news && { news: checked.news.news }),
    notices,
  }
}

/** Who hears of an outage of the domain. */
function channelsOf({ notifications }: Services, { tenant, labels }: Domain): string[] {
  if (!notifications) return []
  const outage = { event: 'domain.unhealthy', severity: 'critical', tenant, labels } as const
  return channelsFor(outage, notifications.routes, notifications.channelNames)
}

/** Forgets some of the history that is older than 30 days. @returns how many spans */
export function forgetOldHealth({ store, runtime }: Services): Promise<number> {
  return store.forgetHealth(new Date(runtime.clock.now().getTime() - HISTORY_MS), FORGOTTEN)
}

async function idsOf(services: Services, names: readonly string[]): Promise<string[]> {
  const domains = []
  for (const name of names) domains.push(await findDomain(services, name))
  return domains.map(({ id }) => id)
}
