import { createPublicKey, type KeyObject } from 'node:crypto'
import { badRequest } from './bad-request.ts'

/**
 * By OpenSSL's name of a curve: how a SubjectPublicKeyInfo begins with a named curve and, by the last byte, an uncompressed
 * point (RFC 5480 §2). The coordinates alone follow.
 */
const EC_BEGINNINGS: ReadonlyMap<string | undefined, string> = new Map([
  ['prime256v1', '3059301306072a8648ce3d020106082a8648ce3d03010703420004'],
  ['secp384r1', '3076301006072a8648ce3d020106052b8104002203620004'],
])

const RSA_BITS = [2048, 3072, 4096]

/**
 * The public key of a request, once it is one that Let's Encrypt signs. Two encodings of one key would pass for two keys
 * where keys are compared by their bytes, so that each key has one here.
 * @param spki one element of DER
 * @throws AcmeProblem `badCSR`
 */
export function readRequestKey(spki: Uint8Array): KeyObject {
  let key: KeyObject
  try {
    key = createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' })
  } catch {
    throw badRequest('holds a public key that cannot be read')
  }
  switch (key.asymmetricKeyType) {
    case 'rsa':
      checkRsa(key, spki)
      return key
    case 'ec':
      checkEc(key, spki)
      return key
    default:
      throw badRequest(`holds a key of type ${key.asymmetricKeyType}, and this CA signs RSA and EC`)
  }
}

function checkRsa(key: KeyObject, spki: Uint8Array): void {
  const { modulusLength = 0, publicExponent } = key.asymmetricKeyDetails ?? {}
  if (!RSA_BITS.includes(modulusLength))
    throw badRequest(`holds an RSA key of ${modulusLength} bits, and this CA signs those of ${RSA_BITS.join(', ')}`)
  if (publicExponent !== 65537n) throw badRequest('holds an RSA key whose exponent is not 65537')
  if (!key.export({ type: 'spki', format: 'der' }).equals(spki)) throw badRequest('holds a public key in an unusual encoding')
}

function checkEc(key: KeyObject, spki: Uint8Array): void {
  const beginning = EC_BEGINNINGS.get(key.asymmetricKeyDetails?.namedCurve)
  if (beginning === undefined) throw badRequest('holds a key on another curve than P-256 and P-384')
  if (!Buffer.from(spki).toString('hex').startsWith(beginning))
    throw badRequest('holds an EC key that is not a named curve and an uncompressed point')
}
