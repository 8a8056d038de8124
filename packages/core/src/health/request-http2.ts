import { connect, type IncomingHttpHeaders, type IncomingHttpStatusHeader } from 'node:http2'
import type { TLSSocket } from 'node:tls'
import { codeOf } from './connect.ts'
import { hasText, type NoAnswer, type PageAnswer, type PageRequest } from './page-answer.ts'

/** The same as `ask`, of a server that speaks HTTP/2 alone (RFC 9113). Closes the connection. Ends with it. */
export async function askOverHttp2(socket: TLSSocket, asked: PageRequest, mostInterim: number): Promise<PageAnswer | NoAnswer> {
  const { promise: head, resolve, reject } = Promise.withResolvers<IncomingHttpHeaders & IncomingHttpStatusHeader>()
  const session = connect(`https://${asked.host}`, { createConnection: () => socket, settings: { enablePush: false } })
  // Stays for good: what breaks after the end is nobody's concern any more, and must not go unheard.
  session.on('error', reject)
  try {
    // Throws where the connection has ended meanwhile.
    const stream = session.request({
      ':path': asked.path,
      ':authority': asked.host,
      'user-agent': 'domainctl',
      accept: '*/*',
      'accept-encoding': 'identity',
    })
    let interim = 0
    stream.on('headers', () => {
      interim += 1
      if (interim > mostInterim) reject(new Error('there are interim answers without end'))
    })
    stream.once('response', resolve)
    stream.on('error', reject)
    stream.once('close', () => reject(Object.assign(new Error(), { code: 'ECONNRESET' })))
    const { ':status': status = 0, location } = await head
    return {
      status,
      ...(location !== undefined && { location }),
      ...(asked.text !== undefined && { hasText: await hasText(stream, asked.text) }),
    }
  } catch (thrown) {
    return noAnswer(thrown)
  } finally {
    session.destroy()
    socket.destroy()
  }
}

function noAnswer(thrown: unknown): NoAnswer {
  const code = codeOf(thrown)
  if (code === 'ERR_HTTP2_ERROR') return { broken: 'not-http', why: 'what is answered is not HTTP/2' }
  if (code === '' && thrown instanceof Error) return { broken: 'not-http', why: thrown.message }
  return { broken: 'off', why: 'the connection ends before there is a whole answer' }
}
