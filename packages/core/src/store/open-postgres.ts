import { type Expression, Kysely, sql } from 'kysely'
import type { Pool } from 'pg'
import type { Clock, Logger, Random } from '../contracts/runtime.ts'
import type { Store } from '../contracts/store.ts'
import { DomainctlError } from '../errors.ts'
import { Database, type Db } from './database.ts'
import type { Engine } from './engine.ts'
import { parseKey } from './key.ts'
import { Keyring } from './keyring.ts'
import { LATEST, migrate, schemaVersion } from './migrations.ts'
import { emptyStore, type OpenState, stateOf } from './open.ts'
import { openPool, PooledPostgresDialect } from './postgres.ts'
import { postgresEngine } from './postgres-engine.ts'
import { hasNoTls, isAnswer, isPostgresBusy, postgresError } from './postgres-errors.ts'
import { type PostgresPlace, readPostgresUrl } from './postgres-url.ts'
import type { Schema } from './schema.ts'
import { olderState } from './state-errors.ts'

export interface PostgresStoreOptions {
  /** 32 bytes in hex or base64. Nothing is made up: a state on a server needs one that was given. */
  key?: string
  /**
   * Nothing is changed: where there are no tables yet it is an empty state, an older schema is refused, and whatever writes fails
   * with `STATE_READ_ONLY`.
   */
  readOnly?: boolean
  /** A copy is filling it: it need not be whole. */
  isFilled?: boolean
  clock: Clock
  random: Random
  /** Told that another process is just making the tables, or bringing them up to date. Absent: nobody. */
  logger?: Logger
  /** Ends the waiting for that. */
  signal?: AbortSignal
  /** The time that leases go by, in place of the server's: for tests. */
  leaseNow?: () => Expression<number>
}

/**
 * Opens the state in a PostgreSQL database (15 or newer). Its tables are made, or brought to the schema of this version, by the
 * first process that comes, under an advisory lock. Works behind PgBouncer in transaction mode, and needs no more than USAGE and
 * CREATE on its schema; a schema that is named and not there is made where the rights allow it. A server that restarts is waited
 * for, half a minute.
 * @throws DomainctlError `CONFIG_INVALID`, `STATE_UNREADABLE`, `STATE_NEWER`, `STATE_FULL`, `STATE_READ_ONLY`, `STATE_BUSY`,
 * `STATE_KEY_INVALID`, `STATE_KEY_WRONG`
 */
export async function openPostgresStore(url: string, o: PostgresStoreOptions): Promise<Store> {
  return (await openPostgresState(url, o)).store
}

/** {@link openPostgresStore}, with what is below the store. */
export async function openPostgresState(url: string, o: PostgresStoreOptions): Promise<OpenState> {
  const place = readPostgresUrl(url)
  const key = o.key === undefined ? null : parseKey(o.key, 'The encryption key')
  const engine = postgresEngine({
    place: place.name,
    writesAtOnce: place.most,
    ...(o.leaseNow && { leaseNow: o.leaseNow }),
  })
  const pool = await connectedPool(place)
  const readOnly = o.readOnly ?? false
  const dialect = new PooledPostgresDialect(pool, { ...place, readOnly })
  const database = new Database(new Kysely<Schema>({ dialect }), engine, o)
  // Over the same pool, which it leaves open.
  const patient = new Database(
    new Kysely<Schema>({ dialect: new PooledPostgresDialect(pool, { ...place, readOnly, takesLong: true }) }),
    engine,
    o,
  )
  const keyring = new Keyring(engine, key, o.random, { readOnly })
  const { isFilled = false } = o
  try {
    const version = await database.read((db) => schemaVersion(db, engine, LATEST, { isFilled }))
    if (version === 0 && readOnly) {
      await database.read((db) => assertSeen(db, place))
      await database.close()
      return emptyStore(place.name, { ...o, key })
    }
    if (version !== LATEST && readOnly) throw olderState(place.name, version, LATEST)
    const isLocked = version === LATEST && (await database.read((db) => keyring.isLocked(db)))
    if (!isLocked && !readOnly)
      await inTurn(place.name, o, () => prepare(patient, engine, { keyring, schema: place.schema, now: o.clock.now(), isFilled }))
    return stateOf(database, keyring)
  } catch (error) {
    await database.close()
    throw error
  }
}

