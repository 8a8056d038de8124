import { Kysely } from 'kysely'
import type { Clock, Random } from '../../contracts/runtime.ts'
import { Database } from '../database.ts'
import { type Engine, sqliteEngine } from '../engine.ts'
import { migrate } from '../migrations.ts'
import type { Schema } from '../schema.ts'
import { databaseInMemory, NodeSqliteDialect } from '../sqlite.ts'
import { inspectPostgres } from './inspect-postgres.ts'
import { inspectSqlite } from './inspect-sqlite.ts'
import type { Inspection } from './inspection.ts'
import type { TableShape } from './table-shape.ts'

/** How the engine of a state is looked at. */
export function inspectionOf(engine: Engine): Inspection {
  return engine.dialect === 'sqlite' ? inspectSqlite : inspectPostgres(engine)
}

/** The tables that the migrations make, with what a state made now has of them. */
export async function freshTables(clock: Clock, random: Random): Promise<Map<string, TableShape>> {
  const kysely = new Kysely<Schema>({ dialect: new NodeSqliteDialect(databaseInMemory()) })
  const engine = sqliteEngine(':memory:', clock)
  const database = new Database(kysely, engine, { clock, random })
  try {
    await database.write((db) => migrate(db, engine, clock.now()))
    return await database.read((db) => inspectSqlite.tables(db))
  } finally {
    await database.close()
  }
}
