import { type ClientHttp2Session, type ClientHttp2Stream, connect, constants, type IncomingHttpHeaders } from 'node:http2'
import { printable } from '../domain/printable.ts'
import { unlessAborted } from './abort.ts'
import { isWithoutRoute, NO_ROUTE, type NoReply } from './endpoint.ts'

/** The longest DNS message (RFC 8484 §6). */
const LONGEST_ANSWER = 65_535

const MEDIA_TYPE = 'application/dns-message'

/** A connection that was idle for longer, in ms, is closed. */
const MAX_IDLE_MS = 10_000

/** OpenSSL's and Node's codes for a server certificate that was not accepted. */
const UNTRUSTED = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|INVALID_CA|PATH_LENGTH_EXCEEDED|HOSTNAME_MISMATCH/

const FAULTS: Record<string, string> = {
  ECONNRESET: 'connection closed over HTTPS',
  EPIPE: 'connection closed over HTTPS',
  ENOTFOUND: 'the host of its URL does not exist in the DNS',
  EAI_AGAIN: 'the DNS did not answer for the host of its URL',
  EPROTO: 'it does not speak TLS that we know',
}
const NOT_HTTP2: NoReply = { failure: 'broken', reason: 'it does not speak HTTP/2' }

/** The body of an answer, and for how long a cache on the way has kept it (seconds, RFC 9111 §5.1). */
export interface HttpAnswer {
  body: Buffer
  age: number
}

/** The connection ended under the question, through no fault of the question: it may be asked again on another one. */
export interface Lost extends NoReply {
  isLost: true
}

/**
 * One HTTP/2 connection to a resolver, shared by any number of questions. It keeps the process alive only while one of
 * them is open, and closes when it has been idle for a while.
 */
export class HttpsConnection {
  readonly #session: ClientHttp2Session
  readonly #path: string
  readonly #maxIdleMs: number
  /** Settles once: undefined when questions can be sent, else why they never can. */
  readonly #ready: Promise<NoReply | Lost | undefined>
  #open = 0
  #heard = 0

