import { sign } from 'node:crypto'
import type { JsonGeneralName } from '@peculiar/x509'
import type { SandboxRuntime } from '../runtime.ts'
import { element } from './der.ts'
import { type Issuer, type Period, serialNumber, wholeSeconds } from './issuer.ts'
import type { X509Library } from './library.ts'
import { keyIdentifier, subjectNames } from './profile.ts'

/** A certificate, and what it says that its asker did not choose. */
export interface SignedCertificate extends Period {
  readonly serial: string
  readonly der: Uint8Array
  readonly pem: string
}

/** How one certificate differs from the others of its issuer. */
export interface Subject extends Period {
  readonly names: readonly JsonGeneralName[]
  readonly spki: Uint8Array
  readonly rsa: boolean
}

const SEQUENCE = 0x30
const VERSION_3 = Uint8Array.of(0xa0, 3, 2, 1, 2)
/** AlgorithmIdentifier of ecdsa-with-SHA256, 1.2.840.10045.4.3.2 (RFC 5758 §3.2). */
const ECDSA_SHA256 = Buffer.from('300a06082a8648ce3d040302', 'hex')

/**
 * Signs a server certificate (RFC 5280 §4.1). Put together from encoded parts, since the library, which makes the parts,
 * parses each of them again for every certificate and takes ten times as long.
 */
export function signServerCertificate(
  x509: X509Library,
  issuer: Issuer,
  subject: Subject,
  runtime: SandboxRuntime,
): SignedCertificate {
  const serial = serialNumber(runtime)
  const notBefore = wholeSeconds(subject.notBefore)
  const notAfter = wholeSeconds(subject.notAfter)
  const ownExtensions = [
    new x509.SubjectKeyIdentifierExtension(keyIdentifier(subject.spki)),
    subjectNames(x509, subject.names),
  ].map(({ rawData }) => new Uint8Array(rawData))
  const tbs = element(
    SEQUENCE,
    VERSION_3,
    element(0x02, Buffer.from(serial, 'hex')),
    ECDSA_SHA256,
    issuer.common.name,
    element(SEQUENCE, time(notBefore), time(notAfter)),
    element(SEQUENCE),
    subject.spki,
    element(0xa3, element(SEQUENCE, subject.rsa ? issuer.common.rsa : issuer.common.other, ...ownExtensions)),
  )
  const signature = element(0x03, Uint8Array.of(0), sign('sha256', tbs, issuer.signingKey))
  const der = new Uint8Array(element(SEQUENCE, tbs, ECDSA_SHA256, signature))
  return { serial, notBefore, notAfter, der, pem: `${x509.PemConverter.encode(der, 'CERTIFICATE')}\n` }
}

/** UTCTime until 2049, GeneralizedTime from 2050 on (RFC 5280 §4.1.2.5). */
function time(date: Date): Buffer {
  const digits = `${date.toISOString().replace(/[-:T]|\.\d+Z$/g, '')}Z`
  return date.getUTCFullYear() < 2050 ? element(0x17, Buffer.from(digits.slice(2))) : element(0x18, Buffer.from(digits))
}
