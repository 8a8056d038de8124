import { copyFile, mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { copyState, createDomainctl } from '@domainctl/core'
import { createRfc2136 } from '@domainctl/providers'
import { startSandbox } from '@domainctl/sandbox'
import { growFleet } from '../packages/core/src/store/fleet.test.support.ts'
import { type PostgresServer, startPostgres } from '../packages/core/src/store/postgres-server.test.support.ts'

export const ENGINES = ['SQLite', 'PostgreSQL 18'] as const
export type EngineName = (typeof ENGINES)[number]

/** What there is to be done in a large state, whatever its size. */
export const DUE = 100

export interface LargeState {
  /** What `--state` takes. */
  url: string
  domains: number
  /** Bytes on disk. */
  bytes: number
}

/** Makes states of any size, each of one domain that a CA has given a certificate. */
export interface LargeStates extends AsyncDisposable {
  directory: string
  /** Of all of them, in hex. */
  encryptionKey: string
  server: PostgresServer
  /** Ms since 1970 by which {@link DUE} domains are due. */
  now: number
  make(engine: EngineName, domains: number, o?: { isLean?: boolean }): Promise<LargeState>
  /** A new state without anything; its URL. */
  makeEmpty(engine: EngineName): Promise<string>
  drop(state: LargeState): Promise<void>
}

export async function openLargeStates(): Promise<LargeStates> {
  await using opening = new AsyncDisposableStack()
  const directory = await mkdtemp(join(tmpdir(), 'domainctl-bench-'))
  opening.defer(() => rm(directory, { recursive: true, force: true }))
  // As a server is set up that holds a million of them; the disk is not waited for while they are made.
  const settings = { shared_buffers: '1GB', max_wal_size: '4GB', synchronous_commit: 'off', autovacuum: 'off' }
  const server = opening.use(await startPostgres('18', settings))
  const first = join(directory, 'first.db')
  await issueFirst(first)
  const encryptionKey = (await readFile(`${first}.key`, 'utf8')).trim()
  const now = Date.now()
  let files = 0
  const nextFile = () => join(directory, `state${++files}.db`)

  async function makeFile(domains: number, isLean: boolean): Promise<LargeState> {
    const file = nextFile()
    await copyFile(first, file)
    const database = new DatabaseSync(file)
    database.exec('pragma journal_mode = off; pragma synchronous = off; pragma cache_size = -500000; begin')
    await growFleet(async (sql) => database.prepare(sql).all(), 'sqlite', { domains, due: DUE, now, isLean })
    database.exec('commit; pragma journal_mode = wal')
    database.close()
    return { url: `file:${file}`, domains, bytes: (await stat(file)).size }
  }

  async function makeDatabase(domains: number, isLean: boolean): Promise<LargeState> {
    const url = await server.createDatabase()
    await copyState({ from: `file:${first}`, to: url, encryptionKey })
    const database = new URL(url).pathname.slice(1)
    const query = async (sql: string) => (await server.query(sql, database)).rows
    const size = async () => Number((await query('select pg_database_size(current_database()) as size'))[0].size)
    const empty = await size()
    await growFleet(query, 'postgres', { domains, due: DUE, now, isLean })
    // What its autovacuum does in its own time.
    await query('vacuum analyze')
    const bytes = (await size()) - empty
    return { url, domains, bytes }
  }

  const owned = opening.move()
  return {
    directory,
    encryptionKey,
    server,
    now,
    make: (engine, domains, { isLean = false } = {}) => (engine === 'SQLite' ? makeFile : makeDatabase)(domains, isLean),
    makeEmpty: async (engine) => (engine === 'SQLite' ? `file:${nextFile()}` : server.createDatabase()),
    async drop({ url }) {
      if (url.startsWith('file:')) await rm(url.slice('file:'.length))
      else await server.query(`drop database ${new URL(url).pathname.slice(1)} with (force)`)
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

/** One domain, as the product itself makes it: its order, its certificate with chain and key, and its lines in the audit. */
async function issueFirst(file: string): Promise<void> {
  await using sandbox = await startSandbox()
  const provider = createRfc2136(sandbox.rfc2136)
  const domainctl = await createDomainctl({
    ...sandbox.engine,
    state: `file:${file}`,
    providers: { rfc2136: provider },
    acceptTerms: true,
  })
  await domainctl.issue('sample.example.test', { provider: 'rfc2136' })
  await domainctl.close()
}
