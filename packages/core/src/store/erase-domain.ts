import type { Db } from './database.ts'
import type { Schema } from './schema.ts'

/**
 * Tables whose rows belong to a domain and end with it. The audit does not, it is never changed; nor do notices, which are told and
 * forgotten by their age. A test holds this list complete.
 */
export const OF_A_DOMAIN = [
  'http_challenges',
  'deployments',
  'certificates',
  'orders',
  'former_domain_ids',
  'domain_names',
  'health_history',
  'health',
] as const satisfies readonly (keyof Schema)[]

/** Erases the domain with what belongs to it; false, and nothing is erased, where something of it is needed yet. */
export async function eraseDomain(db: Db, id: string): Promise<boolean> {
  const record = await db.selectFrom('records').select('id').where('domain_id', '=', id).limit(1).executeTakeFirst()
  const compromised = await db
    .selectFrom('certificates')
    .select('id')
    .where('domain_id', '=', id)
    .where('revocation_reason', '=', 'keyCompromise')
    .limit(1)
    .executeTakeFirst()
  if (record || compromised) return false
  for (const table of OF_A_DOMAIN) await db.deleteFrom(table).where('domain_id', '=', id).execute()
  await db.deleteFrom('domains').where('id', '=', id).execute()
  return true
}
