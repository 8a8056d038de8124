import { type IncomingMessage, request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { lookupWithin, OutOfReach, type Reach, refuseAddress } from './reach.ts'

/** Of an answer nobody needs more than its reason. */
const MOST_OCTETS = 16 * 1024

/** JSON that is sent to one place. */
export interface Post {
  url: string
  headers?: Readonly<Record<string, string>>
  body: string
  signal: AbortSignal
  /** Longest wait for the whole answer. */
  timeoutMs: number
  reach: Reach
  /** PEM: roots that are trusted in place of Node's. */
  ca?: string | undefined
}

export interface Answer {
  status: number
  /** The value of its `Retry-After`, as it came. */
  retryAfter: string | undefined
  /** Its beginning. */
  text: string
}

/** Why there is no answer. `lost`: it may have been sent, and what became of it is not known; all others: it was not. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer'
  readonly reason: 'out of reach' | 'untrusted' | 'unreachable' | 'lost'
  /** In a few words, as Node or we put it. */
  readonly why: string

  constructor(reason: NoAnswer['reason'], why: string, cause: unknown) {
    super(why, { cause })
    this.reason = reason
    this.why = why
  }
}

const UNTRUSTED =
  /^(CERT_|ERR_TLS_CERT|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_(GET|VERIFY)|INVALID_(CA|PURPOSE)|PATH_LENGTH|HOSTNAME_MISMATCH)/

/** Nobody was there to send anything to. */
const UNREACHABLE = /^(ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN)$/

/** Whether this code of Node's TLS says that the other side's certificate is not trusted. */
export function isUntrustedCode(code: string): boolean {
  return UNTRUSTED.test(code)
}

/**
 * Sends JSON, and reads the answer's beginning. A redirect is an answer like any other: what is sent is for one place alone, and it
 * may lead within. The connection is made to an address that was checked itself, not looked up again.
 * @throws NoAnswer; the signal's reason, unless that is the end of a time
 */
export async function exchange(p: Post): Promise<Answer> {
  const timeout = AbortSignal.timeout(p.timeoutMs)
  try {
    return await send(p, AbortSignal.any([p.signal, timeout]))
  } catch (thrown) {
    // Our caller's own limit of time is the receiver's fault as well; whoever stopped us is told so.
    if (p.signal.aborted && !isTimeout(p.signal.reason)) throw p.signal.reason
    if (thrown instanceof OutOfReach) throw new NoAnswer('out of reach', `no ${thrown.reach} address`, thrown)
    if (isUntrustedCode(codeOf(thrown))) throw new NoAnswer('untrusted', codeOf(thrown), thrown)
    if (UNREACHABLE.test(codeOf(thrown))) throw new NoAnswer('unreachable', codeOf(thrown), thrown)
    if (p.signal.aborted || timeout.aborted) throw new NoAnswer('lost', `no answer in ${p.timeoutMs / 1000} s`, thrown)
    throw new NoAnswer('lost', codeOf(thrown) || (thrown instanceof Error ? thrown.message : 'no reason given'), thrown)
  }
}

async function send(p: Post, signal: AbortSignal): Promise<Answer> {
  const url = new URL(p.url)
  refuseAddress(url.hostname, p.reach)
  const request = (url.protocol === 'https:' ? requestHttps : requestHttp)(url, {
    method: 'POST',
    agent: false,
    lookup: lookupWithin(p.reach),
    signal,
    ...(p.ca !== undefined && { ca: p.ca }),
    headers: {
      'content-type': 'application/json; charset=utf-8',
      'user-agent': 'domainctl',
      ...p.headers,
      'content-length': Buffer.byteLength(p.body),
    },
  })
  const { promise, resolve, reject } = Promise.withResolvers<Answer>()
  const isClosed = () => reject(new Error('the connection was closed'))
  request.on('response', (response) => {
    request.off('close', isClosed)
    beginningOf(response).then(resolve, reject)
  })
  request.on('error', reject)
  // After an answer such as 101 there is neither a response nor an error.
  request.on('close', isClosed)
  request.end(p.body)
  return promise
}

async function beginningOf(response: IncomingMessage): Promise<Answer> {
  const chunks: Buffer[] = []
  let octets = 0
  for await (const chunk of response) {
    chunks.push(chunk)
    octets += chunk.length
    if (octets >= MOST_OCTETS) break
  }
  return {
    status: response.statusCode ?? 0,
    retryAfter: response.headers['retry-after'],
    text: Buffer.concat(chunks).toString('utf8').trim(),
  }
}

function isTimeout(reason: unknown): boolean {
  return reason instanceof Error && reason.name === 'TimeoutError'
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
}
