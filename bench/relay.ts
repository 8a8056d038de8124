import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { performance } from 'node:perf_hooks'

/** A port of loopback that leads to another, and knows when the first byte came through. */
export interface Relay {
  readonly port: number
  /** `performance.now()` of the first byte since the last `reset`. */
  firstByteAt(): number | undefined
  reset(): void
  stop(): Promise<void>
}

/** Starts a relay to a TCP port of 127.0.0.1. */
export async function startRelay(target: number): Promise<Relay> {
  let firstByteAt: number | undefined
  const sockets = new Set<Socket>()
  const server = createServer({ noDelay: true }, (client) => {
    const upstream = connect({ port: target, host: '127.0.0.1', noDelay: true })
    client.once('data', () => {
      firstByteAt ??= performance.now()
    })
    client.pipe(upstream).pipe(client)
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket)
      socket.on('error', () => other.destroy())
      socket.on('close', () => {
        sockets.delete(socket)
        other.destroy()
      })
    }
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    firstByteAt: () => firstByteAt,
    reset() {
      firstByteAt = undefined
    },
    async stop() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
