import { createHash, createPublicKey, type KeyObject, verify } from 'node:crypto'
import type { CertificateRequest } from '../contracts/issuer.ts'
import type { CertificateKeyType } from '../domain/model.ts'
import { parseNames } from '../domain/parse-name.ts'
import { DomainctlError } from '../errors.ts'
import { type DerElement, derElements, derTagged, TAGS } from './der.ts'
import { ATTRIBUTES, invalid, OIDS, readable, unreadable } from './request-syntax.ts'
import { requestedNames } from './requested-names.ts'

/** A hundred names and a key of 8192 bits have some 30 KB in PEM. */
const MAX_LENGTH = 64 * 1024

/** The smallest and the largest RSA keys that CAs certify, in bits (Baseline Requirements §6.1.5; RFC 8017 has no end). */
const LEAST_RSA_BITS = 2048
const MOST_RSA_BITS = 8192

/** Old tools write NEW (RFC 7468 §7). */
const BLOCK = /-----BEGIN (?:NEW )?CERTIFICATE REQUEST-----([A-Za-z0-9+/=\s]*)-----END (?:NEW )?CERTIFICATE REQUEST-----/g

/** What may sign a request. */
const SIGNATURES: ReadonlyMap<string, { keyType: 'ec' | 'rsa'; hash: string }> = new Map([
  [OIDS.ecdsaWithSha256, { keyType: 'ec', hash: 'sha256' }],
  [OIDS.ecdsaWithSha384, { keyType: 'ec', hash: 'sha384' }],
  [OIDS.ecdsaWithSha512, { keyType: 'ec', hash: 'sha512' }],
  [OIDS.sha256WithRsa, { keyType: 'rsa', hash: 'sha256' }],
  [OIDS.sha384WithRsa, { keyType: 'rsa', hash: 'sha384' }],
  [OIDS.sha512WithRsa, { keyType: 'rsa', hash: 'sha512' }],
])

const CURVES: Readonly<Record<string, CertificateKeyType>> = { prime256v1: 'ec256', secp384r1: 'ec384' }

/**
 * {@link CertificateCrypto.readRequest}. By hand and Node alone: the library that acme-client brings for it takes 100 ms to load,
 * and does not check a signature.
 */
export function readRequest(text: string): CertificateRequest {
  const der = requestIn(text)
  const [outer] = readable(derTagged(der, TAGS.sequence))
  const [info, algorithm, signature] = readable(derTagged(outer.content, TAGS.sequence, TAGS.sequence, TAGS.bitString))
  const [version, subject, spki, attributes] = readable(
    derTagged(info.content, TAGS.integer, TAGS.sequence, TAGS.sequence, ATTRIBUTES),
  )
  if (version.content.length !== 1 || version.content[0] !== 0) throw invalid('it is of another version than 1')
  const key = readKey(spki)
  const keyType = keyTypeOf(key)
  if (!isAsUsual(key, spki)) {
    throw invalid('its public key is in a form that CAs do not take', undefined, {
      hint: 'Make the key anew, with its curve by name and its point uncompressed: openssl ecparam -genkey -name prime256v1 -noout',
    })
  }
  checkSignature(key, { signed: info.encoded, algorithm, signature: signature.content })
  return {
    pem: toPem(der),
    names: checkedNames(requestedNames(subject.content, attributes.content)),
    keyType,
    publicKey: fingerprintOf(key),
  }
}

/** The one request in a text; whatever stands beside it, such as a private key, is left there. */
function requestIn(text: string): Buffer {
  if (text.length > MAX_LENGTH) throw invalid(`it is longer than ${MAX_LENGTH / 1024} KiB`)
  const blocks = Array.from(text.matchAll(BLOCK), ([, base64 = '']) => base64.replace(/\s/g, ''))
  const [block] = blocks
  if (block === undefined) throw invalid('there is no CERTIFICATE REQUEST in PEM')
  if (blocks.length > 1) throw invalid(`there are ${blocks.length} requests, and only one can be meant`)
  const der = Buffer.from(block, 'base64')
  // What is no base64 is skipped by Node, and what is left over may be another request.
  if (der.toString('base64').replace(/=+$/, '') !== block.replace(/=+$/, '')) throw invalid('it is not base64')
  return der
}

/** A request in DER as PEM (RFC 7468 §7). */
function toPem(der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? []
  return ['-----BEGIN CERTIFICATE REQUEST-----', ...lines, '-----END CERTIFICATE REQUEST-----', ''].join('\n')
}

