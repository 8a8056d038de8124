import { sql } from 'kysely'
import type { Db } from '../database.ts'

/** Which renewals are planned in a time, so that a fleet can be spread (requirements C3). */
export async function plannedRenewals(db: Db): Promise<void> {
  await sql`create index certificates_renew_at on certificates (renew_at)`.execute(db)
}
