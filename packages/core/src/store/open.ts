import { realpathSync } from 'node:fs'
import { resolve } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { Kysely } from 'kysely'
import type { Clock, Random } from '../contracts/runtime.ts'
import type { Store } from '../contracts/store.ts'
import { Database } from './database.ts'
import { type Engine, sqliteEngine } from './engine.ts'
import { prepareStateFile } from './files.ts'
import { parseKey } from './key.ts'
import { Keyring } from './keyring.ts'
import { KyselyStore } from './kysely-store.ts'
import { LATEST, migrate, schemaVersion } from './migrations.ts'
import type { Schema } from './schema.ts'
import { NodeSqliteDialect, openDatabase } from './sqlite.ts'

export interface SqliteStoreOptions {
  /** 32 bytes in hex or base64. Absent: the key file beside the state, which is made together with a new state. */
  key?: string
  clock: Clock
  random: Random
}

/**
 * Opens the state in the file at `path`. A missing one is made, with its folder; an older one is brought to the schema of
 * this version. The key is looked for when it is first needed: whatever writes or reads a secret refuses a wrong one before
 * it does, and what is in the clear in the file (all but account and certificate keys) can be read without it.
 * @throws DomainctlError `STATE_UNREADABLE`, `STATE_NEWER`, `STATE_FULL`, `STATE_READ_ONLY`, `STATE_BUSY`, `STATE_CORRUPT`,
 * `STATE_KEY_INVALID`, `STATE_KEY_WRONG`
 */
export async function openSqliteStore(path: string, options: SqliteStoreOptions): Promise<Store> {
  const key = options.key === undefined ? null : parseKey(options.key, 'The encryption key')
  prepareStateFile(resolve(path))
  // The key file lies beside the state itself, not beside a link to it.
  const file = realpathSync(path)
  const engine = sqliteEngine(file, options.clock)
  return storeOver(openDatabase(engine), engine, { ...options, key })
}

/** A store over an open database, which it closes in the end, also when it cannot be used. */
export async function storeOver(
  sqlite: DatabaseSync,
  engine: Engine,
  { key, clock, random }: { key: Uint8Array | null; clock: Clock; random: Random },
): Promise<Store> {
  const kysely = new Kysely<Schema>({ dialect: new NodeSqliteDialect(sqlite) })
  const database = new Database(kysely, engine, { clock, random })
  const keyring = new Keyring(engine, key, random)
  try {
    const isReady = await database.read(
      async (db) => (await schemaVersion(db, engine)) === LATEST && (await keyring.isLocked(db)),
    )
    if (!isReady) {
      await database.write(async (db) => {
        await migrate(db, engine, clock.now())
        if (await keyring.isLocked(db)) await keyring.unlock(db)
        else await keyring.lock(db)
      })
    }
    return new KyselyStore(database, keyring)
  } catch (error) {
    await database.close()
    if (sqlite.isOpen) sqlite.close()
    throw error
  }
}
