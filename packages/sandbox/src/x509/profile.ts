import { createHash } from 'node:crypto'
import type { Extension } from '@peculiar/x509'
import { element, TAGS } from './der.ts'
import type { X509Library } from './library.ts'

/** CA/Browser Forum Baseline Requirements §7.1.6.1: control of the domain was validated, and nothing else. */
const DOMAIN_VALIDATED = '2.23.140.1.2.1'

/** The OIDs of extensions, in DER: 2.5.29.14 and 2.5.29.17. */
const SUBJECT_KEY_IDENTIFIER = Buffer.from('0603551d0e', 'hex')
const SUBJECT_ALT_NAME = Buffer.from('0603551d11', 'hex')
/** TRUE. */
const CRITICAL = Uint8Array.of(1, 1, 0xff)

/** Hexadecimal; a hash of the whole SubjectPublicKeyInfo (RFC 7093 §2, method 4), as long as SHA-1 gives. */
export function keyIdentifier(spki: Uint8Array): string {
  return createHash('sha256').update(spki).digest('hex').slice(0, 40)
}

/** RFC 5280 §4.2.1 for a CA. A root names no other key than its own, and no end of the chain. */
export function caExtensions(x509: X509Library, o: { keyId: string; issuerKeyId?: string }): Extension[] {
  const { digitalSignature, keyCertSign, cRLSign } = x509.KeyUsageFlags
  const own = new x509.SubjectKeyIdentifierExtension(o.keyId)
  if (o.issuerKeyId === undefined)
    return [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(keyCertSign | cRLSign, true),
      own,
    ]
  return [
    // Nothing but end entities below it.
    new x509.BasicConstraintsExtension(true, 0, true),
    new x509.KeyUsagesExtension(digitalSignature | keyCertSign | cRLSign, true),
    new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
    new x509.CertificatePolicyExtension([DOMAIN_VALIDATED]),
    own,
    new x509.AuthorityKeyIdentifierExtension(o.issuerKeyId),
  ]
}

/** What all server certificates of one issuer have, made once: by type of key, since only RSA keys can take in a secret. */
export function serverExtensions(x509: X509Library, issuerKeyId: string): { rsa: Extension[]; other: Extension[] } {
  const { digitalSignature, keyEncipherment } = x509.KeyUsageFlags
  const common = [
    new x509.BasicConstraintsExtension(false, undefined, true),
    new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
    new x509.CertificatePolicyExtension([DOMAIN_VALIDATED]),
    new x509.AuthorityKeyIdentifierExtension(issuerKeyId),
  ]
  return {
    rsa: [new x509.KeyUsagesExtension(digitalSignature | keyEncipherment, true), ...common],
    other: [new x509.KeyUsagesExtension(digitalSignature, true), ...common],
  }
}

/** RFC 5280 §4.2.1.2, in DER: for the key of a server certificate. */
export function subjectKeyExtension(spki: Uint8Array): Buffer {
  const keyId = Buffer.from(keyIdentifier(spki), 'hex')
  return element(TAGS.sequence, SUBJECT_KEY_IDENTIFIER, element(TAGS.octetString, element(TAGS.octetString, keyId)))
}

/**
 * RFC 5280 §4.2.1.6, in DER. Critical, since the subject is empty: what looks for names in the subject finds none.
 * @param names each a GeneralName
 */
export function subjectNamesExtension(names: readonly Uint8Array[]): Buffer {
  return element(TAGS.sequence, SUBJECT_ALT_NAME, CRITICAL, element(TAGS.octetString, element(TAGS.sequence, ...names)))
}
