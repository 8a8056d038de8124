import { type ClientRequest, type IncomingMessage, request as overHttp } from 'node:http'
import { request as overHttps } from 'node:https'
import type { Clock } from '@domainctl/core'
import { codeOf } from './lookup-exchange.ts'

/** What a web server has answered. */
export interface Fetched {
  readonly status: number
  readonly location?: string
  /** Each character is one octet (latin1); undefined when it was longer than anybody asked for. */
  readonly body?: string
}

/** A request that has had no answer. */
export class FetchFailure extends Error {
  override readonly name = 'FetchFailure'
  /** Until when it went well: no connection, no TLS, or no whole answer. */
  readonly before: 'connection' | 'tls' | 'answer'

  constructor(before: FetchFailure['before'], seen: string) {
    super(seen)
    this.before = before
  }
}

/** A reason of our own: without one, each abort makes an exception, with a stack, that nobody looks at. */
const OVER = 'over'

/**
 * Asks a web server at an address for a URL. Whose TLS certificate it has does not matter (RFC 8555 §8.3).
 * @param o.patienceMs for the connection, and again for the answer
 * @param o.mostBytes of the body; what is longer is not read to its end
 * @throws FetchFailure; the signal's reason when it aborts
 */
export async function fetchAt(
  o: {
    url: URL
    host: string
    address: string
    port: number
    clock: Pick<Clock, 'sleep'>
    patienceMs: number
    mostBytes: number
  },
  signal: AbortSignal,
): Promise<Fetched> {
  signal.throwIfAborted()
  const { promise, resolve, reject } = Promise.withResolvers<Fetched>()
  const over = new AbortController()
  let reached: FetchFailure['before'] = 'connection'
  const outgoing = ask(o)
  outgoing.on('socket', (socket) => {
    socket.once('connect', () => {
      reached = o.url.protocol === 'https:' ? 'tls' : 'answer'
    })
    socket.once('secureConnect', () => {
      reached = 'answer'
    })
  })
  outgoing.on('error', (cause) => reject(new FetchFailure(reached, saying(cause))))
  outgoing.on('response', (incoming) => read(incoming, o.mostBytes, { resolve, reject }))
  const aborted = () => reject(signal.reason)
  signal.addEventListener('abort', aborted, { once: true })

  async function watch(): Promise<void> {
    await o.clock.sleep(o.patienceMs, over.signal)
    if (reached !== 'answer') throw new FetchFailure(reached, 'Timeout during connect')
    await o.clock.sleep(o.patienceMs, over.signal)
    throw new FetchFailure('answer', 'Timeout after connect')
  }

  watch().catch(reject)
  try {
    outgoing.end()
    return await promise
  } finally {
    signal.removeEventListener('abort', aborted)
    over.abort(OVER)
    outgoing.destroy()
  }
}

/** The whole of it, without agents and pools: a connection for each request. */
function ask({ url, host, address, port }: { url: URL; host: string; address: string; port: number }): ClientRequest {
  const options = {
    host: address,
    port,
    path: url.pathname + url.search,
    agent: false,
    headers: { host, accept: '*/*', connection: 'close', 'user-agent': 'domainctl sandbox (HTTP-01 validation)' },
  } as const
  return url.protocol === 'https:'
    ? overHttps({ ...options, servername: url.hostname, rejectUnauthorized: false })
    : overHttp(options)
}

function read(
  incoming: IncomingMessage,
  mostBytes: number,
  { resolve, reject }: { resolve(fetched: Fetched): void; reject(reason: unknown): void },
): void {
  const { statusCode: status = 0, headers } = incoming
  const answer = { status, ...(headers.location !== undefined && { location: headers.location }) }
  const chunks: Buffer[] = []
  let bytes = 0
  incoming.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes <= mostBytes) chunks.push(chunk)
    else resolve(answer)
  })
  incoming.on('end', () => resolve({ ...answer, body: Buffer.concat(chunks).toString('latin1') }))
  // Cut off before its end, which Node tells as an error of the answer alone.
  incoming.on('error', (cause) => reject(new FetchFailure('answer', saying(cause))))
}

const SAYINGS: Readonly<Record<string, string>> = { ECONNREFUSED: 'Connection refused', ECONNRESET: 'Connection reset by peer' }

function saying(cause: Error): string {
  const code = codeOf(cause)
  return SAYINGS[code] ?? `Error getting validation data (${code})`
}
