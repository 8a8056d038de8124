import type { Selectable } from 'kysely'
import type { AuditEvent, NewAuditEvent } from '../domain/model.ts'
import { assertRow } from './cells.ts'
import { readObject, withoutNulls } from './columns.ts'
import type { Db } from './database.ts'
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

/**
 * The last lines of the audit, or the first ones after one of them; oldest first. Those of a domain also from before it was
 * removed and added again.
 */
export async function readEvents(db: Db, { domainId, ...filter }: EventFilter, engine: Engine): Promise<AuditEvent[]> {
  if (domainId === undefined) return (await pageOfEvents(db, filter, engine)).map(eventOf)
  const former = await db.selectFrom('former_domain_ids').select('former_id').where('domain_id', '=', domainId).execute()
  // A page for each life of the domain: for several ids at once SQLite would rather walk through all that the tenant has.
  const found: Selectable<AuditTable>[] = []
  for (const id of [domainId, ...former.map(({ former_id }) => former_id)])
    found.push(...(await pageOfEvents(db, { ...filter, domainId: id }, engine)))
  const rows = found.sort((a, b) => a.seq - b.seq)
  const { after, limit } = filter
  return (after === undefined ? rows.slice(-limit) : rows.slice(0, limit)).map(eventOf)
}

interface EventFilter {
  tenant?: string
  domainId?: string
  after?: number
  limit: number
}

/** Lines that stand under these very ids, oldest first. */
async function pageOfEvents(
  db: Db,
  { tenant, domainId, after, limit }: EventFilter,
  engine: Engine,
): Promise<Selectable<AuditTable>[]> {
  let query = db
    .selectFrom('audit')
    .selectAll()
    .orderBy('seq', after === undefined ? 'desc' : 'asc')
    .limit(limit)
  if (tenant !== undefined) query = query.where('tenant', '=', tenant)
  if (domainId !== undefined) query = query.where('domain_id', '=', domainId)
  if (after !== undefined) query = query.where('seq', '>', after).where(engine.settledEvents())
  const rows = await query.execute()
  return after === undefined ? rows.reverse() : rows
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
