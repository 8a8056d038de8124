import { createSecureContext, getCACertificates, type SecureContext } from 'node:tls'
import { Agent, type Dispatcher } from 'undici'
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
 * @param o.caRoots PEM, trusted besides what Node trusts
 * @param o.timeoutMs for a whole request, from connecting to the last byte
 * @throws DomainctlError `CONFIG_INVALID` when `caRoots` cannot be read
 */
export function createTransport(o: { directory: URL; caRoots?: string; timeoutMs: number; userAgent: string }): Transport {
  const agent = new Agent({
    connections: MAX_CONNECTIONS,
    // Over HTTP/2 one lost connection would lose the answers to every newOrder under way.
    allowH2: false,
    connect: {
      timeout: o.timeoutMs,
      ...(o.caRoots === undefined ? {} : { secureContext: trustAlso(o.caRoots) }),
    },
  })
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
      try {
        const response = await agent.request({
          origin: url.origin,
          path: url.pathname + url.search,
          method,
          headers: {
            'user-agent': o.userAgent,
            accept: 'application/json, application/problem+json, application/pem-certificate-chain',
            ...(body === undefined ? {} : { 'content-type': 'application/jose+json' }),
          },
          body: body ?? null,
          signal: deadline.signal,
        })
        return await readAnswer(address, response)
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
    close: () => agent.destroy(),
  }
}

async function readAnswer(url: string, response: Dispatcher.ResponseData): Promise<Answer> {
  const chunks: Buffer[] = []
  let length = 0
  // Leaving the loop early destroys the body, and with it the connection.
  for await (const chunk of response.body) {
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
  return { url, status: response.statusCode, headers, contentType, text, data: isJson(contentType) ? parseJson(text) : undefined }
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

/** Node's own roots and these. Made once: it reads some 150 certificates, which is too much for every connection. */
function trustAlso(caRoots: string): SecureContext {
  // createSecureContext ignores what it cannot read.
  if (countCertificates(caRoots) === 0) throw notRoots()
  return createSecureContext({ ca: [...getCACertificates('default'), caRoots] })
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
