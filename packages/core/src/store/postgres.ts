import {
  type CompiledQuery,
  type DatabaseConnection,
  type Driver,
  PostgresDialect,
  type QueryResult,
  type TransactionSettings,
} from 'kysely'
import type { QueryResult as PgResult, Pool, PoolClient, PoolConfig, QueryConfig } from 'pg'
import { THIS_TRANSACTION } from './commit-fate.ts'
import { isAnswer } from './postgres-errors.ts'
import { assertAddress, type PostgresPlace } from './postgres-url.ts'

/** For the locks of others, in ms; then it is tried anew. */
const LOCK_WITHIN = 10_000
/** For the end of connections that are closed, in ms. */
const GOODBYE_WITHIN = 1_000
const IDLE_WITHIN = 60_000
/** The first question whether an idle connection is still there, in ms; the system's own is two hours. */
const KEEP_ALIVE_AFTER = 10_000

/** The connection ended while the commit was under way: only the server knows whether it was carried out. */
export class CommitUnknown extends Error {
  readonly transaction: string

  constructor(transaction: string, cause: unknown) {
    super(`the connection ended in a commit (${cause instanceof Error ? cause.message : String(cause)})`, { cause })
    this.transaction = transaction
  }
}

/** A pool of connections that are made when they are needed. `pg` is loaded here, since most states are files. */
export async function openPool({ connection, tls, most, connectWithin }: PostgresPlace): Promise<Pool> {
  const { default: pg } = await import('pg')
  const config: PoolConfig = {
    ...connection,
    ssl: tls.ssl,
    max: most,
    connectionTimeoutMillis: connectWithin,
    idleTimeoutMillis: IDLE_WITHIN,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_AFTER,
    application_name: 'domainctl',
    // Times and counts are numbers here; all are far below 2^53.
    types: { getTypeParser: (oid: number, format) => (oid === INT8 ? Number : pg.types.getTypeParser(oid, format as 'text')) },
  }
  // PGHOST and PGPORT count as well. Of what no socket takes the pool would hear nothing, and wait without an end.
  assertAddress(new pg.Client(config))
  const pool = new pg.Pool(config)
  const clients = new Set<PoolClient>()
  pool.on('connect', (client) => clients.add(client))
  pool.on('remove', (client) => clients.delete(client))
  const end = pool.end.bind(pool)
  pool.end = async () => {
    await end()
    // A server that hangs never says goodbye, and the process would wait for that. Its own connections keep it so long, not this.
    setTimeout(() => clients.forEach(cutOff), GOODBYE_WITHIN).unref()
  }
  // A connection that ends while nobody uses it is replaced by the next use.
  pool.on('error', () => undefined)
  return pool
}

/** `pg` has no other way to end a connection without the server. */
function cutOff(client: PoolClient & { connection?: { stream?: { destroy(): void } } }): void {
  client.connection?.stream?.destroy()
}

const INT8 = 20

/** How long the client waits for an answer, in ms: the server is the first to end what takes too long. */
function clientWaits(statementWithin: number): number {
  return statementWithin * 1.5
}

interface SessionOptions {
  schema: string | undefined
  /** The server refuses whatever would change something. */
  readOnly: boolean
  /** In ms. */
  statementWithin: number
  /** Statements may take as long as they take: to bring a large state to another schema is hours, perhaps. */
  takesLong?: boolean
}

/** Kysely's dialect over a pool, which it ends with. */
export class PooledPostgresDialect extends PostgresDialect {
  readonly #pool: Pool
  readonly #o: SessionOptions

  constructor(pool: Pool, o: SessionOptions) {
    super({ pool })
    this.#pool = pool
    this.#o = o
  }

  override createDriver(): Driver {
    return new PooledDriver(this.#pool, this.#o)
  }
}

class PooledDriver implements Driver {
  readonly #pool: Pool
  readonly #settings: string
  readonly #readOnly: boolean
  readonly #answersWithin: number

