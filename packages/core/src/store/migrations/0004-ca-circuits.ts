import { sql } from 'kysely'
import type { Db } from '../database.ts'

/**
 * What is remembered of CAs that fail by their own fault, and, for a domain with several CAs, until when each of them wants to
 * be left alone (requirements C2).
 */
export async function caCircuits(db: Db): Promise<void> {
  await sql`create table ca_circuits (
    ca text primary key,
    failures bigint not null,
    open_until bigint not null,
    reason text not null
  )`.execute(db)
  await sql`alter table domains add column ca_waits text`.execute(db)
  const waiting = await sql<{ id: string; ca: string; at: number; since: number }>`
    select id, ca_not_before_ca as ca, ca_not_before as at, updated_at as since from domains
    where ca_not_before is not null`.execute(db)
  for (const { id, ca, at, since } of waiting.rows) {
    const [from, until] = [since, at].map((time) => new Date(time).toISOString())
    // What it said was not kept beside the time.
    const waits = JSON.stringify([{ ca, since: from, at: until, code: 'CA_RATE_LIMITED', reason: 'it asked for that' }])
    await sql`update domains set ca_waits = ${waits} where id = ${id}`.execute(db)
  }
  await sql`alter table domains drop column ca_not_before_ca`.execute(db)
  await sql`alter table domains drop column ca_not_before`.execute(db)
}
