import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** An HTTPS proxy on loopback that answers for hosts of the internet by servers of this machine. */
export interface ApiProxy {
  /** For `HTTPS_PROXY`. */
  readonly url: string
  /** PEM file of the root that its clients have to trust. */
  readonly rootFile: string
  /** Requests that went through it to known hosts, as `METHOD host/path`, since the last call. */
  takeRequests(): string[]
  stop(): Promise<void>
}

/**
 * Starts it, with a root of its own in `directory`. Requests go on as they are, with the Host that their signature is for; a
 * host that is not in `servers` is refused, so that nothing leaves the machine.
 * @param servers host name → URL of the server that takes its place
 */
export async function startApiProxy(directory: string, servers: Readonly<Record<string, string>>): Promise<ApiProxy> {
  const certificate = await makeCertificate(directory, Object.keys(servers))
  const requests: string[] = []
  const inside = createTlsServer(certificate, (incoming, response) => {
    const { host = '' } = incoming.headers
    requests.push(`${incoming.method} ${host}${incoming.url}`)
    const server = servers[host.replace(/:443$/, '')]
    if (server === undefined) return void response.writeHead(502).end()
    passOn(incoming, response, server)
  })
  const sockets = new Set<Socket>()
  const outside = createServer((_, response) => void response.writeHead(405).end())
  outside.on('connect', ({ url = '' }: IncomingMessage, socket: Socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket)).on('error', () => socket.destroy())
    if (servers[url.replace(/:443$/, '')] === undefined) return void socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n')
    socket.write('HTTP/1.1 200 Connection Established\r\n\r\n')
    inside.emit('connection', socket)
  })
  await once(outside.listen(0, '127.0.0.1'), 'listening')
  return {
    url: `http://127.0.0.1:${(outside.address() as AddressInfo).port}`,
    rootFile: join(directory, 'proxy-root.pem'),
    takeRequests: () => requests.splice(0),
    async stop() {
      for (const socket of sockets) socket.destroy()
      outside.close()
      await once(outside, 'close')
    },
  }
}

function passOn(incoming: IncomingMessage, response: ServerResponse, server: string): void {
  const { method, url: path, headers } = incoming
  const outgoing = request(server, { method, path, headers, agent: false }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers)
    answer.pipe(response)
  })
  outgoing.on('error', () => response.destroy())
  incoming.pipe(outgoing)
}

/** A root, and a certificate from it for these hosts. */
async function makeCertificate(directory: string, hosts: readonly string[]): Promise<{ cert: Buffer; key: Buffer }> {
  const at = (file: string) => join(directory, `proxy-${file}`)
  const names = hosts.map((host) => `DNS:${host}`).join(',')
  await writeFile(
    at('openssl.cnf'),
    `[req]\ndistinguished_name=subject\n[subject]\n[root]\nbasicConstraints=critical,CA:TRUE\n[server]\nsubjectAltName=${names}\n`,
  )
  const make = (name: string, signedBy: readonly string[]) =>
    run('openssl', [
      ...['req', '-x509', '-config', at('openssl.cnf'), '-extensions', name, '-subj', `/CN=bench ${name}`, '-days', '2'],
      ...['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-noenc'],
      ...['-keyout', at(`${name}.key`), '-out', at(`${name}.pem`), ...signedBy],
    ])
  await make('root', [])
  await make('server', ['-CA', at('root.pem'), '-CAkey', at('root.key')])
  return { cert: await readFile(at('server.pem')), key: await readFile(at('server.key')) }
}
