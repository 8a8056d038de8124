import { type IncomingMessage, request as requestHttp } from 'node:http'
import type { Socket } from 'node:net'
import type { SeenAnswer } from '../domain/health/answer.ts'
import { codeOf } from './connect.ts'

const MAX_BODY_BYTES = 256 * 1024
const MAX_HEADER_BYTES = 16 * 1024
/** Interim answers (100 Continue, 103 Early Hints) before the real one; a real server sends one or two. */
const MAX_INTERIM = 8

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

/** Sends the request and reads the answer; closes the connection. Ends with it. */
export async function ask(socket: Socket, asked: PageRequest): Promise<PageAnswer | NoAnswer> {
  const { promise: head, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  const request = requestHttp({
    createConnection: () => socket,
    path: asked.path,
    headers: { host: asked.host, 'user-agent': 'domainctl', accept: '*/*', 'accept-encoding': 'identity', connection: 'close' },
    setHost: false,
    maxHeaderSize: MAX_HEADER_BYTES,
  })
  let interim = 0
  request.on('information', () => {
    interim += 1
    if (interim > MAX_INTERIM) reject(new Error('there are interim answers without end'))
  })
  // Node gives the connection away here, and ends it no more: it is ours to close.
  request.once('upgrade', (_, taken) => {
    taken.destroy()
    reject(new Error('the server switches to another protocol, unasked'))
  })
  request.once('response', resolve)
  // Stays for good: what breaks after the end is nobody's concern any more, and must not go unheard.
  request.on('error', reject)
  request.end()
  try {
    const response = await head
    response.on('error', () => undefined)
    const { statusCode: status = 0, headers } = response
    return {
      status,
      ...(headers.location !== undefined && { location: headers.location }),
      ...(asked.text !== undefined && { hasText: await hasText(response, asked.text) }),
    }
  } catch (thrown) {
    return noAnswer(thrown)
  } finally {
    request.destroy()
    socket.destroy()
  }
}

async function hasText(response: IncomingMessage, text: string): Promise<boolean> {
  const wanted = Buffer.from(text, 'utf8')
  let length = 0
  // Of what was read so much is kept as the text may begin in: byte by byte, all of it would be copied each time.
  let tail = Buffer.alloc(0)
  // Leaving the loop early destroys the body, and with it the connection.
  for await (const chunk of response) {
    const seen = Buffer.concat([tail, chunk])
    if (seen.includes(wanted)) return true
    length += chunk.length
    if (length > MAX_BODY_BYTES) return false
    tail = seen.subarray(Math.max(0, seen.length - wanted.length + 1))
  }
  return wanted.length === 0
}

function noAnswer(thrown: unknown): NoAnswer {
  const code = codeOf(thrown)
  if (code === 'HPE_HEADER_OVERFLOW') return { broken: 'not-http', why: 'the head of the answer is longer than 16 KB' }
  if (code.startsWith('HPE_')) return { broken: 'not-http', why: 'what is answered is not HTTP' }
  // Those of `request` itself have no code.
  if (code === '' && thrown instanceof Error) return { broken: 'not-http', why: thrown.message }
  return { broken: 'off', why: 'the connection ends before there is a whole answer' }
}
