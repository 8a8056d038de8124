import { sql } from 'kysely'
import type { Db } from '../database.ts'

/** Failures that are to be made sure of, of a few domains: found without reading all that is due before them. */
export async function healthRechecks(db: Db): Promise<void> {
  await sql`create index health_rechecks on health (next_check_at) where span_state = 'failing'`.execute(db)
}
