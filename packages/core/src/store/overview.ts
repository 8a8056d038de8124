import type { StateOverview } from '../contracts/store.ts'
import type { Db } from './database.ts'

/** A certificate that ended so long ago, in ms, is of a name that has moved away. */
const LONG_OVER = 30 * 24 * 3_600_000

/** The state in numbers, in three queries that indexes answer but for the count of statuses. */
export async function readOverview(db: Db, now: Date, soonest: number): Promise<StateOverview> {
  const statuses = await db
    .selectFrom('domains')
    .select(['status', ({ fn }) => fn.countAll<number>().as('count')])
    .groupBy('status')
    .execute()
  const due = await db
    .selectFrom('domains')
    .select(({ fn }) => [fn.countAll<number>().as('count'), fn.min('next_action_at').as('since')])
    .where('next_action_at', '<=', now.getTime())
    .executeTakeFirst()
  const expiring = await db
    .selectFrom('certificates')
    .innerJoin('domains', (join) =>
      join.onRef('domains.id', '=', 'certificates.domain_id').onRef('domains.certificate_id', '=', 'certificates.id'),
    )
    .select(['domains.tenant', 'domains.name', 'certificates.not_after'])
    .where('certificates.not_after', '>', now.getTime() - LONG_OVER)
    .where('domains.status', '=', 'active')
    .orderBy('certificates.not_after')
    .limit(soonest)
    .execute()
  return {
    statuses: statuses.map(({ status, count }) => ({ status, count: Number(count) })),
    due: Number(due?.count ?? 0),
    ...(due?.since != null && { dueSince: new Date(Number(due.since)) }),
    expiring: expiring.map(({ tenant, name, not_after }) => ({ tenant, name, notAfter: new Date(not_after) })),
  }
}
