import { createPublicKey, type KeyObject } from 'node:crypto'
import { badRequest } from './bad-request.ts'

/** By OpenSSL's name of a curve: how long a SubjectPublicKeyInfo is with a named curve and the whole point (RFC 5480 §2). */
const SPKI_LENGTHS: ReadonlyMap<string | undefined, number> = new Map([
  ['prime256v1', 91],
  ['secp384r1', 120],
  ['secp521r1', 158],
])

const RSA_BITS = [2048, 3072, 4096]

/**
 * The public key of a request, once it is one that CAs sign.
 * @throws AcmeProblem `badCSR`
 */
export function readRequestKey(spki: Uint8Array): KeyObject {
  let key: KeyObject
  try {
    key = createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' })
  } catch {
    throw badRequest('holds a public key that cannot be read')
  }
  checkType(key, spki)
  // Two encodings of one key would pass for two keys where keys are compared by their bytes.
  if (!key.export({ type: 'spki', format: 'der' }).equals(spki)) throw badRequest('holds a public key in an unusual encoding')
  return key
}

function checkType(key: KeyObject, spki: Uint8Array): void {
  const { modulusLength = 0, publicExponent, namedCurve } = key.asymmetricKeyDetails ?? {}
  switch (key.asymmetricKeyType) {
    case 'rsa':
      if (!RSA_BITS.includes(modulusLength))
        throw badRequest(`holds an RSA key of ${modulusLength} bits, and this CA signs those of ${RSA_BITS.join(', ')}`)
      if (publicExponent !== 65537n) throw badRequest('holds an RSA key whose exponent is not 65537')
      return
    case 'ec': {
      const length = SPKI_LENGTHS.get(namedCurve)
      if (length === undefined) throw badRequest('holds a key on another curve than P-256, P-384 or P-521')
      if (spki.length !== length) throw badRequest('holds an EC key that is not a named curve and an uncompressed point')
      return
    }
    case 'ed25519':
      return
    default:
      throw badRequest(`holds a key of type ${key.asymmetricKeyType}, and this CA signs RSA, EC and Ed25519`)
  }
}
