import { verify } from 'node:crypto'
import { promisify } from 'node:util'
import { decodeBase64url } from './base64url.ts'
import { ALGORITHMS, type Algorithm, readJwk, type SigningKey } from './jwk.ts'
import { malformed, parseJsonObject } from './payload.ts'
import { AcmeProblem } from './problem.ts'

/** A flattened JSON Web Signature (RFC 7515 §7.2.2) that has been read, not yet verified. */
export interface Jws {
  readonly algorithm: Algorithm
  readonly signedWith: { readonly jwk: SigningKey } | { readonly kid: string }
  readonly url: string
  /** Absent when the header has none. */
  readonly nonce?: string
  readonly payload: Buffer
  readonly signature: Buffer
  /** What the signature is over (RFC 7515 §5.1). */
  readonly signed: Buffer
}

/** OpenSSL's name of each algorithm's hash; Ed25519 brings its own. */
const HASHES: Readonly<Record<Algorithm, string | null>> = {
  ES256: 'sha256',
  ES384: 'sha384',
  ES512: 'sha512',
  RS256: 'sha256',
  EdDSA: null,
}

const verifyElsewhere = promisify(verify)

/**
 * Reads a JWS as RFC 8555 §6.2 narrows it down.
 * @throws AcmeProblem `malformed`, `badSignatureAlgorithm`, `badPublicKey`
 */
export function readJws(body: Buffer): Jws {
  const jws = parseJsonObject(body, 'The body')
  if (Object.hasOwn(jws, 'header')) throw malformed('The JWS has an unprotected header.')
  if (Object.hasOwn(jws, 'signatures')) throw malformed('The JWS is in the general syntax; it has to be flattened.')
  const header = readHeader(part(jws, 'protected'))
  const payload = part(jws, 'payload')
  const signature = part(jws, 'signature')
  return { ...header, payload, signature, signed: Buffer.from(`${jws.protected}.${jws.payload}`, 'latin1') }
}

/**
 * Verifies a signature in another thread, since that takes longer than all else that is done for a request.
 * @throws AcmeProblem `badSignatureAlgorithm` when its algorithm is none for this key, `malformed` when the signature is wrong
 */
export async function verifySignature(jws: Jws, { algorithm, key }: SigningKey): Promise<void> {
  if (jws.algorithm !== algorithm) throw badAlgorithm(`The alg ${jws.algorithm} does not fit the key, which needs ${algorithm}.`)
  if (!(await verifyElsewhere(HASHES[algorithm], jws.signed, { key, dsaEncoding: 'ieee-p1363' }, jws.signature)))
    throw malformed('The signature of the JWS is wrong.')
}

function part(jws: Readonly<Record<string, unknown>>, member: string): Buffer {
  const bytes = decodeBase64url(jws[member])
  if (!bytes) throw malformed(`The member ${member} of the JWS has to be base64url without padding.`)
  return bytes
}

function readHeader(bytes: Buffer): Pick<Jws, 'algorithm' | 'signedWith' | 'url' | 'nonce'> {
  const header = parseJsonObject(bytes, 'The protected header')
  // RFC 7515 §4.1.11: what is critical has to be understood, and this CA understands no extension.
  for (const member of ['crit', 'b64']) {
    if (Object.hasOwn(header, member)) throw malformed(`The protected header must not have ${member}.`)
  }
  const algorithm = ALGORITHMS.find((known) => known === header.alg)
  if (!algorithm) throw badAlgorithm('The alg of the protected header is not one of those that are accepted.')
  if (typeof header.url !== 'string') throw malformed('The protected header has to have a url.')
  const { nonce, jwk, kid } = header
  if ((jwk === undefined) === (kid === undefined)) throw malformed('The protected header has to have either jwk or kid.')
  if (kid !== undefined && typeof kid !== 'string') throw malformed('The kid has to be a string.')
  if (nonce !== undefined && !decodeBase64url(nonce)?.length) throw malformed('The nonce has to be base64url without padding.')
  return {
    algorithm,
    url: header.url,
    signedWith: typeof kid === 'string' ? { kid } : { jwk: readJwk(jwk) },
    ...(typeof nonce === 'string' && { nonce }),
  }
}

function badAlgorithm(detail: string): AcmeProblem {
  return new AcmeProblem('badSignatureAlgorithm', 400, detail, { algorithms: ALGORITHMS })
}
