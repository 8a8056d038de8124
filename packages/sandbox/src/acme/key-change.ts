import { accountAnswer } from './accounts.ts'
import type { Answer } from './answer.ts'
import type { CaContext } from './ca-context.ts'
import { readJwk } from './jwk.ts'
import { readJws, verifySignature } from './jws.ts'
import { malformed, parseJsonObject } from './payload.ts'
import { AcmeProblem } from './problem.ts'
import type { AccountRequest } from './signed-request.ts'

/** RFC 8555 §7.3.5: the old key signs the outer JWS, the new key the inner one. */
export async function keyChange(context: CaContext, request: AccountRequest): Promise<Answer> {
  const { ledger } = context
  const { account } = request
  const inner = readJws(request.payload)
  if (!('jwk' in inner.signedWith)) throw malformed('The inner JWS has to have the jwk of the new key.')
  if (inner.nonce !== undefined) throw malformed('The inner JWS must not have a nonce.')
  const { jwk: next } = inner.signedWith
  await verifySignature(inner, next)
  // Other requests may have been served while the signature was looked at.
  if (account.status !== 'valid') throw new AcmeProblem('unauthorized', 401, 'The account has been deactivated.')
  if (inner.url !== request.url) throw malformed('The inner JWS has another url than the outer one.')
  const payload = parseJsonObject(inner.payload, 'The payload of the inner JWS')
  if (payload.account !== account.url) throw malformed('The account of the inner JWS is not the one that signs the outer one.')
  if (readJwk(payload.oldKey).thumbprint !== account.key.thumbprint) throw malformed('The oldKey is not the key of the account.')
  const owner = ledger.accountsByKey.get(next.thumbprint)
  if (owner) throw new AcmeProblem('malformed', 409, 'An account has the new key already.', { headers: { location: owner.url } })
  ledger.accountsByKey.delete(account.key.thumbprint)
  account.key = next
  ledger.accountsByKey.set(next.thumbprint, account)
  return accountAnswer(context, account, 200)
}
