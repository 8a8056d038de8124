import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createSecureContext, createServer, type SecureContext, type TLSSocket } from 'node:tls'

/** A TLS server at loopback that serves what stands in a folder of its target, by the name that it is asked for. */
export interface TlsServer extends AsyncDisposable {
  /** As in `proveAt`. */
  readonly address: string
  /** From now on: what it has, whatever stands in the folders. */
  freeze(): void
  /** As it was again. */
  thaw(): void
}

/** Starts one; `folder` holds a folder for each name. */
export async function startTlsServer(folder: string): Promise<TlsServer> {
  const known = new Map<string, SecureContext>()
  let isFrozen = false
  const contextOf = async (name: string) => {
    const before = known.get(name)
    if (isFrozen && before) return before
    const [cert, key] = await Promise.all(
      ['fullchain.pem', 'privkey.pem'].map((file) => readFile(join(folder, name, file), 'utf8')),
    )
    const context = createSecureContext({ cert, key })
    known.set(name, context)
    return context
  }
  const sockets = new Set<TLSSocket>()
  const server = createServer({
    SNICallback: (name, answer) => {
      contextOf(name).then(
        (context) => answer(null, context),
        (error) => answer(error),
      )
    },
  })
  server.on('secureConnection', (socket) => sockets.add(socket.on('error', () => undefined)))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    freeze: () => {
      isFrozen = true
    },
    thaw: () => {
      isFrozen = false
    },
    async [Symbol.asyncDispose]() {
      server.close()
      for (const socket of sockets) socket.destroy()
      await once(server, 'close')
    },
  }
}
