import type { SeenAnswer } from '../domain/health/answer.ts'

const MAX_BODY_BYTES = 256 * 1024

/** A `GET` over a connection that stands, which is used for nothing else. */
export interface PageRequest {
  /** `example.com` or `example.com:8443`. */
  host: string
  /** With its query. */
  path: string
  /** The answer is read, as far as it goes, until this is found in it. */
  text?: string
}

export interface PageAnswer extends SeenAnswer {
  location?: string
}

/** Why there is no answer, in words that go on from `the`. */
export type NoAnswer = { broken: 'off' | 'not-http'; why: string }

/** Whether the text is in the beginning of a body. */
export async function hasText(body: AsyncIterable<Buffer>, text: string): Promise<boolean> {
  const wanted = Buffer.from(text, 'utf8')
  let length = 0
  // Of what was read so much is kept as the text may begin in: byte by byte, all of it would be copied each time.
  let tail = Buffer.alloc(0)
  // Leaving the loop early destroys the body, and with it the connection.
  for await (const chunk of body) {
    const seen = Buffer.concat([tail, chunk])
    if (seen.includes(wanted)) return true
    length += chunk.length
    if (length > MAX_BODY_BYTES) return false
    tail = seen.subarray(Math.max(0, seen.length - wanted.length + 1))
  }
  return wanted.length === 0
}
