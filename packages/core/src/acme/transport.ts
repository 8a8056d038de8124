import {
  type ClientRequest,
  Agent as HttpAgent,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  request as requestHttp,
} from 'node:http'
import { Agent as HttpsAgent, request as requestHttps } from 'node:https'
import { createSecureContext, type SecureContext } from 'node:tls'
import { DomainctlError } from '../errors.ts'
import type { Answer } from './answer.ts'
import { readCertificates } from './pem.ts'
import { malformed } from './refusal.ts'
import { timedOut, unreachable } from './unreachable.ts'
import { isProtected } from './url.ts'

/** A chain of certificates has some 10 KB; an order with 100 names some 15. */
const MAX_BODY_BYTES = 1024 * 1024

/** Connections to one CA; more requests than that wait in line. */
const MAX_CONNECTIONS = 16

/** A connection that was idle for longer, in ms, is not used again: the CA may be closing it just then. */
const MAX_IDLE_MS = 4_000

/**
 * HTTP to one CA: keeps connections, follows no redirect, reads at most 1 MiB, repeats nothing. Any number of calls
 * at once.
 *
 * **Errors**: `CA_UNREACHABLE`, `CA_UNTRUSTED`, `CA_REFUSED` (a longer body, a URL that is not https), the signal's
 * reason. An answer of whatever status is no error.
 */
export interface Transport {
  send(method: 'GET' | 'HEAD' | 'POST', url: string, o: { body?: string; signal?: AbortSignal }): Promise<Answer>
  /** Ends what is under way and frees the connections. */
  close(): Promise<void>
}

/**
 * @param o.directory its URL: plain HTTP is spoken only when it is itself plain
 * @param o.caRoots PEM, trusted in place of what Node trusts
 * @param o.timeoutMs for a whole request, from connecting to the last byte
 * @throws DomainctlError `CONFIG_INVALID` when `caRoots` cannot be read
 */
export function createTransport(o: { directory: URL; caRoots?: string; timeoutMs: number; userAgent: string }): Transport {
  const agentOptions = { keepAlive: true, maxSockets: MAX_CONNECTIONS, timeout: MAX_IDLE_MS }
  const secureContext = o.caRoots === undefined ? undefined : trustOnly(o.caRoots)
  const https = new HttpsAgent({ ...agentOptions, ...(secureContext && { secureContext }) })
  const http = new HttpAgent(agentOptions)
  const request: SendRequest = (url, options) =>
    url.protocol === 'https:' ? requestHttps(url, { ...options, agent: https }) : requestHttp(url, { ...options, agent: http })
  return {
    async send(method, address, { body, signal }) {
      const url = new URL(address)
      if (!isProtected(url, o.directory)) throw malformed(o.directory.href, `names the address ${url.href}, which is not https`)
      signal?.throwIfAborted()

      // A real timer, not the Clock: this is about a socket, and no simulated time makes a socket faster.
      const deadline = new AbortController()
      const end = () => deadline.abort()
      const timer = setTimeout(end, o.timeoutMs)
      signal?.addEventListener('abort', end, { once: true })
      const headers = {
        'user-agent': o.userAgent,
        accept: 'application/json, application/problem+json, application/pem-certificate-chain',
        ...(body !== undefined && { 'content-type': 'application/jose+json', 'content-length': Buffer.byteLength(body) }),
      }
      try {
        const outgoing = request(url, { method, headers, signal: deadline.signal })
        const closed = new Promise((resolve) => outgoing.once('close', resolve))
        const answer = await readAnswer(address, await exchange(outgoing, body))
        // Only then is the connection free for the next request, which would open one of its own a moment earlier.
        await closed
        return answer
      } catch (thrown) {
        signal?.throwIfAborted()
        if (thrown instanceof DomainctlError) throw thrown
        if (deadline.signal.aborted) throw timedOut(url, o.timeoutMs)
        throw unreachable(url, thrown)
      } finally {
        clearTimeout(timer)
        signal?.removeEventListener('abort', end)
      }
    },
    async close() {
      https.destroy()
      http.destroy()
    },
  }
}

type SendRequest = (url: URL, options: { method: string; headers: OutgoingHttpHeaders; signal: AbortSignal }) => ClientRequest

/** Sends the request; settles when the head of the answer is there. */
function exchange(request: ClientRequest, body: string | undefined): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  request.once('response', resolve)
  // Stays for good: a fault after the answer's head is told by the answer, too, and must not go unheard here.
  request.on('error', reject)
  request.end(body)
  return promise
}

async function readAnswer(url: string, response: IncomingMessage): Promise<Answer> {
  const chunks: Buffer[] = []
  let length = 0
  // Leaving the loop early destroys the body, and with it the connection.
  for await (const chunk of response) {
    length += chunk.length
    if (length > MAX_BODY_BYTES) throw malformed(url, 'answered with more than 1 MiB, which no part of ACME needs')
    chunks.push(chunk)
  }
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(response.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value
  }
  const contentType = (headers['content-type'] ?? '').replace(/;.*$/s, '').trim().toLowerCase()
  const text = Buffer.concat(chunks).toString('utf8')
  return {
    url,
    status: response.statusCode ?? 0,
    headers,
    contentType,
    text,
    data: isJson(contentType) ? parseJson(text) : undefined,
  }
}

function isJson(contentType: string): boolean {
  return contentType === 'application/json' || /^application\/[\w.-]+\+json$/.test(contentType)
}

/** Undefined when it is none: whoever needs the data says what is missing. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** These roots in place of Node's own. Made once: reading certificates is too much for every connection. */
function trustOnly(caRoots: string): SecureContext {
  // createSecureContext ignores what it cannot read.
  if (countCertificates(caRoots) === 0) throw notRoots()
  return createSecureContext({ ca: caRoots })
}

function countCertificates(pem: string): number {
  try {
    return readCertificates(pem).certificates.length
  } catch (cause) {
    throw notRoots(cause)
  }
}

function notRoots(cause?: unknown): DomainctlError {
  return new DomainctlError('CONFIG_INVALID', 'The root certificate for the CA cannot be read: it is not a certificate in PEM.', {
    hint: 'Give --ca-root a file with certificates that begin with -----BEGIN CERTIFICATE-----.',
    cause,
  })
}
