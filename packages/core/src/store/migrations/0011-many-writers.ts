import type { Db } from '../database.ts'
import type { Engine } from '../engine.ts'

/**
 * What an engine with many writers and languages needs, and SQLite has by itself: pages of domains go by the bytes of tenant and
 * name, whatever language the server speaks, and a line of the audit knows when those before it are complete.
 */
export async function manyWriters(db: Db, engine: Engine): Promise<void> {
  for (const statement of [...engine.byBytes('domains', ['tenant', 'name']), ...engine.knowsSettled]) await statement.execute(db)
}
