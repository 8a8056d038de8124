import { connect } from 'node:net'
import { codeOf, endpointOf, exchange, type Patience } from './lookup-exchange.ts'
import { LookupFailure, type LookupQuery } from './lookup-question.ts'

/** RFC 1035 §4.2.2: each message has its length before it. */
const PREFIX = 2

/**
 * Asks over a connection of its own and gives the first message that comes.
 * @throws LookupFailure; the signal's reason when it aborts
 */
export function askByTcp(query: LookupQuery, { clock, timeoutMs }: Patience, signal: AbortSignal): Promise<Buffer> {
  return exchange(signal, ({ resolve, reject, over }) => {
    const { address, port } = endpointOf(query.server)
    const socket = connect({ host: address, port })
    over.addEventListener('abort', () => socket.destroy(), { once: true })

    let chunks: Buffer[] = []
    let received = 0
    let expected = PREFIX
    socket.on('data', (chunk: Buffer) => {
      chunks.push(chunk)
      received += chunk.length
      if (received < expected) return
      const all = Buffer.concat(chunks)
      chunks = [all]
      expected = PREFIX + all.readUInt16BE(0)
      if (received >= expected) resolve(all.subarray(PREFIX, expected))
    })
    socket.on('error', (cause) => {
      reject(new LookupFailure(query, `No way to ask over TCP (${codeOf(cause)})`, { cause }))
    })
    socket.on('close', () => reject(new LookupFailure(query, 'A connection that ended before the answer')))

    const prefix = Buffer.alloc(PREFIX)
    prefix.writeUInt16BE(query.message.length)
    socket.write(Buffer.concat([prefix, query.message]))
    clock
      .sleep(timeoutMs, over)
      .then(() => {
        throw new LookupFailure(query, `No answer over TCP within ${timeoutMs} ms`)
      })
      .catch(reject)
  })
}
