import { createHash } from 'node:crypto'
import { type Answer, json } from './answer.ts'
import { describeChallenge, ownAuthorization } from './authorizations.ts'
import { type CaContext, retryAfter } from './ca-context.ts'
import { countFailedValidation } from './order-limits.ts'
import { malformed } from './payload.ts'
import { asProblem } from './problem.ts'
import { moveAuthorization, moveChallenge } from './progress.ts'
import type { Authorization, Challenge } from './resources.ts'
import { type AccountRequest, isRead, readPayload } from './signed-request.ts'

/** Reads a challenge, or responds to it: the proof is then looked for in the background (RFC 8555 §7.5.1). */
export function challenge(context: CaContext, request: AccountRequest): Answer {
  const authorization = ownAuthorization(context, request, context.ledger.challenges.get(request.id))
  const own = authorization.challenges.find(({ id }) => id === request.id)
  if (!own) throw malformed('There is no such challenge.', 404)
  if (!isRead(request)) {
    // An object without members that mean anything in dns-01 and http-01 (§8.3, §8.4); a second response changes nothing.
    readPayload(request)
    const { status } = authorization
    if (status === 'expired' || status === 'deactivated') throw malformed(`The authorization is ${status}.`)
    // What has been decided is not decided again by another challenge.
    if (status === 'pending' && moveChallenge(own, 'responded'))
      context.inBackground(validate(context, authorization, own, proofFor(context, authorization, own)))
  }
  const isOpen = own.status === 'pending' || own.status === 'processing'
  return json(200, describeChallenge(context, own), {
    headers: { ...(isOpen && retryAfter(context, 'authorization')) },
    links: [`<${context.urls.authorization(authorization.id)}>;rel="up"`],
  })
}

/** What has to hold for a challenge: with the key that the account has when it responds (RFC 8555 §8.1). */
function proofFor(
  { settings, validation, stopping }: CaContext,
  { account, name, wildcard }: Authorization,
  { token, type }: Challenge,
): () => Promise<void> {
  const keyAuthorization = `${token}.${account.key.thumbprint}`
  const claim = { name, wildcard, accountUrl: account.url, method: type }
  const { httpPort: http, httpsPort: https } = settings
  return async () => {
    await validation.caa(claim, stopping)
    if (type === 'http-01') {
      await validation.http01({ ...claim, token, keyAuthorization, ports: { http, https } }, stopping)
      return
    }
    const digest = createHash('sha256').update(keyAuthorization).digest('base64url')
    await validation.dns01({ ...claim, digest }, stopping)
  }
}

async function validate(
  context: CaContext,
  authorization: Authorization,
  challenge: Challenge,
  prove: () => Promise<void>,
): Promise<void> {
  const { ledger, runtime } = context
  try {
    await prove()
  } catch (thrown) {
    challenge.error = asProblem(thrown, 'The validation failed for a reason of its own.').document
    const now = runtime.clock.now()
    moveChallenge(challenge, 'failed')
    if (moveAuthorization(ledger, authorization, 'failed', now)) countFailedValidation(context, authorization, now)
    return
  }
  const now = runtime.clock.now()
  challenge.validated = now
  moveChallenge(challenge, 'proven')
  moveAuthorization(ledger, authorization, 'proven', now)
}
