import { sign } from 'node:crypto'
import type { SandboxRuntime } from '../runtime.ts'
import { element, TAGS } from './der.ts'
import { type Issuer, type Period, serialNumber, wholeSeconds } from './issuer.ts'
import { subjectKeyExtension, subjectNamesExtension } from './profile.ts'

/** A certificate, and what it says that its asker did not choose. */
export interface SignedCertificate extends Period {
  readonly serial: string
  readonly der: Uint8Array
  readonly pem: string
}

/** How one certificate differs from the others of its issuer. */
export interface Subject extends Period {
  /** Each a GeneralName (RFC 5280 §4.2.1.6) in DER. */
  readonly names: readonly Uint8Array[]
  readonly spki: Uint8Array
  readonly rsa: boolean
}

const UTC_TIME = 0x17
const GENERALIZED_TIME = 0x18
const VERSION_3 = Uint8Array.of(0xa0, 3, 2, 1, 2)
/** AlgorithmIdentifier of ecdsa-with-SHA256, 1.2.840.10045.4.3.2 (RFC 5758 §3.2). */
const ECDSA_SHA256 = Buffer.from('300a06082a8648ce3d040302', 'hex')

/** A GeneralName of a host, which has to be ASCII. */
export function dnsName(name: string): Buffer {
  return element(0x82, Buffer.from(name, 'latin1'))
}

/** A GeneralName of an address of 4 or 16 octets. */
export function ipAddress(octets: Uint8Array): Buffer {
  return element(0x87, octets)
}

/**
 * Signs a server certificate (RFC 5280 §4.1). Put together from encoded parts, since the library, which makes those that all
 * have in common, parses each of them again for every certificate and takes ten times as long.
 */
export function signServerCertificate(issuer: Issuer, subject: Subject, runtime: SandboxRuntime): SignedCertificate {
  const serial = serialNumber(runtime)
  const notBefore = wholeSeconds(subject.notBefore)
  const notAfter = wholeSeconds(subject.notAfter)
  const tbs = element(
    TAGS.sequence,
    VERSION_3,
    element(TAGS.integer, Buffer.from(serial, 'hex')),
    ECDSA_SHA256,
    issuer.common.name,
    element(TAGS.sequence, time(notBefore), time(notAfter)),
    element(TAGS.sequence),
    subject.spki,
    element(
      0xa3,
      element(
        TAGS.sequence,
        subject.rsa ? issuer.common.rsa : issuer.common.other,
        subjectKeyExtension(subject.spki),
        subjectNamesExtension(subject.names),
      ),
    ),
  )
  const signature = element(TAGS.bitString, Uint8Array.of(0), sign('sha256', tbs, issuer.signingKey))
  const der = element(TAGS.sequence, tbs, ECDSA_SHA256, signature)
  // A copy: the buffer is part of a larger one, which would stay for as long as the certificate does.
  return { serial, notBefore, notAfter, der: new Uint8Array(der), pem: pemOf(der) }
}

/** RFC 7468 §3: lines of 64 characters. */
function pemOf(der: Buffer): string {
  const lines = der.toString('base64').replace(/.{64}(?=.)/g, '$&\n')
  return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`
}

/** UTCTime until 2049, GeneralizedTime from 2050 on (RFC 5280 §4.1.2.5). */
function time(date: Date): Buffer {
  const digits = `${date.toISOString().replace(/[-:T]|\.\d+Z$/g, '')}Z`
  return date.getUTCFullYear() < 2050
    ? element(UTC_TIME, Buffer.from(digits.slice(2)))
    : element(GENERALIZED_TIME, Buffer.from(digits))
}
