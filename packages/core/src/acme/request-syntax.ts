import { DomainctlError } from '../errors.ts'

// What a certificate request is made of, beside the tags of all DER; for who writes one and who reads one.

/** [0], of the attributes: implicitly tagged, and always there, though they may be empty (RFC 2986 §4.1). */
export const ATTRIBUTES = 0xa0
/** dNSName of GeneralName (RFC 5280 §4.2.1.6). */
export const DNS_NAME = 0x82

/** Object identifiers in hex, as DER has them. */
export const OIDS = {
  commonName: '550403',
  subjectAltName: '551d11',
  /** Of PKCS #9 (RFC 2985 §5.4.2). */
  extensionRequest: '2a864886f70d01090e',
  // RFC 5758 §3.2
  ecdsaWithSha256: '2a8648ce3d040302',
  ecdsaWithSha384: '2a8648ce3d040303',
  ecdsaWithSha512: '2a8648ce3d040304',
  // PKCS #1 v1.5 (RFC 4055 §5)
  sha256WithRsa: '2a864886f70d01010b',
  sha384WithRsa: '2a864886f70d01010c',
  sha512WithRsa: '2a864886f70d01010d',
} as const

/** Why a certificate request cannot be used. */
export function invalid(why: string, cause?: unknown, o: { hint?: string } = {}): DomainctlError {
  return new DomainctlError('CSR_INVALID', `The certificate request cannot be used: ${why}.`, {
    hint: o.hint ?? 'Look at it with: openssl req -in FILE -noout -text -verify',
    ...(cause !== undefined && { cause }),
  })
}

/** What was read. @throws DomainctlError `CSR_INVALID` when it was not what was awaited there */
export function readable<Parts>(found: Parts | null): Parts {
  if (found === null) throw unreadable()
  return found
}

export function unreadable(): DomainctlError {
  return invalid('it cannot be read')
}