/**
 * A server that is not there at all is told at once; later it may be one that restarts. One that answers that it has no room now is
 * waited for by the first that works with it.
 */
export async function connectedPool(place: PostgresPlace): Promise<Pool> {
  const pool = await openPool(place)
  try {
    const client = await pool.connect()
    client.release()
    return pool
  } catch (error) {
    if (isAnswer(error) && isPostgresBusy(error)) return pool
    await pool.end()
    if (place.tls.mayBePlain && hasNoTls(error)) return connectedPool({ ...place, tls: { ...place.tls, ssl: false } })
    throw postgresError(error, place.name) ?? error
  }
}

const FIRST_PAUSE_MS = 20
const LONGEST_PAUSE_MS = 1_000

/**
 * Tries until it is our turn. Of a large fleet another process takes minutes to bring the state up to date, and is waited for as
 * long as it lives: its lock ends with it. Between two tries no connection is held.
 */
async function inTurn(
  place: string,
  { clock, random, logger, signal }: PostgresStoreOptions,
  work: () => Promise<boolean>,
): Promise<void> {
  let told = false
  for (let longest = FIRST_PAUSE_MS; !(await work()); longest = Math.min(longest * 2, LONGEST_PAUSE_MS)) {
    signal?.throwIfAborted()
    if (longest === LONGEST_PAUSE_MS && !told) {
      told = true
      const message = `Another process is making the tables of the state ${place}, or bringing them up to date; it is waited for.`
      logger?.log('info', message, { state: place, isWaiting: true })
    }
    const [jitter = 0] = random.bytes(1)
    await clock.sleep(Math.ceil((longest * (jitter + 1)) / 256), signal)
  }
}

/** The tables, and what key they are sealed with: one process at a time; false where it is another one's turn. */
async function prepare(
  database: Database,
  engine: Engine,
  { keyring, schema, now, isFilled }: { keyring: Keyring; schema: string | undefined; now: Date; isFilled: boolean },
): Promise<boolean> {
  return database.write(async (db) => {
    // Before there is a schema, its name is no part of what is locked.
    await assertEncoding(db, engine)
    const name = `domainctl schema ${schema ?? ''}`
    const { rows } = await sql<{ isOurs: boolean }>`
      select pg_try_advisory_xact_lock(hashtextextended(${name}, 0)) as "isOurs"`.execute(db)
    if (!rows[0]?.isOurs) return false
    if (schema !== undefined) {
      const there = await sql`select 1 from pg_namespace where nspname = ${schema}`.execute(db)
      if (there.rows.length === 0) await sql`create schema ${sql.id(schema)}`.execute(db)
    }
    await migrate(db, engine, now, undefined, { isFilled })
    if (await keyring.isLocked(db)) await keyring.unlock(db)
    else if (!isFilled) await keyring.lock(db, now)
    return true
  })
}

/** Tables of a schema that a user may not look into are not listed: that is no empty state. */
async function assertSeen(db: Db, { name, schema = 'public' }: PostgresPlace): Promise<void> {
  const { rows } = await sql`
    select 1 from pg_namespace
    where current_schema() is null and nspname = ${schema} and not has_schema_privilege(oid, 'usage')`.execute(db)
  if (rows.length === 0) return
  throw new DomainctlError('STATE_UNREADABLE', `This user may not look into the schema ${schema} of ${name}.`, {
    hint: `As its owner: GRANT USAGE ON SCHEMA ${schema} TO the user, and SELECT on its tables.`,
  })
}

/** In others there are no letters for what CAs, providers and people write, and the first such text would fail. */
async function assertEncoding(db: Db, { place }: Engine): Promise<void> {
  const [row] = (await sql<{ encoding: string }>`select current_setting('server_encoding') as encoding`.execute(db)).rows
  if (row?.encoding === 'UTF8') return
  throw new DomainctlError('STATE_UNREADABLE', `The database ${place} is in the encoding ${row?.encoding}, and not in UTF8.`, {
    hint: 'Give it a database of its own: createdb --encoding=UTF8 --template=template0 NAME.',
  })
}
