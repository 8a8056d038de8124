import type { Socket } from 'node:net'
import type { Responder } from './respond.ts'

/** RFC 7766 §6.2.3: in the order of seconds. Also the time that a message may take from its first octet to its last. */
export const IDLE_MS = 10_000

/**
 * Answers the messages of one connection, in order, each with its length in front (RFC 1035 §4.2.2, RFC 7766).
 * @param used called with each of them
 */
export function serveConnection(socket: Socket, respond: Responder, used: () => void): void {
  let received = Buffer.alloc(0)
  let ended = false
  // One time for everything that makes a connection useless: silence, half a message, answers that nobody takes.
  let deadline = setTimeout(() => socket.destroy(), IDLE_MS)
  const extend = () => {
    clearTimeout(deadline)
    deadline = setTimeout(() => socket.destroy(), IDLE_MS)
  }

  function answerReceived(): void {
    // Who does not take answers gets no more of them, or they would pile up here.
    while (!socket.writableNeedDrain) {
      const message = firstMessage(received)
      if (!message) break
      received = received.subarray(message.length + 2)
      extend()
      used()
      for (const reply of respond(message, 'tcp')) socket.write(framed(reply))
    }
    if (socket.writableNeedDrain) socket.pause()
    else if (ended) socket.end()
    else socket.resume()
  }

  socket.on('data', (octets) => {
    received = Buffer.concat([received, Buffer.from(octets)])
    answerReceived()
  })
  socket.on('drain', answerReceived)
  socket.on('end', () => {
    ended = true
    answerReceived()
  })
  socket.on('close', () => clearTimeout(deadline))
  // Reset by the client: `close` follows.
  socket.on('error', () => {})
}

function firstMessage(received: Buffer): Buffer | undefined {
  const end = received.length < 2 ? undefined : received.readUInt16BE(0) + 2
  return end !== undefined && received.length >= end ? received.subarray(2, end) : undefined
}

/** In one piece, so that it does not go out as two segments (RFC 7766 §8). */
function framed(message: Uint8Array): Buffer {
  const length = Buffer.alloc(2)
  length.writeUInt16BE(message.length)
  return Buffer.concat([length, message])
}
