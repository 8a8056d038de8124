import { sql } from 'kysely'
import type { Db } from '../database.ts'

/**
 * What is left of the limits of CAs (requirements C4): of each count the instant at which it will be full again, with what is
 * reserved and without; and by order what it has reserved, so that it is given back once.
 */
export async function caBudgets(db: Db): Promise<void> {
  await sql`create table ca_budgets (
    ca text not null,
    kind text not null,
    subject text not null,
    full_at bigint not null,
    taken_full_at bigint not null,
    primary key (ca, kind, subject)
  )`.execute(db)
  await sql`create index ca_budgets_by_full_at on ca_budgets (full_at)`.execute(db)
  await sql`alter table orders add column reserved text`.execute(db)
}
