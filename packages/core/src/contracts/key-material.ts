/** What stands in a certificate, a key or a request, without the key itself. */
export interface KeyFacts {
  /** Such as `ec256` or `rsa2048`. */
  keyType: string
  /** SHA-256 of the public key (SPKI), hex. */
  publicKey: string
}

/** What stands in the leaf of a chain. */
export interface ChainFacts extends KeyFacts {
  serial: string
  fingerprint: string
  issuer: string
  names: string[]
  notBefore: Date
  notAfter: Date
}

/**
 * Reads what a state holds in PEM. Each throws an Error that says why it cannot, without any of the text; none asks whether a time
 * has come or a root is trusted.
 */
export interface KeyMaterial {
  /** A chain in which each certificate is issued by the next one. */
  chain(pem: string): ChainFacts
  privateKey(pem: string): KeyFacts
  request(pem: string): KeyFacts & { names: string[] }
}
