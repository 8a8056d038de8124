import type { DomainStatus, StateOverview } from '@domainctl/core'
import type { Memory } from './memory.ts'
import { by } from './tables.ts'

/** A certificate that ended so long ago, in ms, is left out. */
const LONG_OVER = 30 * 24 * 3_600_000

/** The state in numbers. */
export function readOverview({ domains, certificates }: Memory, now: Date, soonest: number): StateOverview {
  const all = domains.filter(() => true).map(({ domain }) => domain)
  const counts = new Map<DomainStatus, number>()
  for (const { status } of all) counts.set(status, (counts.get(status) ?? 0) + 1)
  const due = all.flatMap(({ nextActionAt }) => (nextActionAt && nextActionAt <= now ? nextActionAt : [])).sort(by((at) => at))
  const over = new Date(now.getTime() - LONG_OVER)
  const expiring = all.flatMap(({ tenant, name, status, certificateId }) => {
    const certificate = certificateId === undefined ? undefined : certificates.get(certificateId)
    if (status !== 'active' || !certificate || certificate.notAfter <= over) return []
    return { tenant, name, notAfter: certificate.notAfter }
  })
  return {
    statuses: [...counts].map(([status, count]) => ({ status, count })),
    due: due.length,
    ...(due[0] && { dueSince: due[0] }),
    expiring: expiring.sort(by(({ notAfter }) => notAfter)).slice(0, soonest),
  }
}
