import { createHash } from 'node:crypto'
import { type Answer, json } from './answer.ts'
import { describeChallenge, ownAuthorization } from './authorizations.ts'
import { type CaContext, retryAfter } from './ca-context.ts'
import { malformed } from './payload.ts'
import { asProblem } from './problem.ts'
import { moveAuthorization, moveChallenge } from './progress.ts'
import type { Authorization } from './resources.ts'
import { type AccountRequest, isRead, readPayload } from './signed-request.ts'
import type { Dns01Claim } from './validation.ts'

/** Reads a challenge, or responds to it: the proof is then looked for in the background (RFC 8555 §7.5.1). */
export function challenge(context: CaContext, request: AccountRequest): Answer {
  const own = ownAuthorization(context, request, context.ledger.challenges.get(request.id))
  if (!isRead(request)) {
    // An object without members that mean anything in dns-01 (§8.4); a second response changes nothing.
    readPayload(request)
    if (own.status === 'expired' || own.status === 'deactivated') throw malformed(`The authorization is ${own.status}.`)
    if (moveChallenge(own, 'responded')) context.inBackground(validate(context, own, claimOf(own)))
  }
  const isOpen = own.challenge.status === 'pending' || own.challenge.status === 'processing'
  return json(200, describeChallenge(context, own.challenge), {
    headers: { ...(isOpen && retryAfter(context, 'authorization')) },
    links: [`<${context.urls.authorization(own.id)}>;rel="up"`],
  })
}

/** RFC 8555 §8.1, §8.4: with the key that the account has when it responds. */
function claimOf({ account, challenge, name, wildcard }: Authorization): Dns01Claim {
  const digest = createHash('sha256').update(`${challenge.token}.${account.key.thumbprint}`).digest('base64url')
  return { name, wildcard, digest, accountUrl: account.url }
}

async function validate(context: CaContext, authorization: Authorization, claim: Dns01Claim): Promise<void> {
  const { ledger, runtime, stopping, validation } = context
  const { challenge } = authorization
  try {
    await validation.caa(claim, stopping)
    await validation.dns01(claim, stopping)
  } catch (thrown) {
    challenge.error = asProblem(thrown, 'The validation failed for a reason of its own.').document
    moveChallenge(authorization, 'failed')
    moveAuthorization(ledger, authorization, 'failed', runtime.clock.now())
    return
  }
  const now = runtime.clock.now()
  challenge.validated = now
  moveChallenge(authorization, 'proven')
  moveAuthorization(ledger, authorization, 'proven', now)
}
