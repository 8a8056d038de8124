import { sql } from 'kysely'
import type { Db } from '../database.ts'

/** Since when the ownership record of a name is away: a renewal is refused only after 72 hours (requirements L1). */
export async function ownershipMissing(db: Db): Promise<void> {
  await sql`alter table domain_names add column ownership_missing_since bigint`.execute(db)
}
