import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { chmod, chown, cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import pg from 'pg'
import {
  asNobody,
  environment,
  installed,
  NOBODY,
  PASSWORD,
  type PostgresVersion,
  packageFolder,
  packageName,
  USER,
} from './postgres-install.test.support.ts'

export { NOBODY, POSTGRES_VERSIONS, type PostgresVersion } from './postgres-install.test.support.ts'

const STARTS_WITHIN_MS = 30_000
const STOP_SIGNALS = { smart: 'SIGTERM', fast: 'SIGINT', immediate: 'SIGQUIT' } as const

/** A PostgreSQL of its own on a free port of 127.0.0.1, whose binaries come from npm. */
export interface PostgresServer extends AsyncDisposable {
  readonly port: number
  /** The folder of its data. */
  readonly data: string
  /** The URL of a database, with user and password. */
  url(database: string): string
  /** A new database, empty or with all that is in another one of this server, to which nobody is connected; answers its URL. */
  createDatabase(like?: string): Promise<string>
  /** Runs SQL as superuser, with a connection of its own. */
  query(sql: string, database?: string): Promise<pg.QueryResult>
  /**
   * Ends it: `smart` lets nobody in any more and waits until all sessions have ended, `fast` ends them and writes all to disk,
   * `immediate` is a crash.
   */
  stop(how: 'smart' | 'fast' | 'immediate'): Promise<void>
  /** Starts it again after {@link PostgresServer.stop}, at the same port. */
  start(): Promise<void>
}

/** Why there is none of this version on this machine; null when there is one. Throws where everything has to be there, as in CI. */
export function postgresMissing(version: PostgresVersion): string | null {
  try {
    packageFolder(version)
    return null
  } catch (cause) {
    if (process.env.DOMAINCTL_REQUIRE_LAB === '1') throw new Error(`${packageName(version)} is missing`, { cause })
    return `${packageName(version)} is not installed (npm has it for some platforms alone)`
  }
}

/**
 * @param settings of the server
 * @param o `standbyOf`: a server that is stopped, of which it becomes a replica that can be read and waits for more
 */
export async function startPostgres(
  version: PostgresVersion,
  settings: Record<string, string> = {},
  o: { standbyOf?: Pick<PostgresServer, 'data'> } = {},
): Promise<PostgresServer> {
  const folder = await mkdtemp(join(tmpdir(), 'domainctl-postgres-'))
  const data = join(folder, 'data')
  let binaries: string
  try {
    await chmod(folder, 0o755)
    const { binaries: shared, fresh } = await installed(version, folder)
    binaries = shared
    await copyData(o.standbyOf?.data ?? fresh, data)
    if (o.standbyOf) await becomeStandby(data)
  } catch (error) {
    await rm(folder, { recursive: true, force: true })
    throw error
  }
  const port = await freePort()
  let child: ChildProcess | undefined
  let databases = 0

  const url = (database: string) => `postgres://${USER}:${PASSWORD}@127.0.0.1:${port}/${database}`
  async function query(sql: string, database = 'postgres'): Promise<pg.QueryResult> {
    const client = new pg.Client({ connectionString: url(database), connectionTimeoutMillis: 5_000 })
    client.on('error', () => undefined)
    await client.connect()
    try {
      return await client.query(sql)
    } finally {
      await client.end()
    }
  }

  const server: PostgresServer = {
    port,
    data,
    url,
    query,
    async createDatabase(like) {
      databases += 1
      const name = `test_${databases}`
      await query(`create database ${name} template ${like === undefined ? 'template0' : new URL(like).pathname.slice(1)}`)
      return url(name)
    },
    async start() {
      const all = { port: String(port), listen_addresses: '127.0.0.1', unix_socket_directories: '', fsync: 'off', ...settings }
      const flags = Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`])
      child = spawn(join(binaries, 'bin', 'postgres'), ['-D', data, ...flags], {
        ...asNobody(),
        cwd: folder,
        env: environment(binaries),
        stdio: ['ignore', 'ignore', 'pipe'],
      })
      await untilReady(child, () => query('select 1'))
    },
    async stop(how) {
      const running = child
      child = undefined
      if (!running || running.exitCode !== null || running.signalCode !== null) return
      const ended = once(running, 'exit')
      running.kill(STOP_SIGNALS[how])
      await ended
    },
    async [Symbol.asyncDispose]() {
      await server.stop('immediate')
      await rm(folder, { recursive: true, force: true })
    },
  }
  try {
    await server.start()
    return server
  } catch (error) {
    await server[Symbol.asyncDispose]()
    throw error
  }
}

async function copyData(from: string, to: string): Promise<void> {
  if (asNobody().uid === undefined) await cp(from, to, { recursive: true })
  // Keeps whose it is.
  else await promisify(execFile)('cp', ['-a', from, to])
}

async function becomeStandby(data: string): Promise<void> {
  const signal = join(data, 'standby.signal')
  await writeFile(signal, '')
  if (asNobody().uid !== undefined) await chown(signal, NOBODY, NOBODY)
}

async function untilReady(child: ChildProcess, ask: () => Promise<unknown>): Promise<void> {
  let log = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    log = (log + text).slice(-4_000)
  })
  const deadline = performance.now() + STARTS_WITHIN_MS
  for (;;) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error(`PostgreSQL ended at its start:\n${log}`)
    try {
      await ask()
      return
    } catch (error) {
      if (performance.now() > deadline) throw new Error(`PostgreSQL was not ready in time:\n${log}`, { cause: error })
    }
    await sleep(20)
  }
}

/**
 * Below those that a system gives to whoever connects or asks for any (RFC 6335 §6; Linux from 32768): none of them takes it before
 * the server has it, or while it is stopped.
 */
const PORTS = { from: 10_000, to: 30_000 }

async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(PORTS.from, PORTS.to)
    const probe = createServer().listen(port, '127.0.0.1')
    const isFree = await once(probe, 'listening').then(
      () => true,
      (error: NodeJS.ErrnoException) => {
        if (error.code === 'EADDRINUSE') return false
        throw error
      },
    )
    if (!isFree) continue
    probe.close()
    await once(probe, 'close')
    return port
  }
}
