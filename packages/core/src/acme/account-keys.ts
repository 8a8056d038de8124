import { createPrivateKey, type KeyObject, type webcrypto } from 'node:crypto'
import { DomainctlError } from '../errors.ts'

/** By OpenSSL's names: the curves of ES256, ES384 and ES512 (RFC 7518 §3.4). */
const CURVES: Readonly<Record<string, string>> = { prime256v1: 'ec256', secp384r1: 'ec384', secp521r1: 'ec521' }

/** CAs take none that is shorter (Baseline Requirements §6.1.5). */
const SHORTEST_RSA = 2048

/** CertificateCrypto.readAccountKey */
export function readAccountKey(text: string): { key: string; type: string } {
  const key = parse(text.trim())
  return { key: key.export({ type: 'pkcs8', format: 'pem' }).toString(), type: typeOf(key) }
}

function parse(text: string): KeyObject {
  try {
    if (!text.startsWith('{')) return createPrivateKey(text)
    return createPrivateKey({ key: JSON.parse(text) as webcrypto.JsonWebKey, format: 'jwk' })
  } catch (cause) {
    // What a parser says of a text may have a piece of it.
    const why = cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? ` (${cause.code})` : ''
    throw new DomainctlError('USAGE', `The key of the account cannot be read${why}.`, {
      hint: 'Give a private key without a password, in PEM (BEGIN PRIVATE KEY) or as a JWK, such as the private_key.json of certbot.',
    })
  }
}

function typeOf({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): string {
  const { namedCurve = '', modulusLength = 0 } = asymmetricKeyDetails ?? {}
  const curve = asymmetricKeyType === 'ec' ? CURVES[namedCurve] : undefined
  if (curve !== undefined) return curve
  if (asymmetricKeyType === 'rsa' && modulusLength >= SHORTEST_RSA) return `rsa${modulusLength}`
  const found = `${asymmetricKeyType ?? 'unknown'} ${namedCurve || modulusLength || ''}`.trim()
  throw new DomainctlError('USAGE', `A key of this type signs no requests of an account: ${found}.`, {
    hint: 'Accounts have RSA keys of 2048 bits or more, or EC keys on P-256, P-384 or P-521.',
  })
}
