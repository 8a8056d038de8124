import { type IncomingMessage, request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { type Clock, DomainctlError, parseRetryAfter, printable } from '@domainctl/core'
import { withoutSecrets } from '../without-secrets.ts'
import { lookupWithin, OutOfReach, type Reach, refuseAddress } from './reach.ts'

/** Longest wait for one answer, in ms. */
const TIMEOUT_MS = 10_000
/** Of an answer nobody needs more than its reason. */
const MOST_OCTETS = 16 * 1024

export interface Post {
  /** Taken for a secret: of it only the host is shown. */
  url: string
  /** Other secrets, which an answer may quote. */
  secrets?: readonly string[]
  headers?: Readonly<Record<string, string>>
  /** JSON. */
  body: string
  signal: AbortSignal
  reach: Reach
  clock: Clock
}

/**
 * Sends JSON, and is content with any 2xx. A redirect is not followed: what is sent is for one place alone, and it may lead
 * within. The connection is made to an address that was checked itself, not looked up again.
 * @throws DomainctlError `CHANNEL_UNREACHABLE`, `CHANNEL_REFUSED`, `NOTICE_REFUSED`; the signal's reason
 */
export async function post(p: Post): Promise<void> {
  const { host, pathname, search } = new URL(p.url)
  const cut = withoutSecrets([p.url, `${pathname}${search}`, ...(p.secrets ?? [])].filter((secret) => secret !== '/'))
  const timeout = AbortSignal.timeout(TIMEOUT_MS)
  let answer: { response: IncomingMessage; text: string }
  try {
    answer = await exchange(p, AbortSignal.any([p.signal, timeout]))
  } catch (thrown) {
    // Our caller's own limit of time is the channel's fault as well; whoever stopped us is told so.
    if (p.signal.aborted && !isTimeout(p.signal.reason)) throw p.signal.reason
    throw noAnswer(thrown, { host, isLate: timeout.aborted || p.signal.aborted, cut })
  }
  const { response, text } = answer
  const status = response.statusCode ?? 0
  if (status >= 200 && status < 300) return
  const said = text.trim() === '' ? '' : `: ${printable(cut(text.trim()))}`
  throw refusal(
    status,
    `${host} answered ${status}${said}.`,
    parseRetryAfter(response.headers['retry-after'], p.clock.now()),
    p.clock,
  )
}

function exchange(p: Post, signal: AbortSignal): Promise<{ response: IncomingMessage; text: string }> {
  const url = new URL(p.url)
  refuseAddress(url.hostname, p.reach)
  const send = url.protocol === 'https:' ? requestHttps : requestHttp
  return new Promise((resolve, reject) => {
    const request = send(url, {
      method: 'POST',
      agent: false,
      lookup: lookupWithin(p.reach),
      signal,
      headers: {
        'content-type': 'application/json; charset=utf-8',
        'user-agent': 'domainctl',
        ...p.headers,
        'content-length': Buffer.byteLength(p.body),
      },
    })
    request.on('error', reject)
    request.on('response', (response) => {
      const chunks: Buffer[] = []
      let octets = 0
      const end = () => {
        resolve({ response, text: Buffer.concat(chunks).toString('utf8') })
        response.destroy()
      }
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk)
        octets += chunk.length
        if (octets >= MOST_OCTETS) end()
      })
      response.on('end', end)
      response.on('error', reject)
    })
    request.end(p.body)
  })
}

function isTimeout(reason: unknown): boolean {
  return reason instanceof Error && reason.name === 'TimeoutError'
}

const UNTRUSTED = /^(CERT_|ERR_TLS_CERT|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_(GET|VERIFY))/

function noAnswer(thrown: unknown, o: { host: string; isLate: boolean; cut(text: string): string }): DomainctlError {
  const { host, isLate, cut } = o
  if (thrown instanceof OutOfReach) {
    const isSandbox = thrown.reach === 'private'
    return new DomainctlError('CHANNEL_REFUSED', `Notices are not sent to ${host}: it has no ${thrown.reach} address.`, {
      hint: isSandbox
        ? 'In a sandbox nobody outside of this machine and its networks is told anything.'
        : 'If it is a server of your own that is meant, allow private addresses: --allow-private (DOMAINCTL_ALLOW_PRIVATE, allowPrivate).',
    })
  }
  const code = thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : ''
  if (UNTRUSTED.test(code)) {
    return new DomainctlError('CHANNEL_REFUSED', `The certificate of ${host} is not trusted: ${code}.`, {
      hint: 'Correct the URL, or let Node know the root of that server: NODE_EXTRA_CA_CERTS.',
    })
  }
  const why = isLate
    ? `no answer in ${TIMEOUT_MS / 1000} s`
    : code || (thrown instanceof Error ? cut(thrown.message) : 'no reason given')
  return new DomainctlError('CHANNEL_UNREACHABLE', `${host} could not be reached: ${why}.`, {
    hint: 'It is tried again by itself; check the address and the way there if it lasts.',
  })
}

/** Statuses of a message that will be no better the next time. */
const NEVER = new Set([400, 413, 415, 422])
const LATER = new Set([408, 425, 429])

function refusal(status: number, message: string, retryAfterMs: number | undefined, clock: Clock): DomainctlError {
  if (status >= 500 || LATER.has(status)) {
    return new DomainctlError('CHANNEL_UNREACHABLE', message, {
      hint: 'It is tried again by itself.',
      ...(retryAfterMs !== undefined && { retryAt: new Date(clock.now().getTime() + retryAfterMs) }),
    })
  }
  if (NEVER.has(status)) {
    return new DomainctlError('NOTICE_REFUSED', message, {
      hint: 'The receiver does not take this message; see what it says, and try domainctl notify test.',
    })
  }
  const isRedirect = status >= 300 && status < 400
  return new DomainctlError('CHANNEL_REFUSED', message, {
    hint: isRedirect
      ? 'Redirects are not followed: configure the URL that it leads to.'
      : 'Check the URL and the credential of the channel: make a new one at the receiver if it was taken back there.',
  })
}
