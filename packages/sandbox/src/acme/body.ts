import type { IncomingMessage } from 'node:http'
import { malformed } from './payload.ts'

const MOST_BYTES = 64 * 1024

/** So much of a body that is too large is thrown away before the connection ends, so that clients get to read the answer. */
const MOST_DISCARDED_BYTES = 1024 * 1024

/**
 * The body of a request; undefined when the client went away before its end.
 * @throws AcmeProblem `malformed` (413) as soon as it is too large
 */
export function readBody(incoming: IncomingMessage): Promise<Buffer | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer | undefined>()
  const chunks: Buffer[] = []
  let bytes = 0
  const refuse = () => {
    chunks.length = 0
    reject(malformed(`The body is larger than ${MOST_BYTES} bytes.`, 413))
  }
  incoming.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes <= MOST_BYTES) chunks.push(chunk)
    else if (bytes <= MOST_DISCARDED_BYTES) refuse()
    else incoming.destroy()
  })
  incoming.once('end', () => {
    const [first] = chunks
    resolve(chunks.length === 1 && first ? first : Buffer.concat(chunks))
  })
  incoming.once('error', () => resolve(undefined))
  incoming.once('close', () => resolve(undefined))
  if (Number(incoming.headers['content-length'] ?? 0) > MOST_BYTES) refuse()
  return promise
}
