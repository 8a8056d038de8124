import { type Selectable, sql } from 'kysely'
import type { CheckedHealth } from '../contracts/health-store.ts'
import { continues, type HealthSpan, HOLDS, type SpanState } from '../domain/health/uptime.ts'
import { withoutNulls } from './columns.ts'
import type { Db } from './database.ts'
import type { HealthHistoryTable } from './schema.ts'

const DAY = 86_400_000

/** The span that the last check of a domain belongs to. */
export interface LastSpan {
  state: SpanState
  beganAt: Date
  endedAt: Date
}

/**
 * Adds a check to the history of its domain: a span is a row, and a check that finds the same as the last one only moves its end.
 * @returns when the span began
 */
export async function addToHistory(
  db: Db,
  tenant: string,
  { domainId, health, span: { state, ms }, brokenSince }: CheckedHealth,
  last: LastSpan | null,
): Promise<Date> {
  const at = health.checkedAt
  const time = ms === undefined || state !== 'ok' ? null : Math.round(ms)
  // The last check was the beginning of the outage: this one goes on with it.
  const before = last && brokenSince && last.state === 'failing' ? { ...last, state: 'broken' as const } : last
  if (brokenSince) await confirmOutage(db, domainId, brokenSince)
  if (before && continues(before, state, at)) {
    const { numUpdatedRows } = await db
      .updateTable('health_history')
      .set((eb) => ({
        ended_at: at.getTime(),
        checks: eb('checks', '+', 1),
        ...(time !== null && {
          ms_sum: eb('ms_sum', '+', time),
          ms_count: eb('ms_count', '+', 1),
          ms_most: sql<number>`case when ms_most < ${time} then ${time} else ms_most end`,
        }),
      }))
      .where('domain_id', '=', domainId)
      .where('began_at', '=', before.beganAt.getTime())
      .executeTakeFirst()
    // Otherwise it was forgotten meanwhile.
    if (numUpdatedRows > 0n) return before.beganAt
  }
  const isWrong = state === 'failing' || state === 'broken'
  const row = {
    ended_at: at.getTime(),
    state,
    checks: 1,
    layer: (isWrong && health.layer) || null,
    code: (isWrong && health.code) || null,
    address: (isWrong && health.address) || null,
    ms_sum: time ?? 0,
    ms_most: time ?? 0,
    ms_count: time === null ? 0 : 1,
  }
  await db
    .insertInto('health_history')
    .values({ domain_id: domainId, tenant, began_at: at.getTime(), ...row })
    // Two checks of one millisecond, or a clock that was set back: the later one counts.
    .onConflict((conflict) => conflict.columns(['domain_id', 'began_at']).doUpdateSet(row))
    .execute()
  return at
}

/** The history of a domain that reaches beyond `from`, oldest first. */
export async function healthSpans(db: Db, domainId: string, from: Date): Promise<HealthSpan[]> {
  const rows = await db
    .selectFrom('health_history')
    .selectAll()
    .where('domain_id', '=', domainId)
    // By the index: a span is no longer than a day.
    .where('began_at', '>', from.getTime() - DAY - HOLDS)
    .orderBy('began_at')
    .execute()
  return rows.map(spanOf).filter(({ endedAt }) => endedAt.getTime() + HOLDS > from.getTime())
}

/** Deletes the oldest spans that began before this time. */
export async function forgetHealth(db: Db, before: Date, limit: number): Promise<number> {
  const oldest = await db
    .selectFrom('health_history')
    .select(['domain_id', 'began_at'])
    .where('began_at', '<', before.getTime())
    .orderBy('began_at')
    .limit(limit)
    .execute()
  let deleted = 0
  // By their domains: each statement finds its rows by the primary key.
  for (const [domainId, rows] of Map.groupBy(oldest, ({ domain_id }) => domain_id)) {
    const { numDeletedRows } = await db
      .deleteFrom('health_history')
      .where('domain_id', '=', domainId)
      .where(
        'began_at',
        'in',
        rows.map(({ began_at }) => began_at),
      )
      .executeTakeFirst()
    deleted += Number(numDeletedRows)
  }
  return deleted
}

async function confirmOutage(db: Db, domainId: string, since: Date): Promise<void> {
  await db
    .updateTable('health_history')
    .set({ state: 'broken' })
    .where('domain_id', '=', domainId)
    .where('began_at', '>=', since.getTime())
    .where('state', '=', 'failing')
    .execute()
}

function spanOf(row: Selectable<HealthHistoryTable>): HealthSpan {
  const { state, layer, code, address, ms_sum, ms_most, ms_count } = row
  return {
    state,
    beganAt: new Date(row.began_at),
    endedAt: new Date(row.ended_at),
    checks: row.checks,
    ...withoutNulls({ layer, code, address }),
    ...(ms_count > 0 && { ms: { mean: ms_sum / ms_count, most: ms_most } }),
  }
}
