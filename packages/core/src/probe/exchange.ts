import { type IncomingMessage, request as requestHttp, STATUS_CODES } from 'node:http'
import { request as requestHttps } from 'node:https'
import type { Clock } from '../contracts/runtime.ts'
import { printable } from '../domain/printable.ts'
import { type Fault, faultOf, type Stage } from './faults.ts'

/** For one TCP connection, in ms. */
const CONNECT_TIMEOUT = 5_000
const MAX_BODY_BYTES = 64 * 1024
const MAX_HEADER_BYTES = 16 * 1024
/** Interim answers (100 Continue, 103 Early Hints) before the real one; a real server sends one or two. */
const MAX_INTERIM = 8

/** A `GET` to one address. */
export interface Exchange {
  url: URL
  /** Of {@link url}, without the port: sent as Host and SNI. */
  host: string
  /** An IP address that may be connected to. */
  address: string
  port: number
  /** Whether a body with status 200 is read. */
  wantsBody: boolean
}

export interface Answer {
  status: number
  /** `404 (Not Found)`. */
  shown: string
  location?: string
  /** For people. */
  server?: string
  /** Null: longer than 64 KB. Absent: not read. */
  body?: string | null
}

/**
 * Sends the request and reads the answer; connections are used once. Whatever the server does is an answer or a fault.
 * @param o.signal ends it at once; that is a fault as well, which the caller knows better than this
 */
export async function exchange(asked: Exchange, o: { clock: Clock; signal: AbortSignal }): Promise<Answer | Fault> {
  const isSecure = asked.url.protocol === 'https:'
  let stage: Stage = 'connecting'
  const connected = new AbortController()
  const { promise: head, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  const request = (isSecure ? requestHttps : requestHttp)({
    host: asked.address,
    port: asked.port,
    path: asked.url.pathname + asked.url.search,
    headers: { host: asked.url.host, 'user-agent': 'domainctl', accept: '*/*', 'accept-encoding': 'identity' },
    setHost: false,
    // None of the process: it could keep connections, or send everything through a proxy.
    agent: false,
    maxHeaderSize: MAX_HEADER_BYTES,
    signal: o.signal,
    // The name has no certificate yet: whatever the server shows instead is as good as any other, and nothing secret is sent.
    ...(isSecure && { servername: asked.host, rejectUnauthorized: false, ALPNProtocols: ['http/1.1'] }),
  })
  request.once('socket', (socket) => {
    socket.once('connect', () => {
      stage = isSecure ? 'securing' : 'answering'
      connected.abort()
    })
    socket.once('secureConnect', () => {
      stage = 'answering'
    })
  })
  let interim = 0
  request.on('information', () => {
    interim += 1
    if (interim > MAX_INTERIM) reject(new Error('it sends interim answers without end'))
  })
  // Node gives the connection away here, and ends it no more: it is ours to close.
  request.once('upgrade', (_, socket) => {
    socket.destroy()
    reject(new Error('it switches to another protocol, unasked'))
  })
  request.once('response', resolve)
  // Stays for good: what breaks after the end is nobody's concern any more, and must not go unheard.
  request.on('error', reject)
  o.clock.sleep(CONNECT_TIMEOUT, connected.signal).then(
    () => reject(new Error(`there is no connection within ${CONNECT_TIMEOUT / 1000} s`)),
    () => undefined,
  )
  request.end()
  try {
    const response = await head
    stage = 'reading'
    response.on('error', () => undefined)
    return await read(response, asked)
  } catch (thrown) {
    return faultOf(thrown, stage, asked.address)
  } finally {
    connected.abort()
    request.destroy()
  }
}

async function read(response: IncomingMessage, { wantsBody }: Exchange): Promise<Answer> {
  const { statusCode: status = 0, headers } = response
  const phrase = STATUS_CODES[status]
  const server = [headers.server ?? ''].flat().join(', ')
  return {
    status,
    shown: phrase === undefined ? String(status) : `${status} (${phrase})`,
    ...(headers.location !== undefined && { location: headers.location }),
    ...(server !== '' && { server: printable(server) }),
    ...(wantsBody && status === 200 && { body: await bodyOf(response) }),
  }
}

async function bodyOf(response: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = []
  let length = 0
  // Leaving the loop early destroys the body, and with it the connection.
  for await (const chunk of response) {
    length += chunk.length
    if (length > MAX_BODY_BYTES) return null
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}
