import { createPrivateKey, type KeyObject, type X509Certificate } from 'node:crypto'
import type { ForeignCertificate } from '../contracts/issuer.ts'
import type { CertificateKeyType } from '../domain/model.ts'
import { DomainctlError } from '../errors.ts'
import { factsOf, isIssuedBy, isIssuedByRoot, MAX_CHAIN, SKEW_MS } from './chain.ts'
import { readCertificates } from './pem.ts'
import { printable } from './printable.ts'

/** By OpenSSL's names. */
const CURVES: Readonly<Record<string, CertificateKeyType>> = { prime256v1: 'ec256', secp384r1: 'ec384' }

/** CertificateCrypto.readForeignCertificate */
export function readForeignCertificate(chain: string, given: { key: string; now: Date; roots?: string }): ForeignCertificate {
  const certificates = readChain(chain)
  const [leaf] = certificates
  if (!leaf) throw invalid('it holds no certificate (PEM, BEGIN CERTIFICATE)')
  const key = readKey(given.key)
  const keyType = typeOf(key)
  if (!isFor(leaf, key)) throw invalid('the private key is not the one that it was made for')
  if (isIssuedBy(leaf, leaf)) throw invalid('it is self-signed: no CA has issued it, and none could renew it')
  checkChain(certificates, given.roots)
  checkValidity(leaf, given.now)
  const facts = factsOf(leaf)
  const foreign = facts.names.filter((name) => name.includes(':'))
  if (foreign.length > 0) throw invalid(`it is for more than DNS names: ${foreign.join(', ')}`)
  if (facts.names.length === 0) throw invalid('it has no names (subjectAltName)')
  const commonName = /^CN=(.*)$/m.exec(leaf.subject)?.[1]?.toLowerCase()
  return {
    facts,
    // What other programs keep between the blocks is not for those that the chain is deployed to.
    chain: certificates.map((certificate) => certificate.toString()).join(''),
    privateKey: key.export({ type: 'pkcs8', format: 'pem' }).toString(),
    keyType,
    ...(commonName !== undefined && { commonName: printable(commonName) }),
  }
}

function readChain(pem: string): X509Certificate[] {
  let read: ReturnType<typeof readCertificates>
  try {
    read = readCertificates(pem)
  } catch (cause) {
    throw invalid('it cannot be read', cause)
  }
  if (/-----BEGIN (TRUSTED )?CERTIFICATE-----/.test(read.between)) throw invalid('its PEM is damaged or cut off')
  if (read.certificates.length > MAX_CHAIN) throw invalid(`its chain has ${read.certificates.length} certificates`)
  return read.certificates
}

function readKey(pem: string): KeyObject {
  if (/ENCRYPTED/.test(pem)) {
    throw invalid('its private key is encrypted', undefined, 'Take the password away first: openssl pkey -in KEY -out PLAIN.')
  }
  try {
    return createPrivateKey(pem)
  } catch (cause) {
    // What OpenSSL says of a key may have a piece of it: its code alone is told.
    const why = cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? ` (${cause.code})` : ''
    throw invalid(`its private key cannot be read${why}`)
  }
}

function typeOf({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): CertificateKeyType {
  const { namedCurve = '', modulusLength = 0 } = asymmetricKeyDetails ?? {}
  const curve = asymmetricKeyType === 'ec' ? CURVES[namedCurve] : undefined
  if (curve !== undefined) return curve
  if (asymmetricKeyType === 'rsa') return `rsa${modulusLength}`
  throw invalid(
    `it has a key of a type that is not kept here (${asymmetricKeyType ?? 'unknown'} ${namedCurve})`.trim(),
    undefined,
    'Get a new one with domainctl issue, which makes keys on P-256 and P-384 and RSA keys.',
  )
}

function isFor(leaf: X509Certificate, key: KeyObject): boolean {
  try {
    return leaf.checkPrivateKey(key)
  } catch (cause) {
    throw invalid('its public key cannot be read', cause)
  }
}

function checkChain(certificates: readonly X509Certificate[], roots: string | undefined): void {
  for (const [i, certificate] of certificates.entries()) {
    const issuer = certificates[i + 1]
    if (issuer && !isIssuedBy(certificate, issuer))
      throw invalid(`certificate ${i + 1} of its chain is not issued by certificate ${i + 2}`)
  }
  const [leaf] = certificates
  if (certificates.length === 1 && leaf && !isIssuedByRoot(leaf, roots))
    throw invalid(`${factsOf(leaf).issuer}, which issued it, is not in its chain, and no known root`)
}

function checkValidity(leaf: X509Certificate, now: Date): void {
  if (![leaf.validFrom, leaf.validTo].every((text) => Number.isFinite(Date.parse(text))))
    throw invalid('its dates cannot be read')
  const names = factsOf(leaf).names.join(',')
  if (leaf.validToDate <= now) {
    throw invalid(
      `it ended at ${leaf.validToDate.toISOString()}`,
      undefined,
      `Where it is still wanted, get a new one: domainctl issue ${names.split(',')[0]}`,
    )
  }
  if (leaf.validFromDate.getTime() > now.getTime() + SKEW_MS)
    throw invalid(`it is valid only from ${leaf.validFromDate.toISOString()} on, and here it is ${now.toISOString()}`)
}

function invalid(
  why: string,
  cause?: unknown,
  hint = 'Get a new one with domainctl issue, or correct the files.',
): DomainctlError {
  return new DomainctlError('CERTIFICATE_INVALID', `The certificate cannot be imported: ${why}.`, {
    hint,
    ...(cause !== undefined && { cause }),
  })
}
