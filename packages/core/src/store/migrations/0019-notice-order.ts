import { sql } from 'kysely'
import type { Db } from '../database.ts'
import type { Engine } from '../engine.ts'

/** What a notice in a message is about, so that one channel tells of it in order; and which messages have a notice. */
export async function noticeOrder(db: Db, engine: Engine): Promise<void> {
  for (const statement of [
    sql`alter table delivered_notices add column subject text`,
    sql`create index delivered_notices_subject on delivered_notices (subject) where subject is not null`,
    sql`create index delivered_notices_notice on delivered_notices (notice_id)`,
    ...engine.byBytes('delivered_notices', ['subject']),
  ])
    await statement.execute(db)
}
