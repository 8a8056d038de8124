import type { Schema } from './schema.ts'

/** A table of a state, and by which columns its rows are told apart and put in order. */
export interface CopiedTable {
  table: keyof Schema
  key: readonly string[]
  /** Columns whose values belong to one database alone. */
  without?: readonly string[]
}

/**
 * All that a state holds, what others refer to first. Not copied are leases, which are of processes at the place that is left, and the
 * version, which the copy has by itself.
 */
export const COPIED_TABLES: readonly CopiedTable[] = [
  { table: 'data_keys', key: ['id', 'wrapped_by'] },
  // Whether the encryption key is being changed: else nobody could end that in the copy, and the old key would open it for ever.
  { table: 'meta', key: ['name'] },
  { table: 'domains', key: ['id'], without: ['lease_owner', 'lease_until'] },
  { table: 'domain_names', key: ['domain_id', 'position'] },
  { table: 'former_domain_ids', key: ['former_id'] },
  { table: 'accounts', key: ['id'] },
  { table: 'orders', key: ['id'] },
  { table: 'certificates', key: ['id'] },
  { table: 'records', key: ['id'] },
  { table: 'http_challenges', key: ['token', 'domain_id'] },
  { table: 'deployments', key: ['domain_id', 'target'] },
  { table: 'ca_circuits', key: ['ca'] },
  { table: 'ca_budgets', key: ['ca', 'kind', 'subject'] },
  { table: 'notices', key: ['id'] },
  { table: 'notice_deliveries', key: ['id'], without: ['claim', 'claimed_by', 'claimed_until'] },
  { table: 'delivered_notices', key: ['delivery_id', 'notice_id'] },
  { table: 'health', key: ['domain_id'], without: ['claim'] },
  { table: 'health_incidents', key: ['id'] },
  { table: 'health_history', key: ['domain_id', 'began_at'] },
  { table: 'audit', key: ['seq'], without: ['written_by'] },
]
