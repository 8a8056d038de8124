import type { X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import { connect, type TLSSocket } from 'node:tls'
import { domainToASCII } from 'node:url'
import { DomainctlError } from '@domainctl/core'
import { describeFailure } from './handshake-failure.ts'
import { readRoots } from './roots.ts'
import { subjectNames } from './served-certificate.ts'

/** What a server showed for a name. */
export interface Handshake {
  /** As it was asked for, in ASCII. */
  name: string
  names: string[]
  /** Hexadecimal, upper case. */
  serial: string
  /** `O=…, CN=…` */
  issuer: string
  notBefore: Date
  notAfter: Date
  /** SHA-256, hexadecimal, lower case. */
  fingerprint: string
  /** `TLSv1.3` */
  protocol: string
  /** How many certificates the server sent, a root that was known before not counted. */
  chain: number
}

const TIMEOUT_MS = 10_000

/**
 * Connects as a browser would, with SNI, and checks the chain against `roots` (PEM), its dates by the machine's clock, and
 * the name.
 * @param o.endpoint `address:port`
 * @throws DomainctlError `SANDBOX_HANDSHAKE_FAILED`; `USAGE` when what was given is no endpoint, name or root
 */
export async function handshake(o: { endpoint: string; name: string; roots: string; timeoutMs?: number }): Promise<Handshake> {
  const { host, port } = readEndpoint(o.endpoint)
  const name = readName(o.name)
  const roots = readRoots(o.roots)
  const failed = (error: unknown, certificate?: X509Certificate) =>
    describeFailure(error, { endpoint: o.endpoint, name, certificate })

  // Checked below instead, where the certificate that is refused can be described.
  const socket = connect({ host, port, servername: name, ca: o.roots, minVersion: 'TLSv1.2', rejectUnauthorized: false })
  try {
    await secured(socket, o.timeoutMs ?? TIMEOUT_MS).catch((error: unknown) => {
      throw failed(error)
    })
    const certificate = socket.getPeerX509Certificate()
    if (certificate === undefined) throw failed(new Error('the server showed no certificate'))
    if (!socket.authorized) throw failed(Object.assign(new Error(), { code: socket.authorizationError }), certificate)
    const names = subjectNames(certificate)
    // Node would take the common name then; browsers do not (RFC 9525 §6.3).
    if (names.length === 0) throw failed(Object.assign(new Error(), { code: 'ERR_TLS_CERT_ALTNAME_INVALID' }), certificate)
    return {
      name,
      names,
      serial: certificate.serialNumber,
      issuer: certificate.issuer.replaceAll('\n', ', '),
      notBefore: certificate.validFromDate,
      notAfter: certificate.validToDate,
      fingerprint: certificate.fingerprint256.replaceAll(':', '').toLowerCase(),
      protocol: socket.getProtocol() ?? 'unknown',
      chain: sentCertificates(certificate, roots),
    }
  } finally {
    socket.destroy()
  }
}

function secured(socket: TLSSocket, timeoutMs: number): Promise<void> {
  return new Promise<void>((resolve, reject) => {
    // For all of it: the socket's own time-out begins anew with each byte.
    const deadline = setTimeout(() => reject(Object.assign(new Error(), { code: 'ETIMEDOUT' })), timeoutMs)
    const settle = (done: () => void) => () => {
      clearTimeout(deadline)
      done()
    }
    socket.once('secureConnect', settle(resolve))
    // Stays: an error that comes after the first one must find somebody.
    socket.on('error', (error) => settle(() => reject(error))())
    socket.once(
      'close',
      settle(() => reject(Object.assign(new Error(), { code: 'ECONNRESET' }))),
    )
  })
}

/** Node goes on from what was sent into the roots. */
function sentCertificates(leaf: X509Certificate, roots: readonly X509Certificate[]): number {
  const known = new Set(roots.map(({ fingerprint256 }) => fingerprint256))
  const chain = new Set<string>()
  for (let at: X509Certificate | undefined = leaf; at && !known.has(at.fingerprint256); at = at.issuerCertificate) {
    if (chain.has(at.fingerprint256)) break
    chain.add(at.fingerprint256)
  }
  return chain.size
}

function readEndpoint(endpoint: string): { host: string; port: number } {
  const [, bracketed, plain, digits] = /^(?:\[([0-9a-f:.]+)\]|([^:\s]+)):(\d{1,5})$/i.exec(endpoint) ?? []
  const host = bracketed ?? plain
  const port = Number(digits)
  if (host === undefined || !(port >= 1 && port <= 65_535))
    throw new DomainctlError('USAGE', `"${endpoint}" is no endpoint.`, {
      hint: 'Give an address and a port, such as 127.0.0.1:8443.',
    })
  return { host, port }
}

function readName(name: string): string {
  const ascii = domainToASCII(name).replace(/\.$/, '')
  if (ascii === '' || isIP(ascii) !== 0 || ascii.includes('*') || ascii.length > 253)
    throw new DomainctlError('USAGE', `"${name}" is no name that a certificate could be shown for.`, {
      hint: 'Give a domain name; for a wildcard certificate, one of the names that it covers.',
    })
  return ascii
}
