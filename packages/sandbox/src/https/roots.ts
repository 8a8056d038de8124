import { X509Certificate } from 'node:crypto'
import { DomainctlError } from '@domainctl/core'

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g

/**
 * The certificates in a PEM file of roots. OpenSSL passes over what it cannot read, and then knows no root at all.
 * @throws DomainctlError `USAGE`
 */
export function readRoots(pem: string): X509Certificate[] {
  try {
    const roots = (pem.match(CERTIFICATE) ?? []).map((block) => new X509Certificate(block))
    if (roots.length > 0) return roots
  } catch (cause) {
    throw noRoots('cannot be read', cause)
  }
  throw noRoots('hold no certificate')
}

function noRoots(why: string, cause?: unknown): DomainctlError {
  return new DomainctlError('USAGE', `The roots to check a certificate with ${why}.`, {
    hint: 'Give them as PEM: -----BEGIN CERTIFICATE----- …',
    cause,
  })
}
