import type { HealthReport, HealthSpanReport } from '../contracts/health.ts'
import type { HealthRecord } from '../contracts/health-store.ts'
import { healthState } from '../domain/health/known-health.ts'
import { type HealthSpan, uptimeOf } from '../domain/health/uptime.ts'
import type { Domain } from '../domain/model.ts'
import { HISTORY_MS } from './check-health.ts'
import { findDomain, type Services } from './services.ts'

/** What the state knows of the health of a domain. */
export async function health(services: Services, name: string, { historyMs = HISTORY_MS } = {}): Promise<HealthReport> {
  const { store, runtime } = services
  const domain = await findDomain(services, name)
  const to = runtime.clock.now()
  const from = new Date(to.getTime() - Math.min(historyMs, HISTORY_MS))
  const [record] = await store.healthOf([domain.id])
  const spans = await store.healthSpans(domain.id, from)
  const { percent, upMs, downMs, unknownMs } = uptimeOf(spans, from, to)
  return {
    name: domain.name,
    ...reported(domain, record),
    history: {
      from: from.toISOString(),
      to: to.toISOString(),
      uptime: percent === null ? null : floored(percent),
      upSeconds: seconds(upMs),
      downSeconds: seconds(downMs),
      unknownSeconds: seconds(unknownMs),
      spans: spans.map(reportSpan),
    },
  }
}

function reported(domain: Domain, record: HealthRecord | undefined): Omit<HealthReport, 'name' | 'history'> {
  const state = healthState(domain, record)
  if (!record?.nextCheckAt || state === 'unwatched') return { state: 'unwatched' }
  const { damping, checkedAt, nextCheckAt, layer, code, address, message } = record
  const { failedAt, told } = damping
  const problem = { ...(layer && { layer }), ...(code && { code }), ...(address && { address }), ...(message && { message }) }
  return {
    state,
    ...(failedAt !== undefined && { since: new Date(failedAt).toISOString() }),
    ...(told === 'flapping' && { flapping: true as const }),
    ...(checkedAt && { checkedAt: checkedAt.toISOString() }),
    nextCheckAt: nextCheckAt.toISOString(),
    ...(Object.keys(problem).length > 0 && { problem }),
  }
}

function reportSpan({ state, beganAt, endedAt, checks, ms, layer, code, address }: HealthSpan): HealthSpanReport {
  return {
    state,
    from: beganAt.toISOString(),
    to: endedAt.toISOString(),
    checks,
    ...(layer !== undefined && { layer }),
    ...(code !== undefined && { code }),
    ...(address !== undefined && { address }),
    ...(ms && { ms: { mean: Math.round(ms.mean), most: ms.most } }),
  }
}

/** Never rounded up to 100 %: that is said of what was never away. */
function floored(percent: number): number {
  return Math.floor(percent * 1000) / 1000
}

function seconds(ms: number): number {
  return Math.round(ms / 1000)
}
