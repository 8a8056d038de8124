import { createPrivateKey, X509Certificate } from 'node:crypto'
import { createSecureContext, type SecureContext } from 'node:tls'
import { DomainctlError } from '@domainctl/core'

/** A certificate chain with its private key, ready for handshakes. */
export interface ServedCertificate {
  /** The DNS names of its SAN extension, in lower case. */
  readonly names: readonly string[]
  readonly context: SecureContext
}

/**
 * Reads a chain (leaf first) and its key, both PEM, and sees that they fit.
 * @throws DomainctlError `USAGE`, which says nothing of what the files hold
 */
export function readServedCertificate(files: { fullchain: string; privateKey: string }): ServedCertificate {
  const certificate = attempt('the certificate cannot be read', () => new X509Certificate(files.fullchain))
  const key = attempt('the private key cannot be read', () => createPrivateKey(files.privateKey))
  if (!certificate.checkPrivateKey(key)) throw unusable('the private key belongs to another certificate')
  const names = subjectNames(certificate)
  if (names.length === 0) throw unusable('the certificate is for no DNS name')
  const context = attempt('OpenSSL refuses the pair, as it does when a key is too small', () =>
    createSecureContext({ cert: files.fullchain, key: files.privateKey }),
  )
  return { names, context }
}

/** Node writes `DNS:a.example, DNS:b.example`, and names with other characters in quotes: those are no host names. */
export function subjectNames(certificate: X509Certificate): string[] {
  const entries = certificate.subjectAltName?.split(', ') ?? []
  return entries.flatMap((entry) => /^DNS:([a-z0-9*_.-]+)$/i.exec(entry)?.[1]?.toLowerCase() ?? [])
}

function attempt<T>(why: string, read: () => T): T {
  try {
    return read()
  } catch {
    // Without the cause: no message about a private key gets any further.
    throw unusable(why)
  }
}

function unusable(why: string): DomainctlError {
  return new DomainctlError('USAGE', `The HTTPS server cannot serve this certificate: ${why}.`, {
    hint: 'Give the full chain, leaf first, and its private key without a password, both as PEM.',
  })
}
