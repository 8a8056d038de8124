import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { startDaemon, temporaryDirectory } from './daemon.ts'
import { selfSign } from './nginx.ts'
import { freePort } from './port.ts'

/** Debian's HAProxy, which has one certificate of its own and a Runtime API. */
export interface Haproxy extends AsyncDisposable {
  readonly port: number
  /** With `{name}`. */
  readonly file: string
  readonly crtList: string
  readonly socket: string
  readonly pid: number
  /** Ends it and starts it anew, with what is in its files. */
  restart(): Promise<void>
}

export async function startHaproxy(): Promise<Haproxy> {
  await using starting = new AsyncDisposableStack()
  const directory = await temporaryDirectory(starting)
  const [folder, crtList, socket] = [join(directory, 'tls'), join(directory, 'crt-list.txt'), join(directory, 'admin.sock')]
  const port = await freePort()
  const own = join(directory, 'own')
  await selfSign(own, 'own.example.test')
  await mkdir(folder, { mode: 0o700 })
  const pem = await Promise.all(['fullchain.pem', 'privkey.pem'].map((file) => readFile(join(own, file), 'utf8')))
  await writeFile(join(folder, 'own.pem'), pem.join(''), { mode: 0o600 })
  await writeFile(crtList, `${join(folder, 'own.pem')}\n`)
  await writeFile(
    join(directory, 'haproxy.cfg'),
    `global
  stats socket ${socket} mode 600 level admin
defaults
  mode http
  timeout connect 5s
  timeout client 5s
  timeout server 5s
frontend web
  bind 127.0.0.1:${port} ssl crt-list ${crtList}
  http-request return status 200 content-type text/plain string ok
`,
  )
  const start = () =>
    startDaemon({
      name: 'haproxy',
      command: '/usr/sbin/haproxy',
      args: ['-db', '-f', 'haproxy.cfg'],
      directory,
      ready: () => isListening(port),
    })
  let daemon = await start()
  starting.defer(() => daemon.stop())
  const running = starting.move()
  return {
    port,
    file: join(folder, '{name}.pem'),
    crtList,
    socket,
    get pid() {
      return daemon.pid
    },
    async restart() {
      await daemon.stop()
      daemon = await start()
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}

async function isListening(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  try {
    return await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    })
  } finally {
    socket.destroy()
  }
}
