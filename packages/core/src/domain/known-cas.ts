/** A CA that goes by a name. */
export interface KnownCa {
  /** URL of its ACME directory (RFC 8555 §7.1.1). */
  directory: string
  /** The names by which CAA records mean it (RFC 8659 §4.2), so that `verify` need not ask it who it is. */
  caaIdentities: readonly string[]
  /** Where its users find the key id and the HMAC key that an account needs there; absent: an account needs none. */
  externalAccountFrom?: string
  /** URL of an API like ZeroSSL's that gives both for an API key; absent: there is none. */
  externalAccountApi?: string
}

// Sectigo issues for it; these are the names that Sectigo says it goes by.
const ZEROSSL_NAMES = [
  'sectigo.com',
  'trust-provider.com',
  'usertrust.com',
  'comodoca.com',
  'comodo.com',
  'entrust.net',
  'affirmtrust.com',
]
const ZEROSSL = {
  caaIdentities: ZEROSSL_NAMES,
  externalAccountFrom: 'https://app.zerossl.com/developer',
  // https://zerossl.com/documentation/acme/generate-eab-credentials
  externalAccountApi: 'https://api.zerossl.com/acme/eab-credentials',
}
const GOOGLE = {
  caaIdentities: ['pki.goog'],
  externalAccountFrom: 'https://cloud.google.com/certificate-manager/docs/public-ca-tutorial',
}
const SSL_COM = {
  caaIdentities: ['ssl.com'],
  externalAccountFrom: 'https://www.ssl.com/guide/ssl-tls-certificate-issuance-and-revocation-with-acme/',
}

/** By name. What its directory says of itself goes first wherever the directory is read anyway. */
export const KNOWN_CAS: Readonly<Record<string, KnownCa>> = {
  // https://letsencrypt.org/docs/caa/
  letsencrypt: { directory: 'https://acme-v02.api.letsencrypt.org/directory', caaIdentities: ['letsencrypt.org'] },
  'letsencrypt-staging': {
    directory: 'https://acme-staging-v02.api.letsencrypt.org/directory',
    caaIdentities: ['letsencrypt.org'],
  },
  // https://zerossl.com/documentation/acme/
  zerossl: { directory: 'https://acme.zerossl.com/v2/DV90', ...ZEROSSL },
  // https://pki.goog/faq/#caa, https://cloud.google.com/certificate-manager/docs/public-ca-tutorial
  google: { directory: 'https://dv.acme-v02.api.pki.goog/directory', ...GOOGLE },
  'google-staging': { directory: 'https://dv.acme-v02.test-api.pki.goog/directory', ...GOOGLE },
  // Two directories, by the kind of the chain: https://www.ssl.com/guide/ssl-tls-certificate-issuance-and-revocation-with-acme/
  sslcom: { directory: 'https://acme.ssl.com/sslcom-dv-ecc', ...SSL_COM },
  'sslcom-rsa': { directory: 'https://acme.ssl.com/sslcom-dv-rsa', ...SSL_COM },
}

/** What is known of the CA with this directory. */
export function knownCa(directory: string): KnownCa | undefined {
  return Object.values(KNOWN_CAS).find((ca) => ca.directory === directory)
}

/** How CAA names the CA with this directory, where it is a known one. */
export function knownCaaIdentities(directory: string): readonly string[] | undefined {
  return knownCa(directory)?.caaIdentities
}
