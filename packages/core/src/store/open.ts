import { realpathSync } from 'node:fs'
import { resolve } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { Kysely } from 'kysely'
import type { Clock, Logger, Random } from '../contracts/runtime.ts'
import type { Store } from '../contracts/store.ts'
import { checkAfterCrash } from './after-crash.ts'
import { Database } from './database.ts'
import { type Engine, sqliteEngine } from './engine.ts'
import { checkFileSystem, type FileSystemOf, readStatePath } from './file-system.ts'
import { canBeWritten, findStateFile, prepareStateFile, removeUnfinished, restrictStateFile, syncFoldersOf } from './files.ts'
import { KEY_BYTES, parseKey } from './key.ts'
import { Keyring } from './keyring.ts'
import { KyselyStore } from './kysely-store.ts'
import { LATEST, migrate, schemaVersion } from './migrations.ts'
import type { Schema } from './schema.ts'
import { databaseInMemory, makeDatabase, NodeSqliteDialect, openDatabase, openDatabaseToRead } from './sqlite.ts'
import { olderState } from './state-errors.ts'

export interface SqliteStoreOptions {
  /** 32 bytes in hex or base64. Absent: the key file beside the state, which is made together with a new state. */
  key?: string
  /**
   * Nothing is changed, neither the state nor a right of its files: a state that is not there is an empty one, one of an older
   * schema is refused, and whatever writes fails with `STATE_READ_ONLY`.
   */
  readOnly?: boolean
  /** A copy is filling it: it need not be whole. */
  isFilled?: boolean
  clock: Clock
  random: Random
  /** Told of a backup that is made before a migration, and of a file system that may not be fit. Absent: nobody. */
  logger?: Logger
  /** What file system a path lies on; for tests. */
  fileSystemOf?: FileSystemOf
}

/** A state that is open: the store, and what is below it, for those who copy or check all of it. The store closes all. */
export interface OpenState {
  store: Store
  database: Database
  keyring: Keyring
}

/** What stores are made with, once the key was read. */
interface Parts {
  key: Uint8Array | null
  isFilled?: boolean
  clock: Clock
  random: Random
}

/**
 * Opens the state in the file at `path`. A missing one is made, with its folder; an older one is brought to the schema of
 * this version, after a backup of it was made beside it. One that a crash has left is checked first. `?network=allow` behind the
 * path lets it be on a network file system. The key is looked for when it is first needed: whatever writes or reads a secret
 * refuses a wrong one before it does, and what is in the clear in the file (all but account and certificate keys) can be read
 * without it.
 * @throws DomainctlError `STATE_UNREADABLE`, `STATE_NEWER`, `STATE_FULL`, `STATE_READ_ONLY`, `STATE_BUSY`, `STATE_CORRUPT`,
 * `STATE_KEY_INVALID`, `STATE_KEY_WRONG`
 */
export async function openSqliteStore(path: string, options: SqliteStoreOptions): Promise<Store> {
  return (await openSqliteState(path, options)).store
}

/** {@link openSqliteStore}, with what is below the store. */
export async function openSqliteState(given: string, options: SqliteStoreOptions): Promise<OpenState> {
  const key = options.key === undefined ? null : parseKey(options.key, 'The encryption key')
  const { path, allowsNetwork } = readStatePath(given)
  checkFileSystem(resolve(path), { ...options, allowsNetwork })
  if (options.readOnly) return openToRead(resolve(path), { ...options, key })
  prepareStateFile(resolve(path), {
    suffix: Buffer.from(options.random.bytes(6)).toString('hex'),
    now: options.clock.now().getTime(),
    makeDatabase: (unfinished) => makeDatabase(sqliteEngine(unfinished, options.clock)),
  })
  // The key file lies beside the state itself, not beside a link to it.
  const file = realpathSync(path)
  const engine = sqliteEngine(file, options.clock)
  await checkAfterCrash(engine, options)
  return storeOver(openDatabase(engine), engine, { ...options, key }, async (sqlite, version) => {
    restrictStateFile(file)
    if (version === LATEST) return
    if (version === 0) removeUnfinished(file, options.clock.now().getTime())
    syncFoldersOf(file)
    if (version === 0 || options.isFilled) return
    const { backupBefore } = await import('./before-migration.ts')
    await backupBefore(sqlite, file, version, options)
  })
}

async function openToRead(path: string, parts: Parts): Promise<OpenState> {
  const file = findStateFile(path)
  if (file === null) return emptyStore(path, parts)
  const engine = sqliteEngine(file, parts.clock)
  if (canBeWritten(file)) await checkAfterCrash(engine, parts)
  const sqlite = openDatabaseToRead(engine)
  const database = new Database(new Kysely<Schema>({ dialect: new NodeSqliteDialect(sqlite) }), engine, parts)
  return orClosed(sqlite, database, async () => {
    const version = await database.read((db) => schemaVersion(db, engine))
    if (version === LATEST) return stateOf(database, new Keyring(engine, parts.key, parts.random, { readOnly: true }))
    if (version > 0) throw olderState(file, version, LATEST)
    // Another process is just making it.
    await database.close()
    return emptyStore(path, parts)
  })
}

/** Stands for a state that is not there: nothing is in it, and nothing can be written. */
export async function emptyStore(path: string, { clock, random }: Parts): Promise<OpenState> {
  const sqlite = databaseInMemory()
  const state = await storeOver(sqlite, sqliteEngine(path, clock), { key: random.bytes(KEY_BYTES), clock, random })
  sqlite.exec('pragma query_only = on')
  return state
}

/**
 * A store over an open database, which it closes in the end, also when it cannot be used.
 * @param ours called when the database was found to be a state of this version, before anything is written
 */
export async function storeOver(
  sqlite: DatabaseSync,
  engine: Engine,
  { key, clock, random, isFilled = false }: Parts,
  ours: (sqlite: DatabaseSync, version: number) => Promise<void> = async () => undefined,
): Promise<OpenState> {
  const kysely = new Kysely<Schema>({ dialect: new NodeSqliteDialect(sqlite) })
  const database = new Database(kysely, engine, { clock, random })
  const keyring = new Keyring(engine, key, random)
  return orClosed(sqlite, database, async () => {
    const { version, isReady } = await database.read(async (db) => {
      const version = await schemaVersion(db, engine, LATEST, { isFilled })
      return { version, isReady: version === LATEST && (await keyring.isLocked(db)) }
    })
    await ours(sqlite, version)
    if (!isReady) {
      await database.write(async (db) => {
        await migrate(db, engine, clock.now(), undefined, { isFilled })
        if (await keyring.isLocked(db)) await keyring.unlock(db)
        else if (!isFilled) await keyring.lock(db, clock.now())
      })
    }
    return stateOf(database, keyring)
  })
}

export function stateOf(database: Database, keyring: Keyring): OpenState {
  return { store: new KyselyStore(database, keyring), database, keyring }
}

async function orClosed(sqlite: DatabaseSync, database: Database, open: () => Promise<OpenState>): Promise<OpenState> {
  try {
    return await open()
  } catch (error) {
    await database.close()
    if (sqlite.isOpen) sqlite.close()
    throw error
  }
}