/** DER of a request that {@link readRequest} wrote as PEM. */
export function requestDer(pem: string): Uint8Array {
  return requestIn(pem)
}

/** SHA-256 of a public key, hex: as `openssl pkey -pubout -outform DER | sha256sum` prints it. */
export function fingerprintOf(key: KeyObject): string {
  return createHash('sha256')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest('hex')
}

/** The public key that a request is for. */
export function publicKeyOf(pem: string): KeyObject {
  const [outer] = readable(derTagged(requestIn(pem), TAGS.sequence))
  const spki = derElements(derElements(outer.content)?.[0]?.content ?? outer.content)?.[2]
  if (!spki) throw unreadable()
  return readKey(spki)
}

function readKey({ encoded }: DerElement): KeyObject {
  try {
    return createPublicKey({ key: Buffer.from(encoded), format: 'der', type: 'spki' })
  } catch (cause) {
    throw invalid('its public key cannot be read', cause)
  }
}

function keyTypeOf({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): CertificateKeyType {
  const { namedCurve = '', modulusLength = 0 } = asymmetricKeyDetails ?? {}
  if (asymmetricKeyType === 'ec' && Object.hasOwn(CURVES, namedCurve)) return CURVES[namedCurve] ?? 'ec256'
  if (asymmetricKeyType === 'rsa' && modulusLength >= LEAST_RSA_BITS && modulusLength <= MOST_RSA_BITS)
    return `rsa${modulusLength}`
  const found = asymmetricKeyType === 'rsa' ? `RSA with ${modulusLength} bits` : namedCurve || asymmetricKeyType || 'unknown'
  throw invalid(`its key is of a type that CAs do not certify (${found})`, undefined, {
    hint: `Make the request with a key on P-256 or P-384, or an RSA key of ${LEAST_RSA_BITS} to ${MOST_RSA_BITS} bits.`,
  })
}

/** CAs read a curve by its name and a point in full alone (RFC 5480 §2.1.1, §2.2), and would say so after all the proofs. */
function isAsUsual(key: KeyObject, { encoded }: DerElement): boolean {
  const usual = createPublicKey({ key: key.export({ format: 'jwk' }), format: 'jwk' })
  return usual.export({ type: 'spki', format: 'der' }).equals(encoded)
}

/** Proof that who made the request has the private key (RFC 2986 §3). */
function checkSignature(key: KeyObject, o: { signed: Uint8Array; algorithm: DerElement; signature: Uint8Array }): void {
  const oid = derElements(o.algorithm.content)?.[0]
  const known = oid?.tag === TAGS.objectIdentifier ? SIGNATURES.get(Buffer.from(oid.content).toString('hex')) : undefined
  if (!known) {
    throw invalid('it is signed by an algorithm that CAs do not take', undefined, {
      hint: 'Sign it by SHA-256, SHA-384 or SHA-512 with RSA (PKCS #1 v1.5) or ECDSA: openssl req -new -sha256 …',
    })
  }
  // A signature is whole bytes: none of the bits in its last one is unused (RFC 2986 §4.2).
  const isWhole = o.signature[0] === 0 && known.keyType === key.asymmetricKeyType
  if (!isWhole || !holds(known.hash, o.signed, key, o.signature.subarray(1)))
    throw invalid('its signature was not made by its own key')
}

function holds(hash: string, signed: Uint8Array, key: KeyObject, signature: Uint8Array): boolean {
  try {
    return verify(hash, signed, key, signature)
  } catch {
    // OpenSSL takes offence at some keys only when it uses them.
    return false
  }
}

/** As a domain has them, the common name first. */
function checkedNames(names: readonly string[]): string[] {
  if (names.length === 0) {
    throw invalid('it names no DNS name', undefined, {
      hint: 'Put the names into its subject alternative names: openssl req -new … -addext subjectAltName=DNS:shop.example.com',
    })
  }
  try {
    const parsed = parseNames([...new Set(names.map((name) => name.toLowerCase()))]).map(({ name }) => name)
    // A CA compares the names as they stand in the request with those of the order (RFC 8555 §7.4).
    const other = names.find((name) => !parsed.includes(name.toLowerCase()))
    if (other !== undefined) throw invalid(`it has the name ${JSON.stringify(other)} in another form than the DNS`)
    return parsed
  } catch (thrown) {
    if (!(thrown instanceof DomainctlError) || thrown.code === 'CSR_INVALID') throw thrown
    throw invalid(`one of its names will not do: ${thrown.message.replace(/\.$/, '')}`, thrown)
  }
}
