import type { CaContext } from './ca-context.ts'
import type { SigningKey } from './jwk.ts'
import { type Jws, readJws, verifySignature } from './jws.ts'
import { malformed, parseJsonObject } from './payload.ts'
import { AcmeProblem } from './problem.ts'
import type { Account } from './resources.ts'

/** Who signed a request: an account by its URL, or a key that shows itself. */
export type Signer = { readonly account: Account } | { readonly key: SigningKey }

/** A POST whose signature, nonce and URL hold (RFC 8555 §6.2 to §6.5). */
export interface SignedRequest {
  readonly url: string
  /** The id in its path; empty where there is none. */
  readonly id: string
  /** The query of its URL. */
  readonly query: URLSearchParams
  readonly payload: Buffer
  readonly signer: Signer
}

/** One that an account signed. */
export type AccountRequest = SignedRequest & { readonly account: Account }

/** One that a key signed. */
export type KeyRequest = SignedRequest & { readonly key: SigningKey }

/**
 * Checks who sent a request, and that it is for this URL and sent once.
 * @throws AcmeProblem
 */
export async function authenticate(context: CaContext, body: Buffer, url: string): Promise<{ signer: Signer; payload: Buffer }> {
  const jws = readJws(body)
  const signer = findSigner(context, jws)
  const key = keyOf(signer)
  await verifySignature(jws, key)
  // A key change may have come to its end while this signature was looked at.
  if (keyOf(signer) !== key) throw malformed('The account has another key by now.')
  // Only now: whoever cannot sign must not use up the nonces of others.
  useNonce(context, jws.nonce)
  // RFC 8555 §6.4: or the signature of one request would serve for another.
  if (jws.url !== url)
    throw new AcmeProblem('unauthorized', 401, 'The url of the protected header is not the URL of the request.')
  if ('account' in signer && signer.account.status !== 'valid')
    throw new AcmeProblem('unauthorized', 401, 'The account has been deactivated.')
  return { signer, payload: jws.payload }
}

/** The payload of a request that changes something. @throws AcmeProblem `malformed` */
export function readPayload({ payload }: SignedRequest): Readonly<Record<string, unknown>> {
  return parseJsonObject(payload, 'The payload')
}

/** RFC 8555 §6.3: POST-as-GET has no payload at all. */
export function isRead({ payload }: SignedRequest): boolean {
  return payload.length === 0
}

/** @throws AcmeProblem `malformed` when a request for something that can only be read says anything */
export function requireRead(request: SignedRequest): void {
  if (!isRead(request)) throw malformed('This resource can only be read: the payload has to be empty (POST-as-GET).')
}

function keyOf(signer: Signer): SigningKey {
  return 'account' in signer ? signer.account.key : signer.key
}

function findSigner({ ledger, urls }: CaContext, { signedWith }: Jws): Signer {
  if ('jwk' in signedWith) return { key: signedWith.jwk }
  const prefix = urls.account('')
  const account = signedWith.kid.startsWith(prefix) ? ledger.accounts.get(signedWith.kid.slice(prefix.length)) : undefined
  if (!account) throw new AcmeProblem('accountDoesNotExist', 400, 'The kid is not the URL of an account of this CA.')
  return { account }
}

function useNonce({ nonces, settings, runtime }: CaContext, nonce: string | undefined): void {
  if (nonce === undefined) throw new AcmeProblem('badNonce', 400, 'The protected header has no nonce.')
  if (!nonces.use(nonce)) throw new AcmeProblem('badNonce', 400, 'The nonce is not one of this CA, or has been used.')
  if (settings.nonceReject > 0 && share(runtime.random.bytes(4)) < settings.nonceReject)
    throw new AcmeProblem('badNonce', 400, 'The nonce is refused, as the settings of this CA ask for.')
}

/** A number from 0 to below 1. */
function share(bytes: Uint8Array): number {
  return bytes.reduce((number, byte) => number * 256 + byte, 0) / 2 ** 32
}
