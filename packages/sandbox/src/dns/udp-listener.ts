import { createSocket } from 'node:dgram'
import { cannotListen } from '../loopback.ts'
import type { Responder } from './respond.ts'

/**
 * Answers by UDP.
 * @returns closes the socket
 * @throws DomainctlError `SANDBOX_CANNOT_LISTEN`
 */
export async function listenByUdp(address: string, port: number, respond: Responder): Promise<() => Promise<void>> {
  const socket = createSocket('udp4')
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  socket.once('error', reject)
  socket.bind({ address, port, exclusive: true }, resolve)
  try {
    await promise
  } catch (cause) {
    socket.close()
    throw cannotListen(address, port, cause)
  }
  socket.off('error', reject)
  // What could not be sent is lost, as datagrams are; the client asks again.
  socket.on('error', () => {})
  socket.on('message', (message, from) => {
    // A port that nothing can be sent to.
    if (from.port === 0) return
    for (const reply of respond(message, 'udp')) socket.send(reply, from.port, from.address)
  })
  return () => new Promise((closed) => socket.close(() => closed()))
}
