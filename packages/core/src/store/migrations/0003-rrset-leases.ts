import { sql } from 'kysely'
import type { Db } from '../database.ts'

/**
 * Leases on what is no domain, such as an RRset at a provider that writes whole sets (requirements D3): they exclude across
 * tenants, so they have none. And what stood where `apply` has written, so that it can be put back.
 */
export async function rrsetLeases(db: Db): Promise<void> {
  for (const statement of [
    sql`create table key_leases (
      key text primary key,
      id text not null,
      owner text not null,
      lease_until bigint not null
    )`,
    sql`alter table records add column previous text`,
  ])
    await statement.execute(db)
}
