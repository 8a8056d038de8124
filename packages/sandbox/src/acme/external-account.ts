import { createHmac, timingSafeEqual } from 'node:crypto'
import { decodeBase64url } from './base64url.ts'
import type { CaContext } from './ca-context.ts'
import { isObject } from './expectation.ts'
import { readJwk } from './jwk.ts'
import { malformed, parseJsonObject } from './payload.ts'
import { AcmeProblem } from './problem.ts'
import type { ExternalAccountKey } from './settings.ts'
import type { KeyRequest } from './signed-request.ts'

/** RFC 7518 §3.2, and what Node calls the hash. */
const HASHES: ReadonlyMap<unknown, string> = new Map([
  ['HS256', 'sha256'],
  ['HS384', 'sha384'],
  ['HS512', 'sha512'],
])

/**
 * Checks the external account binding of a new account (RFC 8555 §7.3.4): a JWS inside of the request, whose MAC shows that the
 * account's key was meant to be bound.
 * @returns the key that binds it; undefined when there is no binding, and need not be
 * @throws AcmeProblem `externalAccountRequired`, `malformed`, `unauthorized`
 */
export function readBinding(context: CaContext, request: KeyRequest, binding: unknown): ExternalAccountKey | undefined {
  const { required = false, keys = [] } = context.settings.externalAccount
  if (binding === undefined) {
    if (!required) return undefined
    throw new AcmeProblem('externalAccountRequired', 403, 'This CA has accounts only for those who have one elsewhere with it.')
  }
  if (!isObject(binding) || Array.isArray(binding)) throw malformed('The externalAccountBinding has to be a JWS.')
  const jws = binding as Readonly<Record<string, unknown>>
  const [header, payload, mac] = ['protected', 'payload', 'signature'].map((member) => {
    const bytes = decodeBase64url(jws[member])
    if (!bytes) throw malformed(`The member ${member} of the externalAccountBinding has to be base64url without padding.`)
    return bytes
  }) as [Buffer, Buffer, Buffer]
  const { hash, kid } = readHeader(header, request.url)
  const key = keys.find((known) => known.kid === kid)
  if (!key) throw unauthorized('The kid of the externalAccountBinding is not one of this CA.')
  const expected = createHmac(hash, Buffer.from(key.hmacKey, 'base64url')).update(`${jws.protected}.${jws.payload}`).digest()
  if (mac.length !== expected.length || !timingSafeEqual(mac, expected))
    throw unauthorized('The MAC of the externalAccountBinding is wrong.')
  if (readJwk(parseJsonObject(payload, 'The payload of the externalAccountBinding')).thumbprint !== request.key.thumbprint)
    throw malformed('The payload of the externalAccountBinding is not the key that signs the request.')
  if (!key.reusable && context.boundKids.has(kid))
    throw unauthorized('The kid of the externalAccountBinding is bound to another account.')
  return key
}

function readHeader(bytes: Buffer, url: string): { hash: string; kid: string } {
  const header = parseJsonObject(bytes, 'The protected header of the externalAccountBinding')
  const hash = HASHES.get(header.alg)
  if (hash === undefined)
    throw malformed(`The alg of the externalAccountBinding has to be one of ${[...HASHES.keys()].join(', ')}.`)
  if (typeof header.kid !== 'string' || Object.hasOwn(header, 'jwk'))
    throw malformed('The externalAccountBinding has to have a kid, and no jwk.')
  if (Object.hasOwn(header, 'nonce')) throw malformed('The externalAccountBinding must not have a nonce.')
  for (const member of ['crit', 'b64']) {
    if (Object.hasOwn(header, member)) throw malformed(`The externalAccountBinding must not have ${member}.`)
  }
  if (header.url !== url) throw malformed('The externalAccountBinding has another url than the request.')
  return { hash, kid: header.kid }
}

function unauthorized(detail: string): AcmeProblem {
  return new AcmeProblem('unauthorized', 403, detail)
}
