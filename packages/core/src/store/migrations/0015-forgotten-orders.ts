import { sql } from 'kysely'
import type { Db } from '../database.ts'

/** A name whose records were seen had no next action: a scheduler never ordered for it. */
export async function forgottenOrders(db: Db): Promise<void> {
  await sql`update domains set next_action_at = status_since where status = 'issuing' and next_action_at is null`.execute(db)
}
