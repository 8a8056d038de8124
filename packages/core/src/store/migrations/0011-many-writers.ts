import type { Db } from '../database.ts'
import type { Engine } from '../engine.ts'

/**
 * What an engine with many writers and languages needs, and SQLite has by itself: what rows are found and put in order by sorts by
 * its bytes, whatever language the server speaks, and a line of the audit knows when those before it are complete.
 */
export async function manyWriters(db: Db, engine: Engine): Promise<void> {
  for (const [table, columns] of SORTED) {
    for (const statement of engine.byBytes(table, columns)) await statement.execute(db)
  }
  for (const statement of engine.knowsSettled) await statement.execute(db)
}

const SORTED = [
  ['domains', ['id', 'tenant', 'name']],
  ['former_domain_ids', ['former_id']],
  ['orders', ['id']],
  ['certificates', ['id']],
  ['records', ['id']],
  ['accounts', ['id']],
  ['http_challenges', ['token', 'domain_id']],
  ['domain_names', ['domain_id']],
  ['ca_circuits', ['ca']],
  ['ca_budgets', ['ca', 'kind', 'subject']],
] as const satisfies (readonly [table: string, columns: readonly string[]])[]
