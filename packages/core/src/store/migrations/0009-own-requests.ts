import { sql } from 'kysely'
import type { Db } from '../database.ts'

/** Orders for certificate requests that others have made (requirements C1), and why a certificate was revoked. */
export async function ownRequests(db: Db): Promise<void> {
  await sql`alter table orders add column csr text`.execute(db)
  await sql`alter table certificates add column revocation_reason text`.execute(db)
}
