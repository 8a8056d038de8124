import { sql } from 'kysely'
import type { Db } from '../database.ts'

/**
 * Several accounts at a CA, each by a name of its own; the next key of one that is changing it; and those that have ended, whose
 * orders and certificates go on naming them. The table is made anew: it had one account for a CA as a constraint, which SQLite
 * cannot drop.
 */
export async function accounts(db: Db): Promise<void> {
  for (const statement of [
    sql`create table accounts_anew (
      id text primary key,
      tenant text not null,
      ca text not null,
      name text not null,
      contact text,
      url text,
      key text not null,
      key_type text not null,
      next_key text,
      created_at bigint not null,
      ended_at bigint
    )`,
    // Until then every account was the only one, with a key on P-256.
    sql`insert into accounts_anew (id, tenant, ca, name, contact, url, key, key_type, next_key, created_at, ended_at)
      select id, tenant, ca, 'default', contact, url, key, 'ec256', null, created_at, null from accounts`,
    sql`drop table accounts`,
    sql`alter table accounts_anew rename to accounts`,
    sql`create unique index accounts_name on accounts (tenant, ca, name) where ended_at is null`,
  ])
    await statement.execute(db)
}
