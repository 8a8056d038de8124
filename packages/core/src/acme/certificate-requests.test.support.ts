// First, because version 2 of @peculiar/x509 wants the polyfill that acme-client brings along.
import 'acme-client/src/crypto/index.js'
import { webcrypto } from 'node:crypto'
import { Pkcs10CertificateRequestGenerator, SubjectAlternativeNameExtension } from '@peculiar/x509'
import type { San } from './certificates.test.support.ts'

/** What a request of a test has. */
export interface RequestParts {
  commonName?: string
  sans?: San[]
  /** Of the key and the signature; P-256 with SHA-256 when not given. */
  algorithm?: webcrypto.RsaHashedKeyGenParams | (webcrypto.EcKeyGenParams & { hash: string })
  keys?: webcrypto.CryptoKeyPair
}

/** A certificate request by the library that nobody here reads with, PEM. */
export async function requestOf({ commonName, sans = [], algorithm = P256, keys }: RequestParts): Promise<string> {
  const made = keys ?? ((await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])) as webcrypto.CryptoKeyPair)
  const request = await Pkcs10CertificateRequestGenerator.create({
    name: commonName === undefined ? [] : [{ CN: [commonName] }],
    keys: made,
    signingAlgorithm: algorithm,
    extensions:
      sans.length === 0
        ? []
        : [new SubjectAlternativeNameExtension(sans.map((san) => (typeof san === 'string' ? { type: 'dns', value: san } : san)))],
  })
  return requestPem(new Uint8Array(request.rawData))
}

/** DER as PEM, whatever it is. */
export function requestPem(der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? []
  return ['-----BEGIN CERTIFICATE REQUEST-----', ...lines, '-----END CERTIFICATE REQUEST-----', ''].join('\n')
}

const P256 = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
