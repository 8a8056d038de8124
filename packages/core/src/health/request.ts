import { type IncomingMessage, request as requestHttp } from 'node:http'
import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import { codeOf } from './connect.ts'
import { hasText, type NoAnswer, type PageAnswer, type PageRequest } from './page-answer.ts'

const MAX_HEADER_BYTES = 16 * 1024
/** Interim answers (100 Continue, 103 Early Hints) before the real one; a real server sends one or two. */
const MAX_INTERIM = 8

/** Sends the request and reads the answer; closes the connection. Ends with it. */
export async function ask(socket: Socket, asked: PageRequest): Promise<PageAnswer | NoAnswer> {
  if (socket instanceof TLSSocket && socket.alpnProtocol === 'h2') {
    const { askOverHttp2 } = await import('./request-http2.ts')
    return askOverHttp2(socket, asked, MAX_INTERIM)
  }
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

function noAnswer(thrown: unknown): NoAnswer {
  const code = codeOf(thrown)
  if (code === 'HPE_HEADER_OVERFLOW') return { broken: 'not-http', why: 'the head of the answer is longer than 16 KB' }
  if (code.startsWith('HPE_')) return { broken: 'not-http', why: 'what is answered is not HTTP' }
  // Those of `request` itself have no code.
  if (code === '' && thrown instanceof Error) return { broken: 'not-http', why: thrown.message }
  return { broken: 'off', why: 'the connection ends before there is a whole answer' }
}
