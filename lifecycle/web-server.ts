import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net'

/** A server of a name, at an address of loopback, that a CA asks for HTTP-01. */
export interface WebServer extends AsyncDisposable {
  readonly port: number
  /** What was asked for, in turn. */
  readonly paths: readonly string[]
}

/** Starts one that answers as it is told, at a free port or this one. */
export async function startWebServer(
  answer: RequestListener,
  { host = '127.0.0.1', port = 0 }: { host?: string; port?: number } = {},
): Promise<WebServer> {
  const paths: string[] = []
  const server = createServer((request, response) => {
    paths.push(request.url ?? '')
    // A visitor that has seen enough goes away.
    request.on('error', () => undefined)
    response.on('error', () => undefined)
    answer(request, response)
  })
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket.on('error', () => undefined))
    socket.once('close', () => sockets.delete(socket))
  })
  server.listen(port, host)
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    paths,
    async [Symbol.asyncDispose]() {
      server.close()
      for (const socket of sockets) socket.destroy()
      await once(server, 'close')
    },
  }
}

/** A port that nobody listens at now, at all of these addresses. */
export async function freeHttpPort(hosts: readonly string[] = ['127.0.0.1']): Promise<number> {
  for (;;) {
    const [first = '127.0.0.1', ...others] = hosts
    const port = await boundPort(first, 0)
    const found = await Promise.all(others.map((host) => boundPort(host, port).catch(() => null)))
    if (found.every((one) => one === port)) return port
  }
}

async function boundPort(host: string, port: number): Promise<number> {
  const server = createTcpServer().listen(port, host)
  await once(server, 'listening')
  const { port: bound } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return bound
}

/** Whether this machine has ::1. */
export function hasIpv6(): Promise<boolean> {
  return boundPort('::1', 0).then(
    () => true,
    () => false,
  )
}
