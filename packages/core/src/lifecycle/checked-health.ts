import type { CheckedHealth, ClaimedCheck, HealthRecord } from '../contracts/health-store.ts'
import { CHECK_INTERVAL, type Damping, damp } from '../domain/health/damping.ts'
import { expiryNews } from '../domain/health/expiry.ts'
import { healthTargets } from '../domain/health/health-check.ts'
import { placeOf } from '../domain/health/incidents.ts'
import { expiryNotice } from '../domain/health/notices.ts'
import type { Observation } from '../domain/health/observation.ts'
import { spanState } from '../domain/health/uptime.ts'

/** Checks come so much earlier than after the whole interval, by chance: what began together comes apart. */
const EARLIER = 0.05

/** What is to be written of an observation. */
export function checkedHealth(
  claimed: ClaimedCheck,
  seen: Observation,
  o: { quiet: boolean; jitter: number; channels: readonly string[]; ids: { notice: string; incident: string }; now: Date },
): CheckedHealth {
  const { domain, health, claim } = claimed
  const { damping, nextCheckAt: wanted, news } = damp(health.damping, seen, o)
  // Where nothing is measured there is nothing to look for sooner: the end of its certificate alone is watched.
  const isMeasured = healthTargets(domain).length > 0
  const nextCheckAt = isMeasured ? wanted : new Date(seen.at.getTime() + CHECK_INTERVAL)
  const place = placeOf(seen, o.channels)
  const expiry = o.quiet ? null : expiryOf(claimed, seen.at)
  const expiryTold = expiry?.told ?? health.expiryTold
  const failedAt = damping.failedAt ?? health.damping.failedAt ?? seen.at.getTime()
  return {
    claim,
    domainId: domain.id,
    health: {
      damping,
      checkedAt: seen.at,
      nextCheckAt: spread(seen.at, nextCheckAt, o),
      ...problemOf(health, seen),
      ...(expiryTold && { expiryTold }),
    },
    span: { state: spanState(damping, seen.outcome), ...(seen.ms !== undefined && { ms: seen.ms }) },
    ...(brokeJustNow(health.damping, damping) && { brokenSince: new Date(failedAt) }),
    ...(news && {
      news: {
        news,
        member: {
          tenant: domain.tenant,
          name: domain.name,
          labels: domain.labels,
          ...(place !== undefined && { place }),
          channels: o.channels,
          failedAt,
          reminders: damping.reminders,
          newIncidentId: o.ids.incident,
        },
      },
    }),
    notices: expiry
      ? [expiryNotice(expiry.told.level, domain, expiry.certificate, { id: o.ids.notice, at: seen.at, ...expiry.because })]
      : [],
  }
}

function expiryOf({ domain, certificate, health }: ClaimedCheck, at: Date) {
  const told = certificate && expiryNews(certificate, health.expiryTold, at)
  if (!told) return null
  return { told, certificate, because: domain.lastError ? { because: domain.lastError.message } : {} }
}

/** An observation that learnt nothing leaves what was found before; where nothing was, it says why it learnt nothing. */
function problemOf(before: HealthRecord, { outcome, ...seen }: Observation) {
  if (outcome === 'ok') return {}
  const isNews = outcome === 'broken' || before.damping.is === 'ok'
  const { layer, code, address, message } = isNews ? seen : before
  return {
    ...(layer !== undefined && { layer }),
    ...(code !== undefined && { code }),
    ...(address !== undefined && { address }),
    ...(message !== undefined && { message }),
  }
}

function brokeJustNow(before: Damping, after: Damping): boolean {
  return after.is === 'broken' && before.is !== 'broken'
}

/** A check that was a while on its way is not due before it is written. */
function spread(at: Date, next: Date, { jitter, now }: { jitter: number; now: Date }): Date {
  const distance = next.getTime() - at.getTime()
  const earlier = distance >= CHECK_INTERVAL ? distance * EARLIER * jitter : 0
  return new Date(Math.max(next.getTime() - earlier, now.getTime()))
}
