import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type CommitRelay, startCommitRelay } from '../../packages/core/src/store/commit-relay.test.support.ts'
import { type PostgresVersion, startPostgres } from '../../packages/core/src/store/postgres-server.test.support.ts'

type Row = Record<string, unknown>

/** The state that all of them work on, and what those who judge see of it without domainctl. */
export interface ChaosState extends AsyncDisposable {
  /** As `--state` has it. */
  readonly url: string
  /** The same, by way of the relay; absent where there is no server. */
  readonly relayedUrl?: string
  readonly encryptionKey: string
  readonly server?: { stop(how: 'fast' | 'immediate'): Promise<void>; start(): Promise<void>; readonly relay: CommitRelay }
  /** Milliseconds since 1970, as leases go by it. */
  readonly now: string
  /** Rows of a query; none while the server is away, or before there is anything. */
  query(sql: string): Promise<Row[]>
}

const ENCRYPTION_KEY = '5e'.repeat(32)

export async function sqliteState(): Promise<ChaosState> {
  const folder = await mkdtemp(join(tmpdir(), 'domainctl-chaos-'))
  const file = join(folder, 'state', 'state.db')
  return {
    url: `file:${file}`,
    encryptionKey: ENCRYPTION_KEY,
    now: "cast(unixepoch('subsec') * 1000 as integer)",
    async query(sql) {
      if (!existsSync(file)) return []
      const database = new DatabaseSync(file, { readOnly: true, timeout: 5_000 })
      try {
        return database.prepare(sql).all()
      } catch (error) {
        if (error instanceof Error && /no such table|locked|readonly/.test(error.message)) return []
        throw error
      } finally {
        database.close()
      }
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  }
}

export async function postgresState(version: PostgresVersion): Promise<ChaosState> {
  await using starting = new AsyncDisposableStack()
  const postgres = starting.use(await startPostgres(version, { max_connections: '200' }))
  const url = await postgres.createDatabase()
  const relay = starting.use(await startCommitRelay(postgres.port))
  const running = starting.move()
  const database = new URL(url).pathname.slice(1)
  // Who dies in silence is found out by the server; few connections are enough for two domains at a time.
  const withPool = `${url}?pool=4`
  return {
    url: withPool,
    relayedUrl: withPool.replace(`:${postgres.port}/`, `:${relay.port}/`),
    encryptionKey: ENCRYPTION_KEY,
    server: { stop: (how) => postgres.stop(how), start: () => postgres.start(), relay },
    now: '(extract(epoch from clock_timestamp()) * 1000)::bigint',
    async query(sql) {
      try {
        return (await postgres.query(sql, database)).rows
      } catch (error) {
        if (isAway(error)) return []
        throw error
      }
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}

/** 42P01: the tables are not made yet; 57P0x, ECONN…: it restarts. */
function isAway(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return /^(42P01|57P0\d|ECONN\w+)$/.test(code) || (error instanceof Error && /^Connection terminated/.test(error.message))
}
