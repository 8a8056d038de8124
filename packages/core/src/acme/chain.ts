import { createPrivateKey, createPublicKey, type KeyObject, X509Certificate } from 'node:crypto'
import { getCACertificates } from 'node:tls'
import type { CertificateFacts } from '../contracts/issuer.ts'
import { DomainctlError } from '../errors.ts'
import { publicKeyOf } from './certificate-request.ts'
import { readCertificates } from './pem.ts'
import { printable } from './printable.ts'

/** How far the clock of this machine may lag behind the CA's. */
export const SKEW_MS = 3_600_000

/** The longest in use have 4. */
export const MAX_CHAIN = 10

/** See {@link CertificateCrypto.readCertificate}. */
export function readCertificate(
  chain: string,
  expected: { key: string; names: string[]; now: Date; roots?: string },
): CertificateFacts {
  const certificates = readChain(chain)
  const [leaf] = certificates
  if (leaf === undefined) throw badChain('it holds no certificate')
  checkNames(subjectAltNames(leaf), expected.names)
  if (!keyOf(leaf).equals(keyIn(expected.key))) throw bad('it was made for another key')
  checkValidity(leaf, expected.now)
  for (const [i, certificate] of certificates.entries()) {
    const issuer = certificates[i + 1]
    if (issuer && !isIssuedBy(certificate, issuer))
      throw badChain(`certificate ${i + 1} of the chain is not issued by certificate ${i + 2}`)
  }
  if (certificates.length === 1 && !isIssuedByRoot(leaf, expected.roots))
    throw badChain(`${issuerOf(leaf)}, which issued it, is not in the chain, and no known root`)
  return factsOf(leaf)
}

/** What is kept of a certificate beside its chain. */
export function factsOf(leaf: X509Certificate): CertificateFacts {
  return {
    serial: leaf.serialNumber.toUpperCase(),
    fingerprint: leaf.fingerprint256.replaceAll(':', '').toLowerCase(),
    issuer: issuerOf(leaf),
    names: subjectAltNames(leaf),
    notBefore: leaf.validFromDate,
    notAfter: leaf.validToDate,
  }
}

/**
 * Certificates and nothing else: what a CA sends ends up in the files of other programs, which may read more into it
 * (RFC 8555 §7.4.2, §11.4).
 */
export function readChain(pem: string): X509Certificate[] {
  try {
    const { certificates, between } = readCertificates(pem)
    if (between !== '') throw badChain('there is something else between the certificates')
    if (certificates.length > MAX_CHAIN) throw badChain(`the chain has ${certificates.length} certificates`)
    return certificates
  } catch (thrown) {
    throw thrown instanceof DomainctlError ? thrown : badChain('it cannot be read', thrown)
  }
}

/** DNS names in lower case; an entry of another type comes with its type. Node quotes what holds a comma. */
function subjectAltNames(leaf: X509Certificate): string[] {
  const entries = (leaf.subjectAltName ?? '').match(/[^",]*"(?:[^"\\]|\\.)*"|[^,]+/g) ?? []
  return entries.map((entry) => printable(entry).replace(/^DNS:/, '').toLowerCase())
}

function checkNames(names: string[], expected: string[]): void {
  const wanted = expected.map((name) => name.toLowerCase())
  const missing = wanted.filter((name) => !names.includes(name))
  const foreign = names.filter((name) => !wanted.includes(name))
  if (missing.length > 0) throw bad(`it lacks ${missing.join(', ')}`)
  if (foreign.length > 0) throw bad(`it is also for ${foreign.join(', ')}`)
}

/** The order is not at fault here, and ends well once the clock is right. */
function checkValidity(leaf: X509Certificate, now: Date): void {
  // Of a date that cannot be read Node's text says so; the Date beside it may be anything.
  if (![leaf.validFrom, leaf.validTo].every((text) => Number.isFinite(Date.parse(text)))) throw bad('its dates cannot be read')
  const from =
    leaf.validFromDate.getTime() > now.getTime() + SKEW_MS ? `is valid only from ${leaf.validFromDate.toISOString()} on` : null
  const until = leaf.validToDate <= now ? `ended at ${leaf.validToDate.toISOString()}` : null
  const why = from ?? until
  if (why === null) return
  throw new DomainctlError('CLOCK_WRONG', `The certificate from the CA ${why}, and here it is ${now.toISOString()}.`, {
    hint: 'Set the clock of this machine, then run the same command again: the order is kept.',
  })
}

export function isIssuedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  return certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey)
}

/** See {@link CertificateCrypto.rootName}. */
export function rootName(chain: string): string {
  const { issuer = '' } = readChain(chain).at(-1) ?? {}
  const name = /^CN=(.*)$/m.exec(issuer)?.[1] ?? /^O=(.*)$/m.exec(issuer)?.[1]
  return printable(name ?? issuer.replaceAll('\n', ', '))
}

function issuerOf({ issuer }: X509Certificate): string {
  return printable(issuer.replaceAll('\n', ', '))
}

function keyOf(leaf: X509Certificate): KeyObject {
  try {
    return leaf.publicKey
  } catch (cause) {
    throw bad('its public key cannot be read', cause)
  }
}

/** The public half of a private key, or the key that a request is for. */
function keyIn(pem: string): KeyObject {
  return pem.includes('CERTIFICATE REQUEST') ? publicKeyOf(pem) : createPublicKey(createPrivateKey(pem))
}

/** A private CA may issue straight from its root, which need not be sent (RFC 8555 §7.4.2). */
export function isIssuedByRoot(leaf: X509Certificate, roots = ''): boolean {
  if (isIssuedBy(leaf, leaf)) return true
  return [...readCertificates(roots).certificates, ...nodeRoots()].some((root) => isIssuedBy(leaf, root))
}

/** Those that Node trusts, NODE_EXTRA_CA_CERTS among them. One that Node takes and cannot be read has issued nothing of ours. */
function* nodeRoots(): Generator<X509Certificate> {
  for (const pem of getCACertificates('default')) {
    try {
      yield new X509Certificate(pem)
    } catch {}
  }
}

/** The leaf may be right: what is wrong is what came with it, or the text around it. Another download may mend it. */
function badChain(why: string, cause?: unknown): DomainctlError {
  return bad(why, Object.assign(new Error(why, { cause }), { chainAtFault: true }))
}

function bad(why: string, cause?: unknown): DomainctlError {
  return new DomainctlError('CA_BAD_CERTIFICATE', `The certificate from the CA does not fit the order: ${why}.`, {
    hint: 'Report this to the CA, or use another one.',
    cause,
  })
}
