import { execFile } from 'node:child_process'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { startDaemon, temporaryDirectory } from './daemon.ts'
import { freePort } from './port.ts'

const NGINX = '/usr/sbin/nginx'

/** Debian's nginx with a server block for each name, all at one address of loopback. */
export interface Nginx extends AsyncDisposable {
  readonly port: number
  /** Folder with a folder for each name, of which it reads `fullchain.pem` and `privkey.pem`. */
  readonly folder: string
  /** `nginx -t -q` and `nginx -s reload` for this one. */
  readonly test: string[]
  readonly reload: string[]
  /** How often it was reloaded with success. */
  reloads(): Promise<number>
  /** Puts a line into its configuration, or takes the one before out again with an empty one; it is not reloaded. */
  spoil(line: string): Promise<void>
}

/** Starts it with certificates that it signs itself. */
export async function startNginx(names: readonly string[]): Promise<Nginx> {
  await using starting = new AsyncDisposableStack()
  const directory = await temporaryDirectory(starting)
  const folder = join(directory, 'tls')
  const log = join(directory, 'error.log')
  const port = await freePort()
  const file = join(directory, 'nginx.conf')
  for (const name of names) await selfSign(join(folder, name), name)
  const configure = (line = '') => writeFile(file, configuration({ names, port, folder, log, line }))
  await configure()
  const own = [NGINX, '-p', directory, '-c', file]
  const daemon = await startDaemon({
    name: 'nginx',
    command: NGINX,
    args: [...own.slice(1), '-g', 'daemon off;'],
    directory,
    ready: () => isListening(port),
  })
  starting.defer(() => daemon.stop())
  const running = starting.move()
  return {
    port,
    folder,
    test: [...own, '-t', '-q'],
    reload: [...own, '-s', 'reload'],
    // Each master says so once, before its new workers start.
    reloads: async () => (await readFile(log, 'utf8')).split('reconfiguring').length - 1,
    spoil: configure,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}

export async function selfSign(folder: string, name: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', join(folder, 'privkey.pem')]
  const certificate = ['-out', join(folder, 'fullchain.pem'), '-days', '2', '-subj', `/CN=${name}`]
  await promisify(execFile)('openssl', ['req', '-x509', ...key, ...certificate])
}

function isListening(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  return new Promise((resolve) => {
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
  }).finally(() => socket.destroy()) as Promise<boolean>
}

function configuration(o: { names: readonly string[]; port: number; folder: string; log: string; line: string }): string {
  const servers = o.names.map(
    (name) => `  server {
    listen 127.0.0.1:${o.port} ssl;
    server_name ${name};
    ssl_certificate ${o.folder}/${name}/fullchain.pem;
    ssl_certificate_key ${o.folder}/${name}/privkey.pem;
    location / { return 200 "${name}"; }
  }`,
  )
  return `user root;
pid nginx.pid;
error_log ${o.log} notice;
worker_processes 2;
events { worker_connections 256; }
http {
  access_log off;
  client_body_temp_path body;
  proxy_temp_path proxy;
  fastcgi_temp_path fastcgi;
  uwsgi_temp_path uwsgi;
  scgi_temp_path scgi;
${servers.join('\n')}
  ${o.line}
}
`
}
