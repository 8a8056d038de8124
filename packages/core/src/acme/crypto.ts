import { generateKeyPair } from 'node:crypto'
import { promisify } from 'node:util'
import type { CertificateCrypto, Pkcs12Content } from '../contracts/issuer.ts'
import type { Random } from '../contracts/runtime.ts'
import type { KeyType } from '../domain/model.ts'
import { readAccountKey } from './account-keys.ts'
import { certificateId } from './certificate-id.ts'
import { fingerprintOf, readRequest, requestDer } from './certificate-request.ts'
import { readCertificate, rootName } from './chain.ts'
import { readForeignCertificate } from './foreign-certificate.ts'
import { makeCertificateRequest } from './make-certificate-request.ts'
import { readCertificates } from './pem.ts'

/** The upper bound of a common name (RFC 5280 §A.1, ub-common-name). */
const MAX_COMMON_NAME = 64

/** {@link CertificateCrypto}, by Node's own crypto. */
export function createCertificateCrypto(): CertificateCrypto {
  return {
    createKey,
    createCsr,
    readAccountKey,
    readCertificate,
    readForeignCertificate,
    certificateId: idOfLeaf,
    readRequest,
    requestDer,
    publicKey: fingerprintOfLeaf,
    rootName,
    createPkcs12,
  }
}

/** CertificateCrypto.certificateId */
function idOfLeaf(chain: string): string | null {
  const [leaf] = readCertificates(chain).certificates
  return leaf ? certificateId(leaf) : null
}

/** CertificateCrypto.publicKey */
function fingerprintOfLeaf(chain: string): string {
  const [leaf] = readCertificates(chain).certificates
  if (!leaf) throw new Error('a chain without a certificate')
  return fingerprintOf(leaf.publicKey)
}

/** CertificateCrypto.createCsr */
async function createCsr(key: string, names: string[]): Promise<Uint8Array> {
  const [first] = names
  const commonName = first !== undefined && first.length <= MAX_COMMON_NAME ? first : undefined
  return makeCertificateRequest(key, commonName, names)
}

/** CertificateCrypto.createPkcs12; its ASN.1 loads with the first. */
async function createPkcs12(content: Pkcs12Content, random: Random): Promise<Uint8Array> {
  return (await import('./pkcs12.ts')).createPkcs12(content, random)
}

const PEM = {
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
} as const

/** CertificateCrypto.createKey; made on a thread of its own: an RSA key takes a tenth of a second and more. */
async function createKey(type: KeyType): Promise<string> {
  const generate = promisify(generateKeyPair)
  switch (type) {
    case 'ec256':
      return (await generate('ec', { namedCurve: 'P-256', ...PEM })).privateKey
    case 'ec384':
      return (await generate('ec', { namedCurve: 'P-384', ...PEM })).privateKey
    case 'rsa2048':
      return (await generate('rsa', { modulusLength: 2048, ...PEM })).privateKey
    case 'rsa4096':
      return (await generate('rsa', { modulusLength: 4096, ...PEM })).privateKey
  }
}
