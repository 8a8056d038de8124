import { createHash } from 'node:crypto'
import type { Extension, JsonGeneralName } from '@peculiar/x509'
import type { X509Library } from './library.ts'

/** CA/Browser Forum Baseline Requirements §7.1.6.1: control of the domain was validated, and nothing else. */
const DOMAIN_VALIDATED = '2.23.140.1.2.1'

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

/** Critical, since the subject is empty (RFC 5280 §4.2.1.6): what looks for names in the subject finds none. */
export function subjectNames(x509: X509Library, names: readonly JsonGeneralName[]): Extension {
  return new x509.SubjectAlternativeNameExtension([...names], true)
}
