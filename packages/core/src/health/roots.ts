import { X509Certificate } from 'node:crypto'
import { createSecureContext, getCACertificates, type SecureContext } from 'node:tls'

/** Who is trusted, and the TLS context that all handshakes share: to make one costs some 10 ms. */
export interface TrustedRoots {
  context: SecureContext
  /** Trusted certificates of this subject. */
  named(subject: string): readonly X509Certificate[]
}

const PEM = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g

/** Node's own roots (with NODE_EXTRA_CA_CERTS), and those of `extra` (PEM). */
export function trustRoots(extra = ''): TrustedRoots {
  const pems = [...getCACertificates('default'), ...(extra.match(PEM) ?? [])]
  const bySubject = Map.groupBy(
    pems.map((pem) => new X509Certificate(pem)),
    ({ subject }) => subject,
  )
  return {
    named: (subject) => bySubject.get(subject) ?? [],
    context: createSecureContext({
      ca: pems,
      // What a server still speaks is what is to be found out; nothing secret is sent.
      minVersion: 'TLSv1',
      ciphers: 'DEFAULT:@SECLEVEL=0',
    }),
  }
}
