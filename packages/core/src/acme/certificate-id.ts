import type { X509Certificate } from 'node:crypto'
import { derElementAt, TAGS } from './der.ts'

/** OBJECT IDENTIFIER 2.5.29.35, authorityKeyIdentifier (RFC 5280 §4.2.1.1), in DER. */
const AUTHORITY_KEY_IDENTIFIER = Buffer.from('0603551d23', 'hex')

/** keyIdentifier of AuthorityKeyIdentifier: [0] IMPLICIT OCTET STRING. */
const KEY_IDENTIFIER = 0x80

/**
 * By what a CA's renewal information is asked for: `base64url(keyIdentifier of the AKI).base64url(serial number)`, both as they
 * stand in the DER (RFC 9773 §4.1). Null for a certificate that does not say by which key it was signed.
 */
export function certificateId(certificate: Pick<X509Certificate, 'raw' | 'serialNumber'>): string | null {
  const key = keyIdentifier(certificate.raw)
  if (key === null) return null
  const digits = certificate.serialNumber
  const hex = digits.length % 2 === 0 ? digits : `0${digits}`
  // A positive INTEGER whose first bit is set has a zero before it (X.690 §8.3).
  const serial = Buffer.from(/^[89a-f]/i.test(hex) ? `00${hex}` : hex, 'hex')
  return `${key.toString('base64url')}.${serial.toString('base64url')}`
}

function keyIdentifier(der: Buffer): Buffer | null {
  const at = der.indexOf(AUTHORITY_KEY_IDENTIFIER)
  if (at < 0) return null
  const extension = contentAt(der, at + AUTHORITY_KEY_IDENTIFIER.length, TAGS.octetString)
  const identifier = extension && contentAt(extension, 0, TAGS.sequence)
  const key = identifier && contentAt(identifier, 0, KEY_IDENTIFIER)
  return key && Buffer.from(key)
}

function contentAt(der: Uint8Array, at: number, tag: number): Uint8Array | null {
  const element = derElementAt(der, at)
  return element?.tag === tag ? element.content : null
}
