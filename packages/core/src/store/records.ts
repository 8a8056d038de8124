import type { Selectable } from 'kysely'
import type { ReplacedRRset, WrittenRecord } from '../domain/model.ts'
import { assertRow } from './cells.ts'
import { readArray, withoutNulls } from './columns.ts'
import type { Db } from './database.ts'
import type { RecordsTable } from './schema.ts'

/** The journal of these domains, oldest first; one query. */
export async function recordsOf(db: Db, domainIds: string[]): Promise<WrittenRecord[]> {
  if (domainIds.length === 0) return []
  const rows = await db
    .selectFrom('records')
    .selectAll()
    .where('domain_id', 'in', domainIds)
    .orderBy('created_at')
    .orderBy('id')
    .execute()
  return rows.map(recordOf)
}

/** What any domain has at this name, oldest first. */
export async function recordsAt(db: Db, name: string, type: string): Promise<WrittenRecord[]> {
  const rows = await db
    .selectFrom('records')
    .selectAll()
    .where('name', '=', name)
    .where('type', '=', type)
    .orderBy('created_at')
    .orderBy('id')
    .execute()
  return rows.map(recordOf)
}

/** Inserts the record, or replaces the one with its id. */
export async function saveRecord(db: Db, record: WrittenRecord): Promise<void> {
  const { id, ...rest } = recordRow(record)
  await db
    .insertInto('records')
    .values({ id, ...rest })
    .onConflict((conflict) => conflict.column('id').doUpdateSet(rest))
    .execute()
}

/** Takes records of this domain out of the journal. */
export async function removeRecords(db: Db, domainId: string, ids: string[]): Promise<void> {
  if (ids.length === 0) return
  await db.deleteFrom('records').where('domain_id', '=', domainId).where('id', 'in', ids).execute()
}

function recordRow(record: WrittenRecord): Selectable<RecordsTable> {
  return {
    id: record.id,
    tenant: record.tenant,
    domain_id: record.domainId,
    order_id: record.orderId ?? null,
    purpose: record.purpose,
    provider: record.provider,
    zone_id: record.zone.id,
    zone_name: record.zone.name,
    name: record.name,
    type: record.type,
    value: record.value,
    ttl: record.ttl,
    state: record.state,
    previous: record.previous ? JSON.stringify(record.previous) : null,
    created_at: record.createdAt.getTime(),
  }
}

/** @throws UnreadableValue */
export function recordOf(row: Selectable<RecordsTable>): WrittenRecord {
  assertRow('records', row, row.id)
  return {
    id: row.id,
    tenant: row.tenant,
    domainId: row.domain_id,
    purpose: row.purpose,
    provider: row.provider,
    zone: { id: row.zone_id, name: row.zone_name },
    name: row.name,
    type: row.type,
    value: row.value,
    ttl: row.ttl,
    state: row.state,
    createdAt: new Date(row.created_at),
    ...withoutNulls({
      orderId: row.order_id,
      previous:
        row.previous === null
          ? null
          : readArray<ReplacedRRset>(row.previous, { table: 'records', row: row.id, column: 'previous' }),
    }),
  }
}
