import { sql } from 'kysely'
import type { Db } from '../database.ts'

/** Orders for certificate requests that others have made (requirements C1), and why a certificate was revoked. */
export async function ownRequests(db: Db): Promise<void> {
  await sql`alter table orders add column csr text`.execute(db)
  await sql`alter table certificates add column revocation_reason text`.execute(db)
  // Nearly none of them, and looked for before each certificate for such a request.
  await sql`create index certificates_revocation on certificates (revocation_reason) where revocation_reason is not null`.execute(
    db,
  )
}
