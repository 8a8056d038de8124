import { resolve } from 'node:path'
import { Kysely } from 'kysely'
import type { Clock, Random } from '../contracts/runtime.ts'
import { checkAfterCrash } from './after-crash.ts'
import { Database } from './database.ts'
import { type Engine, sqliteEngine } from './engine.ts'
import { readStatePath } from './file-system.ts'
import { canBeWritten, findStateFile } from './files.ts'
import { LATEST, schemaVersion } from './migrations.ts'
import { connectedPool } from './open-postgres.ts'
import { PooledPostgresDialect } from './postgres.ts'
import { postgresEngine } from './postgres-engine.ts'
import { readPostgresUrl } from './postgres-url.ts'
import type { Schema } from './schema.ts'
import { NodeSqliteDialect, openDatabaseToRead } from './sqlite.ts'

/**
 * The version of the schema of a state that may be an older one. Changes nothing, and needs no key.
 * @param state `file:PATH` or `postgres://…`
 * @returns 0 where there is no state
 * @throws DomainctlError `STATE_NEWER`, `STATE_UNREADABLE`, `STATE_BUSY`, `CONFIG_INVALID`
 */
export async function versionOfState(state: string, runtime: { clock: Clock; random: Random }): Promise<number> {
  if (!state.startsWith('file:')) return versionInPostgres(state, runtime)
  const file = findStateFile(resolve(readStatePath(state.slice('file:'.length)).path))
  if (file === null) return 0
  const engine = sqliteEngine(file, runtime.clock)
  if (canBeWritten(file)) await checkAfterCrash(engine, runtime)
  return versionIn(new Kysely<Schema>({ dialect: new NodeSqliteDialect(openDatabaseToRead(engine)) }), engine, runtime)
}

async function versionInPostgres(state: string, runtime: { clock: Clock; random: Random }): Promise<number> {
  const place = readPostgresUrl(state)
  const engine = postgresEngine({ place: place.name, writesAtOnce: place.most })
  const dialect = new PooledPostgresDialect(await connectedPool(place), { ...place, readOnly: true })
  return versionIn(new Kysely<Schema>({ dialect }), engine, runtime)
}

async function versionIn(kysely: Kysely<Schema>, engine: Engine, runtime: { clock: Clock; random: Random }): Promise<number> {
  const database = new Database(kysely, engine, runtime)
  try {
    return await database.read((db) => schemaVersion(db, engine, LATEST))
  } finally {
    await database.close()
  }
}
