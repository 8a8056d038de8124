import { type KeyObject, verify } from 'node:crypto'
import type { Pkcs10CertificateRequest } from '@peculiar/x509'
import type { CertificateRequest } from '../acme/authority.ts'
import { AcmeProblem } from '../acme/problem.ts'
import { badRequest } from './bad-request.ts'
import { elementsInside, isDer } from './der.ts'
import { loadX509 } from './library.ts'
import { readRequestKey } from './request-key.ts'
import { requestedNames } from './request-names.ts'

/** What may sign a request, by the type of its key: RSA with PKCS #1 v1.5 and ECDSA with SHA-2, and Ed25519. */
const SIGNATURES: Readonly<Record<string, { keyType: string; hashes: readonly (string | null)[] }>> = {
  'RSASSA-PKCS1-v1_5': { keyType: 'rsa', hashes: ['SHA-256', 'SHA-384', 'SHA-512'] },
  ECDSA: { keyType: 'ec', hashes: ['SHA-256', 'SHA-384', 'SHA-512'] },
  Ed25519: { keyType: 'ed25519', hashes: [null] },
}

/**
 * Reads a certificate request (RFC 2986) in DER.
 * @throws AcmeProblem `badCSR`: it cannot be read, its own signature does not hold, or no CA would sign its key or names
 */
export async function readCertificateRequest(der: Uint8Array): Promise<CertificateRequest> {
  // The library would also take PEM, hexadecimal, BER, and anything behind the request.
  if (!isDer(der)) throw badRequest('is not DER')
  if (!isRequest(der)) throw badRequest('cannot be read as PKCS #10')
  const x509 = await loadX509()
  try {
    const request = new x509.Pkcs10CertificateRequest(new Uint8Array(der))
    const key = readRequestKey(new Uint8Array(request.publicKey.rawData))
    checkSignature(der, request, key)
    return { names: requestedNames(x509, request), key }
  } catch (thrown) {
    // The library reads parts of the request only when they are asked for, and throws errors of many kinds.
    throw thrown instanceof AcmeProblem ? thrown : badRequest('cannot be read as PKCS #10')
  }
}

/**
 * Proof that who asks has the private key (RFC 2986 §3). Not by the library's `verify`: that lets the request say which
 * type of key its signature is checked with.
 */
function checkSignature(der: Uint8Array, request: Pkcs10CertificateRequest, key: KeyObject): void {
  const { name, hash }: { name?: string; hash?: { name: string } } = request.signatureAlgorithm
  const hashName = hash?.name ?? null
  const known = name !== undefined && Object.hasOwn(SIGNATURES, name) ? SIGNATURES[name] : undefined
  if (!known?.hashes.includes(hashName))
    throw badRequest(
      'is signed by an algorithm that this CA does not take: SHA-256, SHA-384 or SHA-512 with RSA or ECDSA, or Ed25519',
    )
  const [signed, , signature] = elementsInside(der)
  const holds =
    signed !== undefined &&
    // A signature is whole bytes: none of the bits in its last one is unused (RFC 2986 §4.2).
    signature?.content[0] === 0 &&
    known.keyType === key.asymmetricKeyType &&
    verify(hashName, signed.encoded, key, signature.content.subarray(1))
  if (!holds) throw badRequest('has a signature that does not fit its key')
}

/** CertificationRequestInfo, AlgorithmIdentifier, BIT STRING: the library does not look at the class of a tag. */
function isRequest(der: Uint8Array): boolean {
  return (
    der[0] === 0x30 &&
    elementsInside(der)
      .map(({ tag }) => tag)
      .join() === '48,48,3'
  )
}
