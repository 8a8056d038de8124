import { connect } from 'node:net'
import type { Deadlines } from './deadlines.ts'
import { brokenBy, type Endpoint, type NoReply, OVER_TCP } from './endpoint.ts'
import { type Message, readReply } from './message.ts'

/**
 * Asks over a TCP connection of its own (RFC 7766 §5), for `patience` milliseconds in all. The connection is closed when
 * the promise settles. Rejects with the signal's reason at once when it aborts.
 */
export function askOverTcp(
  server: Endpoint,
  query: Buffer,
  o: { patience: number; signal: AbortSignal; deadlines: Deadlines },
): Promise<Message | NoReply> {
  return new Promise((resolve, reject) => {
    const { signal, deadlines, patience } = o
    if (signal.aborted) return reject(signal.reason)
    const socket = connect({ host: server.address, port: server.port })
    const received = new FramedMessage()
    const end = () => {
      signal.removeEventListener('abort', onAbort)
      deadlines.remove(waiting, patience)
      socket.destroy()
    }
    const settle = (outcome: Message | NoReply) => {
      end()
      resolve(outcome)
    }
    const fail = (thrown: unknown) => {
      end()
      reject(thrown)
    }
    const onAbort = () => fail(signal.reason)
    const waiting = { expire: () => settle({ failure: 'timeout', reason: `timeout${OVER_TCP}` }), fail }
    signal.addEventListener('abort', onAbort, { once: true })
    deadlines.add(waiting, patience)
    // The socket may still speak while it closes; a promise that is settled does not hear it.
    socket.on('error', (error) => settle(brokenBy(error, OVER_TCP)))
    socket.on('close', () => settle({ failure: 'broken', reason: `connection closed${OVER_TCP}` }))
    socket.on('data', (bytes: Buffer) => {
      const message = received.add(bytes)
      if (!message) return
      const reply = readReply(message, query)
      settle(typeof reply === 'string' ? { failure: 'garbage', reason: `not a DNS answer${OVER_TCP}` } : reply)
    })
    const length = Buffer.alloc(2)
    length.writeUInt16BE(query.length)
    socket.write(Buffer.concat([length, query]))
  })
}

/** One message with its length before it (RFC 1035 §4.2.2), in however small pieces it comes: at most 65,535 bytes are kept. */
export class FramedMessage {
  #length = 0
  #lengthBytes = 0
  #body: Buffer | undefined
  #filled = 0

  /** The message when it is whole; what comes after it is left. */
  add(bytes: Buffer): Buffer | undefined {
    let at = 0
    for (; this.#lengthBytes < 2 && at < bytes.length; at += 1) {
      this.#length = this.#length * 256 + (bytes[at] ?? 0)
      this.#lengthBytes += 1
    }
    if (this.#lengthBytes < 2) return undefined
    this.#body ??= Buffer.alloc(this.#length)
    this.#filled += bytes.copy(this.#body, this.#filled, at)
    return this.#filled === this.#length ? this.#body : undefined
  }
}