  /**
   * @param url `https:`; its host is looked up by the system
   * @param o.maxIdleMs for tests
   */
  constructor(url: URL, o: { maxIdleMs?: number } = {}) {
    this.#path = `${url.pathname}${url.search}`
    this.#maxIdleMs = o.maxIdleMs ?? MAX_IDLE_MS
    const session = connect(url.origin, { settings: { enablePush: false } })
    this.#session = session
    this.#ready = new Promise((resolve) => {
      session.once('connect', () => {
        this.#heard += 1
        // A server without ALPN lets us in, and then understands not a word.
        if (session.alpnProtocol === 'h2') return resolve(undefined)
        session.destroy()
        resolve(NOT_HTTP2)
      })
      // Stays for good: what happens later is told by the streams, too, and must not go unheard here.
      session.on('error', (error) => resolve(faultOf(error)))
      // Without an error before it, we ourselves have given up connecting.
      session.once('close', () => resolve(lost()))
    })
    session.on('timeout', () => session.close())
  }

  /** Whether another question may be sent. */
  get isUsable(): boolean {
    return !this.#session.closed && !this.#session.destroyed
  }

  /** Grows with every sign of life from the other side. */
  get heard(): number {
    return this.#heard
  }

  /** The answer to one query, or why there is none. Rejects with the signal's reason at once when it aborts. */
  async post(query: Buffer, signal: AbortSignal): Promise<HttpAnswer | NoReply | Lost> {
    this.#open += 1
    this.#session.ref()
    this.#session.setTimeout(0)
    try {
      const failure = await unlessAborted(this.#ready, signal)
      if (failure) return failure
      return this.isUsable ? await this.#exchange(query, signal) : lost()
    } finally {
      this.#open -= 1
      if (this.#open === 0) this.#rest()
    }
  }

  /** Ends it at once; questions that are open on it are lost. */
  destroy(): void {
    this.#session.destroy()
  }

  /** Nothing is open on it: it holds the process no longer, and closes after a while. */
  #rest(): void {
    this.#session.unref()
    // A timer of the socket, not of the Clock: it asks whether bytes move, and holds no process either.
    this.#session.setTimeout(this.#maxIdleMs)
  }

  #exchange(query: Buffer, signal: AbortSignal): Promise<HttpAnswer | NoReply | Lost> {
    // It may have aborted since it was last listened to.
    signal.throwIfAborted()
    const { promise, resolve, reject } = Promise.withResolvers<HttpAnswer | NoReply | Lost>()
    const stream = this.#session.request({
      ':method': 'POST',
      ':path': this.#path,
      accept: MEDIA_TYPE,
      'content-type': MEDIA_TYPE,
      'content-length': query.length,
    })
    const chunks: Buffer[] = []
    let length = 0
    let age: number | undefined
    const refuse = (reason: string) => {
      resolve({ failure: 'broken', reason })
      stream.close(constants.NGHTTP2_CANCEL)
    }
    const onAbort = () => {
      reject(signal.reason)
      stream.close(constants.NGHTTP2_CANCEL)
    }
    signal.addEventListener('abort', onAbort, { once: true })
    stream.once('response', (headers) => {
      this.#heard += 1
      const unusable = refusalOf(headers)
      if (unusable !== undefined) return refuse(unusable)
      age = Number(/^\d{1,10}$/.exec(headers.age ?? '')?.[0] ?? 0)
    })
    stream.on('data', (bytes: Buffer) => {
      length += bytes.length
      if (length > LONGEST_ANSWER) return refuse(`its answer is longer than ${LONGEST_ANSWER} bytes`)
      chunks.push(bytes)
    })
    stream.on('error', () => undefined)
    // Only here is it certain that the answer is whole: a stream that is cut "ends" before it closes.
    stream.once('close', () => {
      signal.removeEventListener('abort', onAbort)
      const isWhole = age !== undefined && stream.rstCode === constants.NGHTTP2_NO_ERROR && !stream.aborted
      resolve(isWhole ? { body: Buffer.concat(chunks), age: age ?? 0 } : this.#cut(stream))
    })
    stream.end(query)
    return promise
  }

  /** What to make of a stream that closed without a whole answer. */
  #cut(stream: ClientHttp2Stream): NoReply | Lost {
    // RFC 9113 §8.7: nothing was done for a refused stream, such as one opened after GOAWAY was sent.
    if (!this.isUsable || stream.rstCode === constants.NGHTTP2_REFUSED_STREAM) return lost()
    return { failure: 'broken', reason: `its answer broke off (HTTP/2 error ${stream.rstCode ?? 0})` }
  }
}

function refusalOf(headers: IncomingHttpHeaders & { ':status'?: number | undefined }): string | undefined {
  // A redirection is not followed: whoever configured the URL has not named that other server.
  if (headers[':status'] !== 200) return `HTTP status ${headers[':status']}`
  const type = headers['content-type'] ?? ''
  if (type.replace(/;.*$/s, '').trim().toLowerCase() === MEDIA_TYPE) return undefined
  return `its answer is ${type === '' ? 'of no type' : printable(type)}, not ${MEDIA_TYPE}`
}

function lost(): Lost {
  return { failure: 'broken', reason: 'connection closed over HTTPS', isLost: true }
}

function faultOf(error: NodeJS.ErrnoException): NoReply {
  const code = error.code ?? error.message
  if (code === 'ECONNREFUSED') return { failure: 'refused', reason: 'connection refused over HTTPS' }
  if (isWithoutRoute(error)) return { failure: 'no-route', reason: `${NO_ROUTE} over HTTPS` }
  if (code.endsWith('ALERT_NO_APPLICATION_PROTOCOL')) return NOT_HTTP2
  // The message of this one repeats the names in the certificate, whatever they are.
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return { failure: 'broken', reason: 'its certificate is for another name' }
  if (UNTRUSTED.test(code)) return { failure: 'broken', reason: `its certificate is not trusted: ${error.message}` }
  if (code.startsWith('ERR_SSL_')) return { failure: 'broken', reason: 'it does not speak TLS that we know' }
  return { failure: 'broken', reason: FAULTS[code] ?? `${code} over HTTPS` }
}
