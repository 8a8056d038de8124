import type { AuditEvent, NewAuditEvent } from '../domain/model.ts'
import { readObject, withoutNulls } from './columns.ts'
import type { Db } from './database.ts'

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

/** Lines of the audit, oldest first; those of a domain also from before it was removed and added again. */
export async function readEvents(
  db: Db,
  { tenant, domainId, after, limit }: { tenant?: string; domainId?: string; after?: number; limit: number },
): Promise<AuditEvent[]> {
  let query = db.selectFrom('audit').selectAll().orderBy('seq').limit(limit)
  if (tenant !== undefined) query = query.where('tenant', '=', tenant)
  if (after !== undefined) query = query.where('seq', '>', after)
  if (domainId !== undefined) {
    const former = await db.selectFrom('former_domain_ids').select('former_id').where('domain_id', '=', domainId).execute()
    query = query.where('domain_id', 'in', [domainId, ...former.map(({ former_id }) => former_id)])
  }
  const rows = await query.execute()
  return rows.map((row) => ({
    seq: row.seq,
    at: new Date(row.at),
    tenant: row.tenant,
    who: row.who,
    event: row.event,
    message: row.message,
    ...withoutNulls({
      domainId: row.domain_id,
      details:
        row.details === null
          ? null
          : readObject<Record<string, unknown>>(row.details, { table: 'audit', row: String(row.seq), column: 'details' }),
    }),
  }))
}