  constructor(pool: Pool, { schema, readOnly, statementWithin, takesLong = false }: SessionOptions) {
    this.#pool = pool
    this.#readOnly = readOnly
    this.#answersWithin = takesLong ? 0 : clientWaits(statementWithin)
    // Within the transaction: behind PgBouncer the next one may run on another session.
    this.#settings = [
      `set local statement_timeout = ${takesLong ? 0 : statementWithin}`,
      `set local lock_timeout = ${LOCK_WITHIN}`,
      `set local idle_in_transaction_session_timeout = ${clientWaits(statementWithin)}`,
      ...(schema === undefined ? [] : [`set local search_path to "${schema.replaceAll('"', '""')}"`]),
    ].join('; ')
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<Connection> {
    return new Connection(await this.#pool.connect(), this.#answersWithin)
  }

  /**
   * In one round trip. Reads see one snapshot. A write gets its number at once, by which its fate can be asked should its
   * commit be cut off; what several of them read and then write is guarded by locks of rows and by `Engine.lock`.
   */
  async beginTransaction(connection: Connection, { accessMode }: TransactionSettings): Promise<void> {
    const isRead = this.#readOnly || accessMode === 'read only'
    try {
      if (isRead) await connection.run(`begin isolation level repeatable read read only; ${this.#settings}`)
      else
        connection.transaction = await connection.run(
          `begin isolation level read committed; ${this.#settings}; select ${THIS_TRANSACTION} as id`,
        )
    } catch (error) {
      // It has begun, and one of the others has failed: on a replica there is no number for a write.
      await this.rollbackTransaction(connection)
      throw error
    }
  }

  async commitTransaction(connection: Connection): Promise<void> {
    try {
      await connection.run('commit')
    } catch (error) {
      // What only read has written nothing, and may as well read again.
      if (connection.transaction === '' || (isAnswer(error) && !connection.isLost)) throw error
      throw new CommitUnknown(connection.transaction, error)
    }
  }

  async rollbackTransaction(connection: Connection): Promise<void> {
    if (!connection.isLost) await connection.run('rollback').catch(() => undefined)
  }

  async releaseConnection(connection: Connection): Promise<void> {
    connection.release()
  }

  async destroy(): Promise<void> {
    await this.#pool.end()
  }
}

class Connection implements DatabaseConnection {
  readonly #client: PoolClient
  /** In ms; 0: without an end. */
  readonly #answersWithin: number
  /** The number that the server gave to the write that is under way. */
  transaction = ''
  /** It is of no use to anybody any more. */
  isLost = false

  constructor(client: PoolClient, answersWithin: number) {
    this.#client = client
    this.#answersWithin = answersWithin
    client.on('error', this.#lose)
  }

  readonly #lose = () => {
    this.isLost = true
  }

  async executeQuery<R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> {
    const { command, rowCount, rows } = await this.#guarded(this.#ask(sql, [...parameters]))
    const isChange = command === 'INSERT' || command === 'UPDATE' || command === 'DELETE'
    return { rows, ...(isChange && { numAffectedRows: BigInt(rowCount ?? 0) }) }
  }

  // biome-ignore lint/correctness/useYield: nothing here is streamed: a page at a time
  async *streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    throw new Error('the state is read in pages')
  }

  /** Statements without parameters; answers the `id` that the last of them shows, if it does. */
  async run(statements: string): Promise<string> {
    const result: unknown = await this.#guarded(this.#ask(statements))
    const last: unknown = Array.isArray(result) ? result.at(-1) : result
    const rows = typeof last === 'object' && last !== null && 'rows' in last && Array.isArray(last.rows) ? last.rows : []
    return String(rows[0]?.id ?? '')
  }

  #ask(text: string, values?: unknown[]): Promise<PgResult> {
    const query: QueryConfig & { query_timeout: number } = { text, query_timeout: this.#answersWithin, ...(values && { values }) }
    return this.#client.query(query)
  }

  release(): void {
    this.#client.off('error', this.#lose)
    this.#client.release(this.isLost)
  }

  async #guarded<T>(answer: Promise<T>): Promise<T> {
    try {
      return await answer
    } catch (error) {
      // What the server did not answer, or answered by ending the session, leaves a connection that nobody can use.
      const severity = error instanceof Error && 'severity' in error ? error.severity : 'FATAL'
      if (severity !== 'ERROR') this.isLost = true
      throw error
    }
  }
}
