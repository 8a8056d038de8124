import type { KeyObject } from 'node:crypto'

/** A certificate request (RFC 2986) whose own signature holds and whose key is one that CAs sign. */
export interface CertificateRequest {
  /** The DNS names of its common name and SAN extension, in lower case, each once, sorted. */
  readonly names: readonly string[]
  /** The public one, RSA or EC. */
  readonly key: KeyObject
  /** The same key as SubjectPublicKeyInfo in DER, in the one encoding that it has. */
  readonly spki: Uint8Array
}

/** A certificate that has been signed. */
export interface IssuedCertificate {
  /** Hexadecimal, upper case, as Node's X509Certificate prints it. */
  readonly serial: string
  readonly notBefore: Date
  readonly notAfter: Date
  readonly names: readonly string[]
  /** Of its issuer's key, hexadecimal: the keyIdentifier of its authority key identifier (RFC 5280 §4.2.1.1). */
  readonly issuerKeyId: string
  /** The certificate alone. */
  readonly der: Uint8Array
  /** PEM, leaf first, without the root (RFC 8555 §7.4.2). */
  readonly chain: string
  /** The leaf alone, PEM. */
  readonly leaf: string
}

/** Signs what the CA has decided to issue: a root made at start and an intermediate under it. */
export interface Authority {
  /** PEM. */
  readonly root: string
  /**
   * A certificate for `names` and the key of the request. RFC 5280 profile: random serial of 128 bits, empty subject and
   * so a critical SAN, key usage by the type of key, server authentication.
   * @throws AcmeProblem `malformed` when the period is none, or reaches beyond that of the CA's own certificates
   */
  issue(request: CertificateRequest, period: { notBefore: Date; notAfter: Date }): Promise<IssuedCertificate>
  /**
   * The intermediate as another root has signed it, and that root, both PEM: the n-th of them, from 1 on, made when it is first asked
   * for.
   */
  alternate(n: number): Promise<{ intermediate: string; root: string }>
}
