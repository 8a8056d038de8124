import { createHash, createPublicKey, type KeyObject, type webcrypto } from 'node:crypto'
import { decodeBase64url } from './base64url.ts'
import { AcmeProblem } from './problem.ts'

/** The algorithms whose signatures this CA takes (RFC 7518 §3.1, RFC 8037), as `algorithms` of a refusal lists them. */
export const ALGORITHMS = ['ES256', 'ES384', 'ES512', 'RS256', 'EdDSA'] as const

/** One of {@link ALGORITHMS}. */
export type Algorithm = (typeof ALGORITHMS)[number]

/** A public key, imported once, with the one algorithm that fits it. */
export interface SigningKey {
  readonly algorithm: Algorithm
  readonly key: KeyObject
  /** RFC 7638, SHA-256, in base64url: equal for equal keys only. */
  readonly thumbprint: string
}

/** Members that only private and symmetric keys have (RFC 7518 §6.2.2, §6.3.2, §6.4.1). */
const SECRET_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k']

const CURVES: Readonly<Record<string, { algorithm: Algorithm; octets: number }>> = {
  'P-256': { algorithm: 'ES256', octets: 32 },
  'P-384': { algorithm: 'ES384', octets: 48 },
  'P-521': { algorithm: 'ES512', octets: 66 },
}

/** 65537 and nothing else, as public CAs have it. */
const RSA_EXPONENT = 'AQAB'
const RSA_BITS = { least: 2048, most: 4096 }

/**
 * Reads the public key of an account or a certificate (RFC 7517).
 * @throws AcmeProblem `badPublicKey` when it is weak, private or none
 */
export function readJwk(value: unknown): SigningKey {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw bad('The jwk is not a JSON object.')
  const jwk = value as Readonly<Record<string, unknown>>
  const secret = SECRET_MEMBERS.find((member) => Object.hasOwn(jwk, member))
  if (secret !== undefined) throw bad(`The jwk has the member ${secret} of a private or symmetric key; never send those.`)
  const [algorithm, members] = readMembers(jwk)
  if (jwk.alg !== undefined && jwk.alg !== algorithm) throw bad(`The jwk says another alg than ${algorithm}, which fits its key.`)
  return {
    algorithm,
    key: importKey(members),
    // RFC 7638 §3.2: the required members in the order of their names, without white space.
    thumbprint: createHash('sha256').update(JSON.stringify(members)).digest('base64url'),
  }
}

function readMembers(jwk: Readonly<Record<string, unknown>>): [Algorithm, webcrypto.JsonWebKey] {
  switch (jwk.kty) {
    case 'EC': {
      const curve = typeof jwk.crv === 'string' && Object.hasOwn(CURVES, jwk.crv) ? CURVES[jwk.crv] : undefined
      if (!curve) throw bad(`An EC key has to be on one of the curves ${Object.keys(CURVES).join(', ')}.`)
      const [x, y] = [octets(jwk, 'x', curve.octets), octets(jwk, 'y', curve.octets)]
      return [curve.algorithm, { crv: String(jwk.crv), kty: 'EC', x, y }]
    }
    case 'OKP':
      if (jwk.crv !== 'Ed25519') throw bad('An OKP key has to be an Ed25519 key.')
      return ['EdDSA', { crv: 'Ed25519', kty: 'OKP', x: octets(jwk, 'x', 32) }]
    case 'RSA': {
      if (jwk.e !== RSA_EXPONENT) throw bad('An RSA key has to have the exponent 65537 (AQAB).')
      return ['RS256', { e: RSA_EXPONENT, kty: 'RSA', n: modulus(jwk.n) }]
    }
    default:
      throw bad('The kty of the jwk has to be EC, OKP or RSA.')
  }
}

/** RFC 7518 §6.2.1.2: coordinates have the length of the field, leading zeros among them. */
function octets(jwk: Readonly<Record<string, unknown>>, member: string, length: number): string {
  const bytes = decodeBase64url(jwk[member])
  if (bytes?.length !== length) throw bad(`The member ${member} of the jwk has to be ${length} bytes in base64url.`)
  return bytes.toString('base64url')
}

function modulus(value: unknown): string {
  const bytes = decodeBase64url(value)
  const [first = 0] = bytes ?? []
  // RFC 7518 §6.3.1.1: without leading zeros.
  if (!bytes || first === 0) throw bad('The modulus n of the jwk has to be base64url without leading zero bytes.')
  const bits = bytes.length * 8 - (Math.clz32(first) - 24)
  if (bits < RSA_BITS.least || bits > RSA_BITS.most)
    throw bad(`The RSA key has ${bits} bits; it has to have ${RSA_BITS.least} to ${RSA_BITS.most}.`)
  if ((bytes.at(-1) ?? 0) % 2 === 0) throw bad('The modulus n of the jwk is even.')
  return bytes.toString('base64url')
}

function importKey(members: webcrypto.JsonWebKey): KeyObject {
  try {
    return createPublicKey({ key: members, format: 'jwk' })
  } catch {
    throw bad('The jwk is no key: its values do not fit together.')
  }
}

function bad(detail: string): AcmeProblem {
  return new AcmeProblem('badPublicKey', 400, detail)
}
