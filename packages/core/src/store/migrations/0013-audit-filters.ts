import { sql } from 'kysely'
import type { Db } from '../database.ts'
import type { Engine } from '../engine.ts'

/** The audit by event and by time, and a better way to know when its lines are complete. */
export async function auditFilters(db: Db, engine: Engine): Promise<void> {
  for (const statement of [
    sql`create index audit_event on audit (event, seq)`,
    sql`create index audit_at on audit (at, seq)`,
    ...engine.knowsComplete,
  ]) {
    await statement.execute(db)
  }
}
