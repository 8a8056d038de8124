import { createServer as createHttpServer, type RequestListener } from 'node:http'
import { createServer as createHttpsServer, type ServerOptions } from 'node:https'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'
import type { ProbeRequest } from '../contracts/http-probe.ts'
import { loopbackClock } from '../testing/loopback-clock.ts'
import { createHttpProbe, type HttpProbeOptions } from './http-probe.ts'

export const NAME = 'shop.example.test'
export const NEVER = new AbortController().signal

/** A DNS in which no other name has an address. */
export const nowhere = async () => ({ addresses: [] })

/** Probes edges at addresses of their own on one port. */
export async function probeAt(
  edges: Record<string, Edge>,
  request: Partial<ProbeRequest> = {},
  o: Partial<HttpProbeOptions> = {},
) {
  const port = await startEdges(edges)
  const probe = createHttpProbe({ clock: loopbackClock(), port, allowPrivate: true, trace: nowhere, ...o })
  const asked = { name: NAME, addresses: Object.keys(edges), path: '/.well-known/domainctl', ...request }
  return { port, answers: await probe.probe(asked, { signal: NEVER }) }
}

/** What an address does: speak HTTP, or whatever it likes with each connection. */
export type Edge = { http: RequestListener; tls?: ServerOptions } | { raw: (socket: Socket) => void }

/** A server at 127.0.0.1; closed with all its connections when the test ends. @returns its port */
export async function startEdge(edge: Edge): Promise<number> {
  return startEdges({ '127.0.0.1': edge })
}

/** Servers by their addresses, on one port that is free at all of them. */
export async function startEdges(edges: Record<string, Edge>): Promise<number> {
  for (;;) {
    // No AsyncDisposableStack, which Node 22 does not have.
    const started: Close[] = []
    const closeAll = async () => {
      await Promise.all(started.map((close) => close()))
    }
    try {
      let port = 0
      for (const [address, edge] of Object.entries(edges)) port = await listen(edge, { address, port }, started)
      onTestFinished(closeAll)
      return port
    } catch (thrown) {
      await closeAll()
      // Somebody else has the port at one of the addresses.
      if (!(thrown instanceof Error && 'code' in thrown && thrown.code === 'EADDRINUSE')) throw thrown
    }
  }
}

type Close = () => Promise<void>

async function listen(edge: Edge, { address, port }: { address: string; port: number }, started: Close[]) {
  const sockets = new Set<Socket>()
  const server = serverOf(edge)
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    // A probe that has seen enough leaves without a word.
    socket.on('error', () => undefined)
    socket.once('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, address, resolve)
  })
  started.push(async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => server.close(resolve))
  })
  return (server.address() as AddressInfo).port
}

/** One port for both: the first byte of TLS is 22 (RFC 8446 §5.1). */
function serverOf(edge: Edge): Server {
  if ('raw' in edge) return createServer(edge.raw)
  const plain = createHttpServer(edge.http)
  const secure = edge.tls && createHttpsServer(edge.tls, edge.http)
  secure?.on('tlsClientError', () => undefined)
  return createServer((socket) => {
    socket.once('data', (chunk) => {
      socket.pause()
      socket.unshift(chunk)
      const taker = chunk[0] === 22 && secure ? secure : plain
      taker.emit('connection', socket)
      process.nextTick(() => socket.resume())
    })
  })
}
