import type { Selectable } from 'kysely'
import type { AuditFilter, AuditPage } from '../contracts/store.ts'
import type { AuditEvent, NewAuditEvent } from '../domain/model.ts'
import { type AuditPlan, alsoFits, type Condition, fits, planOf } from './audit-filter.ts'
import { assertRow } from './cells.ts'
import { readObject, withoutNulls } from './columns.ts'
import type { Database, Db } from './database.ts'
import type { Engine } from './engine.ts'
import type { AuditTable } from './schema.ts'

/** Adds lines to the audit, in their order. */
export async function appendEvents(db: Db, events: NewAuditEvent[]): Promise<void> {
  if (events.length === 0) return
  const rows = events.map(({ at, tenant, domainId, who, event, message, details }) => ({
    at: at.getTime(),
    tenant,
    domain_id: domainId ?? null,
    who,
    event,
    message,
    details: details ? JSON.stringify(details) : null,
  }))
  await db.insertInto('audit').values(rows).execute()
}

/** Entries of an index that one query goes through where not each of them fits, so that no filter makes one that takes long. */
const WALKED_AT_ONCE = 20_000

/**
 * The last lines of the audit that fit, or the first ones after one of them; oldest first. Those of a domain also from before it
 * was removed and added again. However rare they are, each transaction is short, and no more lines are in memory than are wanted.
 */
export async function readEvents(
  database: Database,
  { after, before, limit, ...filter }: AuditFilter & AuditPage,
): Promise<AuditEvent[]> {
  const isForward = after !== undefined
  // Before all else that is read, and in a transaction of its own.
  const settled = isForward ? await database.read((db) => lastSettled(db, database.engine)) : Number.MAX_SAFE_INTEGER
  const plan = await database.read((db) => planOf(db, filter))
  const range = {
    from: Math.max(plan.from, (after ?? 0) + 1),
    to: Math.min(plan.to, settled, (before ?? Number.MAX_SAFE_INTEGER) - 1),
  }
  const found: AuditEvent[] = []
  while (range.from <= range.to && found.length < limit) {
    const most = limit - found.length
    const { events, reached } = await database.read(async (db) => {
      const { rows, reached } = await walkAll(db, plan, { ...range, isForward, most })
      return { events: rows.map(eventOf), reached }
    })
    found.push(...events)
    if (reached === null) break
    if (isForward) range.from = reached + 1
    else range.to = reached - 1
  }
  return isForward ? found : found.reverse()
}

interface Walk {
  /** First and last number that is looked at. */
  from: number
  to: number
  isForward: boolean
  /** No more lines than this. */
  most: number
}

/** What all walks find, in their order, up to where each of them has come; null: to their end. */
async function walkAll(db: Db, { walks, rest }: AuditPlan, walk: Walk): Promise<Found> {
  const all: Found[] = []
  for (const along of walks) all.push(await walkOne(db, along, rest, walk))
  const sign = walk.isForward ? 1 : -1
  const stops = all.flatMap(({ reached }) => reached ?? [])
  const reached = stops.length === 0 ? null : sign * Math.min(...stops.map((seq) => sign * seq))
  const rows = all
    .flatMap(({ rows }) => rows)
    .filter(({ seq }) => reached === null || sign * seq <= sign * reached)
    .sort((a, b) => sign * (a.seq - b.seq))
    .slice(0, walk.most)
  // Beyond the last line that is taken there may be others that were found and have no place any more.
  const last = rows.length === walk.most ? rows.at(-1) : undefined
  return { rows, reached: last ? last.seq : reached }
}

interface Found {
  rows: Selectable<AuditTable>[]
  /** Up to here, with it, all was looked at; null: to the end. */
  reached: number | null
}

async function walkOne(db: Db, along: readonly Condition[], rest: readonly Condition[], walk: Walk): Promise<Found> {
  const { from, to, isForward, most } = walk
  const ordered = db
    .selectFrom('audit')
    .where(fits(along))
    .where('seq', '>=', from)
    .where('seq', '<=', to)
    .orderBy('seq', isForward ? 'asc' : 'desc')
  const stop =
    rest.length === 0
      ? undefined
      : await ordered
          .select('seq')
          .offset(WALKED_AT_ONCE - 1)
          .limit(1)
          .executeTakeFirst()
  const rows = await ordered
    .selectAll()
    .$if(rest.length > 0, (query) => query.where(alsoFits(rest)))
    .$if(stop !== undefined, (query) => query.where('seq', isForward ? '<=' : '>=', stop?.seq ?? 0))
    .limit(most)
    .execute()
  const last = rows.length === most ? rows.at(-1) : stop
  return { rows, reached: last?.seq ?? null }
}

async function lastSettled(db: Db, { lastSettledEvent }: Engine): Promise<number> {
  const { rows } = await lastSettledEvent.execute(db)
  return Number(rows[0]?.seq ?? 0)
}

/** @throws UnreadableValue */
export function eventOf(row: Selectable<AuditTable>): AuditEvent {
  assertRow('audit', row, row.seq)
  const details = { table: 'audit', row: String(row.seq), column: 'details' }
  return {
    seq: row.seq,
    at: new Date(row.at),
    tenant: row.tenant,
    who: row.who,
    event: row.event,
    message: row.message,
    ...withoutNulls({
      domainId: row.domain_id,
      details: row.details === null ? null : readObject<Record<string, unknown>>(row.details, details),
    }),
  }
}
