import { createServer, type Socket } from 'node:net'
import { endingAtOnce, listen } from '../loopback.ts'
import type { Responder } from './respond.ts'
import { serveConnection } from './tcp-connection.ts'

/** With one more, the one that has been idle for longest is closed. */
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
  const makeRoom = closingTheIdlest()
  // A client may close its side as soon as it has asked (RFC 7766 §6.2.4 speaks of half-closed connections).
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    serveConnection(socket, respond, makeRoom(socket))
  })
  const stop = endingAtOnce(server)
  return { port: await listen(server, port, address), stop }
}

/**
 * Keeps the number of connections: whoever holds many of them open, be it with a question now and then, must not shut out all
 * others (RFC 7766 §6.2.3 lets a server close idle ones).
 * @returns takes each new connection, and gives what is to be called when it is used
 */
function closingTheIdlest(): (socket: Socket) => () => void {
  /** The one that was used longest ago comes first. */
  const open = new Set<Socket>()
  return (socket) => {
    const [idlest] = open
    if (idlest && open.size === MOST_CONNECTIONS) {
      open.delete(idlest)
      idlest.destroy()
    }
    open.add(socket)
    socket.once('close', () => open.delete(socket))
    return () => {
      if (open.delete(socket)) open.add(socket)
    }
  }
}
