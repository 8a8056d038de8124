import { sql } from 'kysely'
import type { Db } from './database.ts'

/**
 * How many renewals are planned in each of `slots` equal parts of a time. By the index alone: whether a certificate was superseded
 * before its time, which is rare, would cost a look at the row of each.
 */
export async function plannedRenewals(db: Db, from: Date, to: Date, slots: number): Promise<number[]> {
  const [begin, end] = [from.getTime(), to.getTime()]
  // Multiplied before it is divided, in whole numbers as both engines do it.
  const slot = sql<number>`(renew_at - ${sql.lit(begin)}) * ${sql.lit(slots)} / ${sql.lit(end - begin)}`
  const rows = await db
    .selectFrom('certificates')
    .select([slot.as('slot'), ({ fn }) => fn.countAll<number>().as('count')])
    .where('renew_at', '>=', begin)
    .where('renew_at', '<', end)
    .groupBy('slot')
    .execute()
  const counts = new Map(rows.map(({ slot, count }) => [Number(slot), Number(count)]))
  return Array.from({ length: slots }, (_, i) => counts.get(i) ?? 0)
}
