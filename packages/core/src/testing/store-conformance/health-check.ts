import type { CheckedHealth, ClaimedCheck } from '../../contracts/health-store.ts'
import { damp } from '../../domain/health/damping.ts'
import { type IncidentStep, placeOf } from '../../domain/health/incidents.ts'
import type { Observation } from '../../domain/health/observation.ts'
import { spanState } from '../../domain/health/uptime.ts'
import type { Domain } from '../../domain/model.ts'
import type { Notice } from '../../domain/notice.ts'
import { sampleCertificate } from '../model-samples.ts'
import type { StoreTest } from './store-test.ts'

/** A domain with a certificate, which is watched from then on. */
export async function addWatched(t: StoreTest, parts: Partial<Domain> = {}): Promise<Domain> {
  const domain = await t.add(parts)
  const certificate = sampleCertificate(domain)
  const updatedAt = parts.updatedAt ?? t.clock.now()
  const active: Domain = { ...domain, status: 'active', certificateId: certificate.id, updatedAt }
  await t.store.commit(await t.leaseOn(domain), { domain: active, certificate }, { release: true })
  return active
}

let claims = 0

/** Claims the check of this domain, due or not. */
export async function claimOf(t: StoreTest, { id }: Domain): Promise<ClaimedCheck> {
  const [claimed] = await t.store.claimChecks(t.clock.now(), 1, {
    claim: `claim ${++claims}`,
    forMs: 120_000,
    domainIds: [id],
  })
  if (!claimed) throw new Error(`the check of ${id} cannot be claimed`)
  return claimed
}

/** What is written of an observation. */
export function checkedOf({ claim, domain, health }: ClaimedCheck, seen: Omit<Observation, 'at'> & { at: Date }): CheckedHealth {
  const { damping, nextCheckAt, news } = damp(health.damping, seen)
  const { layer, code, address, message } = seen.outcome === 'broken' ? seen : { ...health, ...(seen.outcome === 'ok' && WELL) }
  const place = placeOf(seen)
  const turned = damping.is === 'broken' && health.damping.is !== 'broken'
  const wrong = { ...(layer && { layer }), ...(code && { code }), ...(address && { address }), ...(message && { message }) }
  return {
    claim,
    domainId: domain.id,
    health: { damping, checkedAt: seen.at, nextCheckAt, ...wrong },
    span: { state: spanState(damping, seen.outcome), ...(seen.ms !== undefined && { ms: seen.ms }) },
    ...(turned && { brokenSince: new Date(damping.failedAt ?? 0) }),
    ...(news && {
      news: {
        news,
        member: {
          tenant: domain.tenant,
          name: domain.name,
          labels: domain.labels,
          ...(place !== undefined && { place }),
          channels: [],
          failedAt: damping.failedAt ?? seen.at.getTime(),
          reminders: damping.reminders,
          newIncidentId: `incident of ${domain.id}`,
        },
      },
    }),
    notices: [],
  }
}

const WELL = { layer: undefined, code: undefined, address: undefined, message: undefined }

/** A notice in a word: what is told of which incident. */
export function told({ incident, news }: IncidentStep): Notice[] {
  if (!incident || !news) return []
  return [
    {
      id: `${news} ${incident.id} ${incident.domains}`,
      at: new Date(incident.beganAt),
      tenant: incident.tenant,
      event: news === 'recovery' ? 'domain.recovered' : 'domain.unhealthy',
      severity: 'critical',
      incident: incident.id,
      names: incident.names,
      title: news,
      text: '',
      labels: incident.labels,
    },
  ]
}

/** One check of a domain, now. @returns the titles of what is told */
export async function check(t: StoreTest, domain: Domain, seen: Omit<Observation, 'at'>): Promise<string[]> {
  const claimed = await claimOf(t, domain)
  const notices = await t.store.saveCheck(checkedOf(claimed, { ...seen, at: t.clock.now() }), told)
  if (!notices) throw new Error('the claim was lost')
  return notices.map(({ title }) => title)
}
