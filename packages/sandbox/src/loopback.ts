import type { Server, Socket } from 'node:net'
import { DomainctlError } from '@domainctl/core'

/** Where everything of a sandbox listens; IPv4, which every machine has. */
export const LOOPBACK = '127.0.0.1'

const HIGHEST_PORT = 65_535

/**
 * Listens on a loopback address.
 * @param port 0 for a free one
 * @returns the port
 * @throws DomainctlError `USAGE` for what is no port; `SANDBOX_CANNOT_LISTEN`
 */
export async function listen(server: Server, port: number, address = LOOPBACK): Promise<number> {
  if (!Number.isInteger(port) || port < 0 || port > HIGHEST_PORT) {
    throw new DomainctlError('USAGE', `${port} is no port.`, {
      hint: `Give 1 to ${HIGHEST_PORT}, or none: a free one is taken then.`,
    })
  }
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  server.once('error', reject)
  server.listen({ host: address, port, exclusive: true }, resolve)
  try {
    await promise
  } catch (cause) {
    throw cannotListen(address, port, cause)
  } finally {
    server.off('error', reject)
  }
  // A connection that could not be accepted is its client's concern.
  server.on('error', () => {})
  const bound = server.address()
  if (bound === null || typeof bound === 'string') throw new Error('a TCP server has an address and a port')
  return bound.port
}

/**
 * Lets a server be ended at once, whatever its connections are in the middle of: `close` alone waits for them. To be called
 * before the server listens.
 * @returns ends the server and all its connections; idempotent
 */
export function endingAtOnce(server: Server): () => Promise<void> {
  const open = new Set<Socket>()
  server.on('connection', (socket) => {
    open.add(socket)
    socket.once('close', () => open.delete(socket))
  })
  let ended: Promise<void> | undefined
  return () => {
    ended ??= new Promise((resolve) => {
      server.close(() => resolve())
      for (const socket of open) socket.destroy()
    })
    return ended
  }
}

/** What kept a server from its port, and what to do about it. */
export function cannotListen(address: string, port: number, cause: unknown): DomainctlError {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
  const where = `${address}:${port === 0 ? 'any port' : port}`
  const [why, hint] =
    code === 'EADDRINUSE'
      ? ['the port is taken', 'Give another port, or none: a free one is taken then.']
      : code === 'EACCES'
        ? ['this user may not listen on ports below 1024', 'Give another port, or none: a free one is taken then.']
        : code === 'EADDRNOTAVAIL'
          ? ['this machine has no such address', 'Use one name server, or add the address to the loopback interface.']
          : [cause instanceof Error ? cause.message : String(cause), 'See the cause; a free port is taken when none is given.']
  return new DomainctlError('SANDBOX_CANNOT_LISTEN', `The sandbox cannot listen on ${where}: ${why}.`, { hint, cause })
}
