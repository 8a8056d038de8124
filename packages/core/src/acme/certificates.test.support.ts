// First, because version 2 of @peculiar/x509 wants the polyfill that acme-client brings along.
import 'acme-client/src/crypto/index.js'
import { webcrypto } from 'node:crypto'
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsageExtension,
  Extension,
  type GeneralNameType,
  SubjectAlternativeNameExtension,
  type X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509'

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }

/** Somebody who signs certificates: a root, or an intermediate with its own certificate. */
export interface Authority {
  name: string
  keys: webcrypto.CryptoKeyPair
  certificate: X509Certificate
  pem: string
}

export type San = string | { type: GeneralNameType; value: string }

export async function makeAuthority(name: string, issuer?: Authority, existing?: webcrypto.CryptoKeyPair): Promise<Authority> {
  const keys = existing ?? (await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']))
  const certificate = await X509CertificateGenerator.create({
    subject: `CN=${name}`,
    issuer: `CN=${issuer?.name ?? name}`,
    publicKey: keys.publicKey,
    signingKey: issuer?.keys.privateKey ?? keys.privateKey,
    signingAlgorithm: ALGORITHM,
    notBefore: new Date('2020-01-01'),
    notAfter: new Date('2099-01-01'),
    extensions: [new BasicConstraintsExtension(true, undefined, true)],
  })
  return { name, keys, certificate, pem: pem(certificate) }
}

/** A leaf for the public half of `keys`. */
export async function makeLeaf(
  issuer: Authority,
  sans: San[],
  o: { keys?: webcrypto.CryptoKeyPair; notBefore?: Date; notAfter?: Date; subject?: string; extensions?: Extension[] } = {},
): Promise<{ pem: string; key: string }> {
  const keys = o.keys ?? (await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']))
  const certificate = await X509CertificateGenerator.create({
    serialNumber: '0A1B2C3D',
    subject: o.subject ?? '',
    issuer: `CN=${issuer.name}`,
    publicKey: keys.publicKey,
    signingKey: issuer.keys.privateKey,
    signingAlgorithm: ALGORITHM,
    notBefore: o.notBefore ?? new Date('2020-01-01'),
    notAfter: o.notAfter ?? new Date('2099-01-01'),
    extensions: [
      await AuthorityKeyIdentifierExtension.create(issuer.keys.publicKey),
      new SubjectAlternativeNameExtension(sans.map((san) => (typeof san === 'string' ? { type: 'dns', value: san } : san))),
      ...(o.extensions ?? []),
    ],
  })
  const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64')
  return { pem: pem(certificate), key: `-----BEGIN PRIVATE KEY-----\n${pkcs8}\n-----END PRIVATE KEY-----\n` }
}

function pem(certificate: X509Certificate): string {
  return `${certificate.toString('pem')}\n`
}

/** Extensions of a certificate: what its key may do, by object identifiers; and that it demands a stapled OCSP answer (RFC 7633). */
export const forPurposes = (...purposes: string[]): Extension => new ExtendedKeyUsageExtension(purposes)
export const MUST_STAPLE: Extension = new Extension('1.3.6.1.5.5.7.1.24', false, Buffer.from('3003020105', 'hex'))
