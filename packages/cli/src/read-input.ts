import { addAbortSignal, type Readable } from 'node:stream'

/** Far more than any input of a command; what has no end (`/dev/zero`) ends here. */
const MOST_BYTES = 10_000_000

/** How messages call the limit. */
export const INPUT_LIMIT = '10 MB'

/**
 * All text of a stream, or null when it is longer than {@link INPUT_LIMIT}.
 * @throws what the stream fails with; an abort of the signal
 */
export async function readInput(source: Readable, signal: AbortSignal): Promise<string | null> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of addAbortSignal(signal, source)) {
    const bytes = Buffer.from(chunk)
    size += bytes.length
    if (size > MOST_BYTES) return null
    chunks.push(bytes)
  }
  return Buffer.concat(chunks).toString('utf8')
}
