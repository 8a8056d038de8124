import { existsSync } from 'node:fs'
import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite'
import { pathToFileURL } from 'node:url'
import {
  CompiledQuery,
  type DatabaseConnection,
  type SqliteDatabase,
  SqliteDialect,
  SqliteDriver,
  type TransactionSettings,
} from 'kysely'
import { DomainctlError } from '../errors.ts'
import type { Engine } from './engine.ts'
import { canBeWritten } from './files.ts'

/**
 * How long a statement waits for the lock of another process, in which the event loop stands still. Longer waits are
 * asynchronous: see `database.ts`.
 */
const BUSY_TIMEOUT_MS = 5

/**
 * What a connection keeps of the file, at most. A page of a hundred domains of a large fleet lies in some seven hundred places of
 * it, which SQLite's own 2,000 do not hold: the same page was read anew each time.
 */
const CACHE_KIB = 16_000

/** Opens the file that is the engine's place. @throws DomainctlError `STATE_UNREADABLE` */
export function openDatabase(engine: Engine): DatabaseSync {
  const { DatabaseSync } = loadSqlite()
  try {
    return new DatabaseSync(engine.place, { timeout: BUSY_TIMEOUT_MS, enableForeignKeyConstraints: true })
  } catch (error) {
    throw engine.toError(error) ?? error
  }
}

/**
 * Opens it for one who only looks: no statement can change it. Where the file or its folder cannot be written, SQLite could
 * not make the files beside it that WAL wants; when nobody else has it open it needs none. A connection that is read-only
 * where it could write would leave those files behind.
 * @throws DomainctlError `STATE_UNREADABLE`, `STATE_READ_ONLY`
 */
export function openDatabaseToRead(engine: Engine): DatabaseSync {
  const { DatabaseSync } = loadSqlite()
  const { place } = engine
  try {
    if (canBeWritten(place)) {
      const database = new DatabaseSync(place, { timeout: BUSY_TIMEOUT_MS })
      database.exec('pragma query_only = on')
      return database
    }
    const url = pathToFileURL(place)
    if (!existsSync(`${place}-wal`)) url.searchParams.set('immutable', '1')
    return new DatabaseSync(url, { timeout: BUSY_TIMEOUT_MS, readOnly: true })
  } catch (error) {
    throw engine.toError(error) ?? error
  }
}

/** Writes the first page of a database without tables into an empty file. @throws DomainctlError `STATE_FULL`, `STATE_UNREADABLE` */
export function makeDatabase(engine: Engine): void {
  const database = openDatabase(engine)
  try {
    database.exec('pragma synchronous = full; pragma user_version = 0')
  } catch (error) {
    throw engine.toError(error) ?? error
  } finally {
    database.close()
  }
}

/** An empty database in memory. */
export function databaseInMemory(): DatabaseSync {
  const { DatabaseSync } = loadSqlite()
  return new DatabaseSync(':memory:', { enableForeignKeyConstraints: true })
}

/** Loads `node:sqlite` without the ExperimentalWarning of Node 22, and with every other warning. */
export function loadSqlite(): typeof import('node:sqlite') {
  const { emitWarning } = process
  process.emitWarning = (warning: string | Error, ...rest: unknown[]) => {
    if (rest[0] === 'ExperimentalWarning' && String(warning).startsWith('SQLite is an experimental feature')) return
    Reflect.apply(emitWarning, process, [warning, ...rest])
  }
  try {
    return process.getBuiltinModule('node:sqlite')
  } finally {
    process.emitWarning = emitWarning
  }
}

/** Kysely's SQLite dialect over an open `node:sqlite` database, which it closes in the end. */
export class NodeSqliteDialect extends SqliteDialect {
  readonly #database: DatabaseSync

  constructor(database: DatabaseSync) {
    super({ database: kyselyDatabase(database) })
    this.#database = database
  }

  override createDriver(): SqliteDriver {
    return new NodeSqliteDriver(this.#database)
  }
}

class NodeSqliteDriver extends SqliteDriver {
  readonly #database: DatabaseSync

  constructor(database: DatabaseSync) {
    super({ database: kyselyDatabase(database) })
    this.#database = database
  }

  /**
   * Readers never wait under WAL. FULL also there: a commit that was reported must outlive a power cut, or the journal of DNS
   * writes (requirements L7) is worth nothing. Tried again by Kysely with the next query when another process is in the way.
   * The database of another program, or one that is only looked at, keeps the mode that it has. What is deleted is overwritten
   * in the page that is written anyway: a wrapped key that is gone (ADR 13) must not lie on in a free cell.
   */
  override async init(): Promise<void> {
    await super.init()
    this.#database.exec(`pragma cache_size = ${-CACHE_KIB}`)
    if (!mayBeChanged(this.#database)) return
    this.#database.exec('pragma journal_mode = wal; pragma synchronous = full; pragma secure_delete = fast')
  }

  /**
   * Takes the write lock at once. A transaction that begins by reading and then wants to write fails when another process
   * has written in between, which is the rule with many processes, not the exception.
   */
  override async beginTransaction(connection: DatabaseConnection, settings?: TransactionSettings): Promise<void> {
    const begin = settings?.accessMode === 'read only' ? 'begin' : 'begin immediate'
    await connection.executeQuery(CompiledQuery.raw(begin))
  }

  /** On a full disk SQLite has rolled back by itself already, and refuses to do it twice. */
  override async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    if (this.#database.isTransaction) await super.rollbackTransaction(connection)
  }
}

function mayBeChanged(database: DatabaseSync): boolean {
  if (database.prepare('pragma query_only').get()?.query_only === 1) return false
  const tables = database.prepare("select name from sqlite_master where type = 'table'").all()
  return tables.length === 0 || tables.some(({ name }) => name === 'schema_version')
}

/** Statements that are kept for the next time: those of a run are some dozens, but lists of values have a text for each length. */
const MOST_KEPT = 256

/**
 * `node:sqlite` in the shape of better-sqlite3, which Kysely knows. To prepare a statement costs more than to run it, so
 * each text is prepared once; SQLite prepares it anew by itself when the schema has changed.
 */
function kyselyDatabase(database: DatabaseSync): SqliteDatabase {
  const kept = new Map<string, ReturnType<typeof kyselyStatement>>()
  return {
    close: () => database.close(),
    prepare: (text) => {
      const known = kept.get(text)
      if (known) return known
      const statement = kyselyStatement(database.prepare(text))
      if (kept.size >= MOST_KEPT) kept.clear()
      kept.set(text, statement)
      return statement
    },
  }
}

function kyselyStatement(statement: StatementSync): ReturnType<SqliteDatabase['prepare']> {
  return {
    reader: statement.columns().length > 0,
    all: (parameters) => statement.all(...parameters.map(inputValue)),
    run: (parameters) => statement.run(...parameters.map(inputValue)),
    iterate: (parameters) => statement.iterate(...parameters.map(inputValue)),
  }
}

function inputValue(value: unknown): SQLInputValue {
  if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint') return value
  throw new DomainctlError('INTERNAL', `A ${typeof value} cannot be a parameter of SQL.`, {
    hint: 'This is a fault of domainctl: please report it with the output of --verbose.',
  })
}
