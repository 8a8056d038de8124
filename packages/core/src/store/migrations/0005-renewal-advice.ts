import { sql } from 'kysely'
import type { Db } from '../database.ts'

/** What CAs advise about the renewal of certificates (RFC 9773, requirements C3), and when one was revoked. */
export async function renewalAdvice(db: Db): Promise<void> {
  await sql`alter table certificates add column renewal_advice text`.execute(db)
  await sql`alter table certificates add column revoked_at bigint`.execute(db)
}
