import { sql } from 'kysely'
import type { Db } from '../database.ts'

/**
 * The keys that secrets are sealed with, each under the keys that are given to domainctl: one key is changed without sealing
 * everything anew at once, and while it is changed both are right. What was sealed before was so with the given key itself, which
 * the keyring then keeps as the first of them.
 */
export async function dataKeys(db: Db): Promise<void> {
  await sql`create table data_keys (
    id text not null,
    wrapped_by text not null,
    wrapped text not null,
    created_at bigint not null,
    retired_at bigint,
    primary key (id, wrapped_by)
  )`.execute(db)
}
