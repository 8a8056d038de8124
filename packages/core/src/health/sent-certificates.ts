import type { X509Certificate } from 'node:crypto'
import type { SentCertificate } from '../domain/health/chain.ts'
import { printable } from '../domain/printable.ts'
import type { TrustedRoots } from './roots.ts'

/** More are not looked at: a server may send what it likes, and each pair of them costs a look. */
const MOST_SENT = 12
const LEAST_RSA_BITS = 2048

/** OIDs of signatures that browsers refuse (RFC 8017 §A.2.4, RFC 5758 §3.2), in DER. */
const OLD_SIGNATURES: readonly (readonly [hex: string, name: string])[] = [
  ['06092a864886f70d010104', 'MD5'],
  ['06092a864886f70d010105', 'SHA-1'],
  ['06072a8648ce3d0401', 'SHA-1'],
]

/** The certificates in the order in which the server sent them; Node gives them as a chain of issuers, which they need not be. */
export function sentCertificates(own: X509Certificate | undefined): X509Certificate[] {
  const sent: X509Certificate[] = []
  for (let at = own; at && sent.length < MOST_SENT && !sent.includes(at); at = at.issuerCertificate) sent.push(at)
  return sent
}

/** Of those that were sent and those that are trusted, the certificates whose key has signed this one. */
export function issuersOf(own: X509Certificate, roots: TrustedRoots): X509Certificate[] {
  return [...sentCertificates(own).slice(1), ...roots.named(own.issuer)].filter((one) => isSignedBy(own, one))
}

/** What their signatures prove: who of them signed whom, and which of them a trusted root signed. */
export function readSent(sent: readonly X509Certificate[], roots: TrustedRoots): SentCertificate[] {
  return sent.map((certificate) => {
    const isSelfSigned = isSignedBy(certificate, certificate)
    const weakness = weaknessOf(certificate, isSelfSigned)
    const issuerUrl = /^CA Issuers - URI:(\S+)$/m.exec(certificate.infoAccess ?? '')?.[1]
    const root = rootOf(certificate, roots)
    return {
      subject: nameOf(certificate.subject) ?? namesOf(certificate)[0] ?? 'nobody',
      issuer: nameOf(certificate.issuer) ?? 'nobody',
      fingerprint: fingerprintOf(certificate),
      notBefore: dateOf(certificate.validFromDate),
      notAfter: dateOf(certificate.validToDate),
      isSelfSigned,
      ...(weakness !== undefined && { weakness }),
      ...(issuerUrl !== undefined && { issuerUrl: shown(issuerUrl) }),
      signers: sent.flatMap((other, place) => (other !== certificate && isSignedBy(certificate, other) ? [place] : [])),
      ...(root && { root }),
    }
  })
}

/** What a certificate is for (RFC 9525 §6.3: the common name does not count); safe to print. */
export function namesOf({ subjectAltName = '' }: X509Certificate): string[] {
  // Names that need it are quoted as JSON, and may hold what parts the others.
  return [...subjectAltName.matchAll(/DNS:("(?:[^"\\]|\\.)*"|[^,]*)/g)].map(([, name = '']) => shown(name))
}

/** Whether browsers take the certificate for this name. */
export function isFor(certificate: X509Certificate, name: string): boolean {
  return certificate.checkHost(name, { subject: 'never', partialWildcards: false }) !== undefined
}

export function fingerprintOf({ fingerprint256 }: X509Certificate): string {
  return fingerprint256.replaceAll(':', '').toLowerCase()
}

function rootOf(certificate: X509Certificate, roots: TrustedRoots): SentCertificate['root'] {
  const itself = roots.named(certificate.subject).find((root) => root.fingerprint256 === certificate.fingerprint256)
  const root = itself ?? roots.named(certificate.issuer).find((one) => isSignedBy(certificate, one))
  return root && { name: nameOf(root.subject) ?? 'a root', isItself: itself !== undefined }
}

export function isSignedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  try {
    return certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey)
  } catch {
    // Keys of a kind that OpenSSL does not know sign nothing that it could check.
    return false
  }
}

function weaknessOf(certificate: X509Certificate, isSelfSigned: boolean): string | undefined {
  const bits = rsaBitsOf(certificate)
  if (bits !== undefined && bits < LEAST_RSA_BITS) return `an RSA key of ${bits} bits`
  // Nobody goes by the signature of a root.
  const old = isSelfSigned ? undefined : OLD_SIGNATURES.find(([hex]) => signatureOf(certificate.raw).startsWith(hex))
  return old && `a signature with ${old[1]}`
}

function rsaBitsOf(certificate: X509Certificate): number | undefined {
  try {
    const { asymmetricKeyType, asymmetricKeyDetails } = certificate.publicKey
    return asymmetricKeyType === 'rsa' ? asymmetricKeyDetails?.modulusLength : undefined
  } catch {
    return undefined
  }
}

/** A date that cannot be read is over. */
function dateOf(date: Date): Date {
  return Number.isNaN(date.getTime()) ? new Date(0) : date
}

/** The algorithm in hex, behind the part that is signed (RFC 5280 §4.1.1.2); Node 22 does not tell it. */
function signatureOf(der: Buffer): string {
  const [outer] = contentAt(der, 0)
  const [from, length] = contentAt(der, outer)
  const [algorithm] = contentAt(der, from + length)
  return der.subarray(algorithm, algorithm + 16).toString('hex')
}

/** Where the content of an element begins and how long it is. OpenSSL has read these bytes, so they are DER. */
function contentAt(der: Buffer, at: number): [from: number, length: number] {
  const first = der[at + 1] ?? 0
  const digits = first < 0x80 ? 0 : first & 0x7f
  return [at + 2 + digits, digits === 0 ? first : der.readUIntBE(at + 2, Math.min(digits, 6))]
}

/** The common name of a distinguished name, else its organization. */
function nameOf(distinguished: string): string | undefined {
  const name = /^CN=(.+)$/m.exec(distinguished)?.[1] ?? /^O=(.+)$/m.exec(distinguished)?.[1]
  return name === undefined ? undefined : shown(name)
}

/** Quoted where it has to be. */
function shown(text: string): string {
  const quoted = printable(text)
  return quoted === `"${text}"` ? text : quoted
}
