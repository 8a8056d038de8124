import type { X509Certificate } from 'node:crypto'
import type { Socket } from 'node:net'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import type { HealthFinding } from '../domain/health/measurement.ts'
import { type Connected, codeOf } from './connect.ts'
import type { TrustedRoots } from './roots.ts'

/** Codes of OpenSSL for bytes that are not TLS. */
const NOT_TLS = new Set([
  'ERR_SSL_WRONG_VERSION_NUMBER',
  'ERR_SSL_PACKET_LENGTH_TOO_LONG',
  'ERR_SSL_HTTP_REQUEST',
  'ERR_SSL_RECORD_TOO_SMALL',
  'ERR_SSL_UNEXPECTED_MESSAGE',
])
/** Of a server that knows nothing but SSL. */
const TOO_OLD = new Set(['ERR_SSL_UNSUPPORTED_PROTOCOL'])
/** The alert of a server that speaks HTTP/2 alone (RFC 7301 §3.2). */
const NOT_IN_COMMON = 'ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL'
const BROKEN_OFF = new Set(['ECONNRESET', 'EPIPE', 'ECONNABORTED'])

/** What is not judged by OpenSSL: names are, and dates are by the clock of the engine. */
const JUDGED_HERE = new Set(['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID'])
/** Lack of trust, which is told with the certificate that is missing. */
const UNTRUSTED = new Set([
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'CERT_UNTRUSTED',
])

export interface Secured {
  socket: TLSSocket
  /** What the server showed; the others that it sent are its `issuerCertificate`, and so on, in their order. */
  own: X509Certificate | undefined
  /** The stapled OCSP answer. */
  stapled?: Buffer
  /** What OpenSSL says against the chain, but for dates and lack of trust. */
  refusal?: string
  isTrusted: boolean
}

interface Asked {
  name: string
  roots: TrustedRoots
  /** Another connection to the same place: for HTTP/2, where the server speaks nothing else, as browsers do. */
  again(): Promise<Connected>
}

/** A handshake with SNI over `under`; ends when that does. */
export async function secure(under: Socket, { again, ...asked }: Asked): Promise<Secured | { fault: HealthFinding }> {
  const first = await shakeHands(under, { ...asked, protocol: 'http/1.1' })
  if (!('refused' in first)) return first
  const other = first.refused === NOT_IN_COMMON ? await again() : first
  if (!('socket' in other)) return { fault: faultOf(first.refused) }
  const second = await shakeHands(other.socket, { ...asked, protocol: 'h2' })
  return 'refused' in second ? { fault: faultOf(second.refused) } : second
}

/** `refused`: the code of why there is none. */
async function shakeHands(
  under: Socket,
  { name, roots, protocol }: Pick<Asked, 'name' | 'roots'> & { protocol: string },
): Promise<Secured | { refused: string }> {
  let stapled: Buffer | undefined
  const socket = connectTls({
    socket: under,
    servername: name,
    secureContext: roots.context,
    rejectUnauthorized: false,
    requestOCSP: true,
    ALPNProtocols: [protocol],
    // The name is judged with the chain, and said in the same words.
    checkServerIdentity: () => undefined,
  })
  socket.on('error', () => undefined)
  socket.once('OCSPResponse', (answer: Buffer | null) => {
    if (answer && answer.length > 0) stapled = answer
  })
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('secureConnect', resolve)
      socket.once('error', reject)
      socket.once('close', () => reject(Object.assign(new Error(), { code: 'ECONNRESET' })))
    })
  } catch (thrown) {
    socket.destroy()
    under.destroy()
    return { refused: codeOf(thrown) }
  }
  // Once: on Node 22 each call takes the certificates out of the session.
  const own = socket.getPeerX509Certificate()
  const said = codeOfRefusal(socket.authorizationError)
  const isRefused = said !== undefined && !JUDGED_HERE.has(said) && !UNTRUSTED.has(said)
  return {
    socket,
    own,
    isTrusted: socket.authorized,
    ...(stapled && { stapled }),
    ...(isRefused && { refusal: said.toLowerCase().replaceAll('_', ' ') }),
  }
}

/** Node gives the code itself, its types an error. */
function codeOfRefusal(said: unknown): string | undefined {
  if (typeof said === 'string') return said
  return said instanceof Error ? codeOf(said) || said.message : undefined
}

function faultOf(code: string): HealthFinding {
  if (BROKEN_OFF.has(code)) return { code: 'TLS_BROKEN_OFF', why: 'the connection is closed during the TLS handshake' }
  if (NOT_TLS.has(code)) return { code: 'TLS_NOT_SPOKEN', why: 'what answers is not TLS' }
  if (TOO_OLD.has(code)) return { code: 'TLS_PROTOCOL_OLD', why: 'the server speaks nothing newer than SSL 3.0' }
  // OpenSSL's own words: `tlsv1 alert protocol version`, `tlsv1 unrecognized name`.
  const words = code
    .replace(/^ERR_SSL_/, '')
    .toLowerCase()
    .replaceAll('_', ' ')
  return { code: 'TLS_REFUSED', why: `the TLS handshake fails (${words === '' ? 'without a reason' : words})` }
}
