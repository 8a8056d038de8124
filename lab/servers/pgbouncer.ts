import { once } from 'node:events'
import { chmod, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { type Daemon, startDaemon, temporaryDirectory } from './daemon.ts'
import { freePort } from './port.ts'
import { unconfined } from './unconfined.ts'

const PROGRAM = '/usr/sbin/pgbouncer'
const NOBODY = '65534'

/** A PgBouncer in transaction mode before a PostgreSQL: each transaction may run on another session. */
export interface PgBouncer {
  /** The same URL, through it. */
  through(url: string): string
  stop(): Promise<void>
  /** Ends it, with all sessions of its clients, and starts it again at the same port. */
  restart(): Promise<void>
}

/**
 * @param url of any database of the server, with the user and password that all come with
 * @param settings of `[pgbouncer]`, over those that are here
 */
export async function startPgBouncer(url: string, settings: Record<string, string> = {}): Promise<PgBouncer> {
  await using starting = new AsyncDisposableStack()
  const directory = await temporaryDirectory(starting)
  const server = new URL(url)
  const port = await freePort()
  await writeFile(join(directory, 'users.txt'), `"${server.username}" "${decodeURIComponent(server.password)}"\n`)
  const own = {
    listen_addr: '127.0.0.1',
    listen_port: String(port),
    unix_socket_dir: '',
    auth_type: 'scram-sha-256',
    auth_file: './users.txt',
    pool_mode: 'transaction',
    // The wait after a server that was not there, in s.
    server_login_retry: '1',
    // A test has a database of its own, which nobody asks for again.
    server_idle_timeout: '1',
    ...settings,
  }
  const lines = Object.entries(own).map(([name, value]) => `${name} = ${value}\n`)
  await writeFile(
    join(directory, 'pgbouncer.ini'),
    `[databases]\n* = host=${server.hostname} port=${server.port}\n[pgbouncer]\n${lines.join('')}`,
  )
  // It refuses to be root.
  if (process.getuid?.() === 0) await chmod(directory, 0o755)
  const program = await unconfined(PROGRAM, directory)
  let daemon: Daemon
  const start = async () => {
    daemon = await startDaemon({ name: 'pgbouncer', ...commandOf(program), directory, ready: () => listens(port) })
  }
  await start()
  starting.defer(() => daemon.stop())

  const running = starting.move()
  return {
    through(url) {
      const through = new URL(url)
      through.port = String(port)
      return through.href
    },
    stop: () => running.disposeAsync(),
    async restart() {
      await daemon.stop()
      await start()
    },
  }
}

/** As root: as nobody, and ended with this process all the same, which a change of the user takes back. */
function commandOf(program: string): { command: string; args: string[] } {
  if (process.getuid?.() !== 0) return { command: program, args: ['pgbouncer.ini'] }
  const asNobody = [`--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups', '--pdeathsig', 'KILL', '--']
  return { command: 'setpriv', args: [...asNobody, program, 'pgbouncer.ini'] }
}

async function listens(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    return true
  } finally {
    socket.destroy()
  }
}
