import { type KeyObject, verify } from 'node:crypto'
import { promisify } from 'node:util'
import type { CertificateRequest } from '../acme/authority.ts'
import { badRequest, unreadableRequest } from './bad-request.ts'
import { elementsTagged, isDer, TAGS } from './der.ts'
import { readRequestKey } from './request-key.ts'
import { requestedNames } from './request-names.ts'

/** Implicitly tagged, and always there, though it may be empty (RFC 2986 §4.1). */
const ATTRIBUTES = 0xa0

/**
 * What may sign a request, by the whole AlgorithmIdentifier: ECDSA has no parameters (RFC 5758 §3.2), RSA with PKCS #1 v1.5
 * has NULL (RFC 4055 §5).
 */
const SIGNATURES: ReadonlyMap<string, { keyType: 'ec' | 'rsa'; hash: string }> = new Map([
  ['300a06082a8648ce3d040302', { keyType: 'ec', hash: 'sha256' }],
  ['300a06082a8648ce3d040303', { keyType: 'ec', hash: 'sha384' }],
  ['300a06082a8648ce3d040304', { keyType: 'ec', hash: 'sha512' }],
  ['300d06092a864886f70d01010b0500', { keyType: 'rsa', hash: 'sha256' }],
  ['300d06092a864886f70d01010c0500', { keyType: 'rsa', hash: 'sha384' }],
  ['300d06092a864886f70d01010d0500', { keyType: 'rsa', hash: 'sha512' }],
])

/** In another thread: it takes longer than all the rest. */
const verifyElsewhere = promisify(verify)

/**
 * Reads a certificate request (RFC 2986) in DER.
 * @throws AcmeProblem `badCSR`: it cannot be read, its own signature does not hold, or no CA would sign its key or names
 */
export async function readCertificateRequest(der: Uint8Array): Promise<CertificateRequest> {
  if (!isDer(der)) throw badRequest('is not DER')
  const [info, algorithm, signature] = parts(
    der[0] === TAGS.sequence && elementsTagged(der, TAGS.sequence, TAGS.sequence, TAGS.bitString),
  )
  const [version, subject, spki, attributes] = parts(
    elementsTagged(info.encoded, TAGS.integer, TAGS.sequence, TAGS.sequence, ATTRIBUTES),
  )
  if (version.content.length !== 1 || version.content[0] !== 0) throw badRequest('is of another version than 1')
  const key = readRequestKey(spki.encoded)
  await checkSignature({ signed: info.encoded, algorithm: algorithm.encoded, signature: signature.content }, key)
  return { names: requestedNames(subject.encoded, attributes.encoded), key, spki: spki.encoded }
}

/** Proof that who asks has the private key (RFC 2986 §3). */
async function checkSignature(
  { signed, algorithm, signature }: Readonly<Record<'signed' | 'algorithm' | 'signature', Uint8Array>>,
  key: KeyObject,
): Promise<void> {
  const known = SIGNATURES.get(Buffer.from(algorithm).toString('hex'))
  if (!known)
    throw badRequest('is signed by an algorithm that this CA does not take: SHA-256, SHA-384 or SHA-512 with RSA or ECDSA')
  const holds =
    // A signature is whole bytes: none of the bits in its last one is unused (RFC 2986 §4.2).
    signature[0] === 0 &&
    known.keyType === key.asymmetricKeyType &&
    (await verifyElsewhere(known.hash, signed, key, signature.subarray(1)))
  if (!holds) throw badRequest('has a signature that does not fit its key')
}

function parts<Parts>(found: Parts | undefined | false): Parts {
  if (!found) throw unreadableRequest()
  return found
}
