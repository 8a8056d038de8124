import { type ExpressionBuilder, sql } from 'kysely'
import type { AuditFilter } from '../contracts/store.ts'
import { baseOf } from '../domain/names.ts'
import { assertRow } from './cells.ts'
import type { Db } from './database.ts'
import type { Schema } from './schema.ts'

/** Clocks of machines differ by minutes (requirements E2); lines of a clock that is wrong by more may be missed by their time. */
const CLOCKS_DIFFER_MS = 86_400_000

/** Conditions on a line of the audit. */
export interface Condition {
  column: 'tenant' | 'domain_id' | 'event' | 'who' | 'at'
  op: '=' | 'in' | '>=' | '<'
  value: string | number | readonly string[]
}

/** How lines that fit a filter are found. */
export interface AuditPlan {
  /** Each is one walk along an index, in the order of `seq`; together they have all lines that fit, and none twice. */
  walks: Condition[][]
  /** What else has to be so of a line; the walk does not stop where it is not. */
  rest: Condition[]
  /** Between which numbers lines that fit can stand; `from` belongs to it, `to` as well. */
  from: number
  to: number
}

/**
 * The plan for a filter, from what is in the state: one walk for each life of a domain, else one for each event, else one for
 * all, since for several values at once SQLite would rather walk through everything.
 */
export async function planOf(db: Db, filter: AuditFilter): Promise<AuditPlan> {
  const { tenant, who, since, until } = filter
  const ids = await domainIdsOf(db, filter)
  const events = filter.events && (await eventsLike(db, filter.events))
  const ofTenant: Condition[] = tenant === undefined ? [] : [{ column: 'tenant', op: '=', value: tenant }]
  const rest: Condition[] = [
    ...(who === undefined ? [] : [{ column: 'who' as const, op: '=' as const, value: who }]),
    ...(since ? [{ column: 'at' as const, op: '>=' as const, value: since.getTime() }] : []),
    ...(until ? [{ column: 'at' as const, op: '<' as const, value: until.getTime() }] : []),
  ]
  const bounds = await boundsOf(db, filter)
  if (ids) {
    const ofEvents: Condition[] = events ? [{ column: 'event', op: 'in', value: events }] : []
    const walks =
      events?.length === 0 ? [] : ids.map((id): Condition[] => [{ column: 'domain_id', op: '=', value: id }, ...ofTenant])
    return { walks, rest: [...ofEvents, ...rest], ...bounds }
  }
  if (events) {
    const walks = events.map((event): Condition[] => [{ column: 'event', op: '=', value: event }])
    return { walks, rest: [...ofTenant, ...rest], ...bounds }
  }
  return { walks: [ofTenant], rest, ...bounds }
}

/** All of the conditions. */
export function fits(conditions: readonly Condition[]) {
  return (eb: ExpressionBuilder<Schema, 'audit'>) => eb.and(conditions.map(({ column, op, value }) => eb(column, op, value)))
}

/** The same, where no index is to be chosen for them: SQLite would rather go through all lines of an event than those of a domain. */
export function alsoFits(conditions: readonly Condition[]) {
  return (eb: ExpressionBuilder<Schema, 'audit'>) =>
    eb.and(
      conditions.map(({ column, op, value }) =>
        column === 'event' ? eb(sql<string | number>`${sql.ref(column)} || ''`, op, value) : eb(column, op, value),
      ),
    )
}

/** Ids under which lines of the domains that are meant stand, also from before they were removed; undefined: those of all. */
async function domainIdsOf(db: Db, { tenant, domainId, domainName }: AuditFilter): Promise<string[] | undefined> {
  if (domainId === undefined && domainName === undefined) return undefined
  const named = domainName === undefined ? undefined : await idsOfName(db, tenant, domainName)
  const ids = domainId === undefined ? (named ?? []) : [domainId].filter((id) => named?.includes(id) ?? true)
  if (ids.length === 0) return []
  const former = await db.selectFrom('former_domain_ids').select('former_id').where('domain_id', 'in', ids).execute()
  return [...ids, ...former.map((row) => assertRow('former_domain_ids', row, row.former_id).former_id)]
}

async function idsOfName(db: Db, tenant: string | undefined, name: string): Promise<string[]> {
  const rows = await db
    .selectFrom('domain_names')
    .select('domain_id')
    .distinct()
    .where('base_name', '=', baseOf(name))
    .where('name', '=', name)
    .$if(tenant !== undefined, (query) => query.where('tenant', '=', tenant ?? ''))
    .execute()
  return rows.map(({ domain_id }) => domain_id)
}

/** The events that there are, of those that fit one of the patterns: the index is read once for each event, not for each line. */
async function eventsLike(db: Db, patterns: readonly string[]): Promise<string[]> {
  const fitting = patterns.map((pattern) => new RegExp(`^${pattern.replaceAll(/[^\w*]/g, '\\$&').replaceAll('*', '.*')}$`))
  const found: string[] = []
  for (let last = ''; ; ) {
    const row = await db
      .selectFrom('audit')
      .select('event')
      .where('event', '>', last)
      .orderBy('event')
      .limit(1)
      .executeTakeFirst()
    if (!row) return found
    last = row.event
    if (fitting.some((pattern) => pattern.test(last))) found.push(last)
  }
}

/** Numbers grow with time but for what clocks differ by: a time says where to begin to look, and where to end. */
async function boundsOf(db: Db, { since, until }: AuditFilter): Promise<{ from: number; to: number }> {
  const oldest =
    since &&
    (await db
      .selectFrom('audit')
      .select('seq')
      .where('at', '>=', since.getTime() - CLOCKS_DIFFER_MS)
      .orderBy('at')
      .orderBy('seq')
      .limit(1)
      .executeTakeFirst())
  const newest =
    until &&
    (await db
      .selectFrom('audit')
      .select('seq')
      .where('at', '<', until.getTime() + CLOCKS_DIFFER_MS)
      .orderBy('at', 'desc')
      .orderBy('seq', 'desc')
      .limit(1)
      .executeTakeFirst())
  return {
    from: since ? (oldest?.seq ?? Number.POSITIVE_INFINITY) : 0,
    to: until ? (newest?.seq ?? 0) : Number.MAX_SAFE_INTEGER,
  }
}
