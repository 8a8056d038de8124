import { X509Certificate } from 'node:crypto'

const BLOCK = /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]*-----END CERTIFICATE-----/g

/** The certificates of a PEM text in their order, and what stands between them. */
export function readCertificates(pem: string): { certificates: X509Certificate[]; between: string } {
  const certificates = Array.from(pem.matchAll(BLOCK), ([block]) => new X509Certificate(block))
  return { certificates, between: pem.replace(BLOCK, '').trim() }
}
