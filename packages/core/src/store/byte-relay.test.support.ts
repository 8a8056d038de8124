import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

/** Stands between processes and a server, and ends one connection after so many bytes. */
export interface ByteRelay extends AsyncDisposable {
  readonly port: number
  /** How many bytes have gone `to` the server, or come `from` it, since the last {@link ByteRelay.cutAfter}. */
  readonly passed: number
  /** So many more bytes pass in this direction, over whichever connections; then all that there are end. Later ones are left alone. */
  cutAfter(bytes: number, direction: 'to' | 'from'): void
}

/** Passes all on to this port of 127.0.0.1. */
export async function startByteRelay(serverPort: number): Promise<ByteRelay> {
  const sockets = new Set<Socket>()
  let direction: 'to' | 'from' = 'to'
  let left = Number.POSITIVE_INFINITY
  let passed = 0

  const endAll = () => {
    for (const socket of sockets) socket.destroy()
    sockets.clear()
  }
  const pass = (data: Buffer, way: 'to' | 'from', target: Socket) => {
    if (way !== direction) return void target.write(data)
    passed += data.length
    if (data.length < left) {
      left -= data.length
      return void target.write(data)
    }
    const last = data.subarray(0, left)
    left = Number.POSITIVE_INFINITY
    // What was let through arrives before the end does.
    target.write(last, endAll)
  }
  const listener = createServer((client) => {
    const server = connect(serverPort, '127.0.0.1')
    client.setNoDelay()
    server.setNoDelay()
    for (const [one, other] of [
      [client, server],
      [server, client],
    ] as const) {
      sockets.add(one)
      one.on('error', () => undefined)
      one.on('close', () => {
        sockets.delete(one)
        other.destroy()
      })
    }
    client.on('data', (data: Buffer) => pass(data, 'to', server))
    server.on('data', (data: Buffer) => pass(data, 'from', client))
  })
  await once(listener.listen(0, '127.0.0.1'), 'listening')
  const address = listener.address()
  if (address === null || typeof address === 'string') throw new Error('the relay has no port')
  return {
    port: address.port,
    get passed() {
      return passed
    },
    cutAfter(bytes, way) {
      passed = 0
      left = bytes
      direction = way
    },
    async [Symbol.asyncDispose]() {
      endAll()
      listener.close()
      await once(listener, 'close')
    },
  }
}
