import { createServer } from 'node:net'
import { endingAtOnce, listen } from '../loopback.ts'
import type { Responder } from './respond.ts'
import { serveConnection } from './tcp-connection.ts'

/** More are closed as they come. */
export const MOST_CONNECTIONS = 200

/**
 * Answers by TCP.
 * @param port 0 for a free one
 * @returns the port; `stop` ends all connections
 * @throws DomainctlError `USAGE` for what is no port; `SANDBOX_CANNOT_LISTEN`
 */
export async function listenByTcp(
  address: string,
  port: number,
  respond: Responder,
): Promise<{ port: number; stop: () => Promise<void> }> {
  // A client may close its side as soon as it has asked (RFC 7766 §6.2.4 speaks of half-closed connections).
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => serveConnection(socket, respond))
  server.maxConnections = MOST_CONNECTIONS
  const stop = endingAtOnce(server)
  return { port: await listen(server, port, address), stop }
}
