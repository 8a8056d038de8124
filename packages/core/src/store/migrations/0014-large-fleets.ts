import { sql } from 'kysely'
import type { Db } from '../database.ts'

/** Rows of one statement: on a server each has its time. */
const PAGE = 20_000

/**
 * What keeps a page of a million domains as cheap as one of a thousand: those that are due in their order, those of one status in
 * the order of their names, and of each domain when its certificate ends, which stands with the certificates alone before, among all
 * that it has ever had.
 */
export async function largeFleets(db: Db): Promise<void> {
  await sql`create index domains_due on domains (next_action_at, id) where next_action_at is not null`.execute(db)
  await sql`drop index domains_next_action_at`.execute(db)
  await sql`create index domains_status on domains (status, tenant, name)`.execute(db)
  await sql`alter table domains add column expires_at bigint`.execute(db)
  for (let after = ''; ; ) {
    const { rows } = await sql<{ last: string | null }>`
      select max(id) as last from (select id from domains where id > ${after} order by id limit ${PAGE}) as page`.execute(db)
    const last = rows[0]?.last
    if (last === null || last === undefined) break
    await sql`update domains set expires_at = (select not_after from certificates where certificates.id = domains.certificate_id)
      where id > ${after} and id <= ${last} and certificate_id is not null`.execute(db)
    after = last
  }
  await sql`create index domains_expires_at on domains (expires_at) where expires_at is not null`.execute(db)
}
