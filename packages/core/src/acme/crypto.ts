import { generateKeyPair } from 'node:crypto'
import { promisify } from 'node:util'
import type { CertificateCrypto } from '../contracts/issuer.ts'
import { certificateId } from './certificate-id.ts'
import { readCertificate } from './chain.ts'
import { readCertificates } from './pem.ts'

/** The upper bound of a common name (RFC 5280 §A.1, ub-common-name). */
const MAX_COMMON_NAME = 64

/** {@link CertificateCrypto}: keys and the reading of chains by Node, requests by acme-client (loaded with the first). */
export function createCertificateCrypto(): CertificateCrypto {
  return { createKey: createP256Key, createCsr, readCertificate, certificateId: idOfLeaf }
}

/** CertificateCrypto.certificateId */
function idOfLeaf(chain: string): string | null {
  const [leaf] = readCertificates(chain).certificates
  return leaf ? certificateId(leaf) : null
}

/** CertificateCrypto.createCsr */
async function createCsr(key: string, names: string[]): Promise<Uint8Array> {
  const client = await import('./client.ts')
  const [first] = names
  const commonName = first !== undefined && first.length <= MAX_COMMON_NAME ? first : undefined
  const pem = await client.createCsr(key, commonName, names)
  return Buffer.from(pem.replace(/-----[A-Z ]+-----/g, ''), 'base64')
}

/** PKCS#8 PEM; made on a thread of its own. */
async function createP256Key(): Promise<string> {
  const { privateKey } = await promisify(generateKeyPair)('ec', {
    namedCurve: 'P-256',
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  })
  return privateKey
}
