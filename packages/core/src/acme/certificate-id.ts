import type { X509Certificate } from 'node:crypto'

/** OBJECT IDENTIFIER 2.5.29.35, authorityKeyIdentifier (RFC 5280 §4.2.1.1), in DER. */
const AUTHORITY_KEY_IDENTIFIER = Buffer.from('0603551d23', 'hex')

const OCTET_STRING = 0x04
const SEQUENCE = 0x30
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
  const extension = valueAt(der, at + AUTHORITY_KEY_IDENTIFIER.length, OCTET_STRING)
  const identifier = extension && valueAt(extension, 0, SEQUENCE)
  return identifier && valueAt(identifier, 0, KEY_IDENTIFIER)
}

/** The content of the element at this place (X.690 §8.1); null when it is of another kind or does not end within `der`. */
function valueAt(der: Buffer, at: number, tag: number): Buffer | null {
  if (der[at] !== tag) return null
  const first = der[at + 1] ?? 0xff
  const more = first < 0x80 ? 0 : first & 0x7f
  if (more > 2) return null
  const length = more === 0 ? first : der.readUIntBE(at + 2, more)
  const start = at + 2 + more
  return start + length <= der.length ? der.subarray(start, start + length) : null
}
