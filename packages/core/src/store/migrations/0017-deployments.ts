import { sql } from 'kysely'
import type { Db } from '../database.ts'

/** Where certificates are to serve, and whether they do (requirements V1). */
export async function deployments(db: Db): Promise<void> {
  await sql`create table deployments (
    domain_id text not null references domains (id) on update cascade,
    target text not null,
    tenant text not null,
    status text not null,
    certificate_id text not null,
    fingerprint text not null,
    live text,
    previous text,
    attempts bigint not null,
    last_error text,
    next_attempt_at bigint,
    created_at bigint not null,
    updated_at bigint not null,
    primary key (domain_id, target)
  )`.execute(db)
  await sql`create index deployments_due on deployments (next_attempt_at) where next_attempt_at is not null`.execute(db)
}
