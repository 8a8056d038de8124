import { type Answer, json } from './answer.ts'
import { type CaContext, newId, retryAfter } from './ca-context.ts'
import { malformed } from './payload.ts'
import { AcmeProblem } from './problem.ts'
import { moveAuthorization, settleAuthorization } from './progress.ts'
import type { Account, Authorization, Challenge } from './resources.ts'
import { type AccountRequest, isRead, readPayload } from './signed-request.ts'

/** What may be shown for a name. RFC 8555 §8.3: that a web server answers says nothing of all names below its own. */
const METHODS = { name: ['dns-01', 'http-01'], wildcard: ['dns-01'] } as const

const PENDING_LASTS_MS = 7 * 86_400_000

/** An authorization of `name`, which may begin with `*.`, to be proven. */
export function newAuthorization({ runtime }: CaContext, account: Account, name: string, now: Date): Authorization {
  const wildcard = name.startsWith('*.')
  return {
    id: newId(runtime.random),
    account,
    orderedName: name,
    name: wildcard ? name.slice(2) : name,
    wildcard,
    status: 'pending',
    expires: new Date(now.getTime() + PENDING_LASTS_MS),
    challenges: METHODS[wildcard ? 'wildcard' : 'name'].map((type) => ({
      id: newId(runtime.random),
      type,
      // RFC 8555 §8.3 asks for 128 bits at least.
      token: Buffer.from(runtime.random.bytes(32)).toString('base64url'),
      status: 'pending',
    })),
    orders: new Set(),
  }
}

/** Reads or deactivates an authorization (RFC 8555 §7.5, §7.5.2). */
export function authorization(context: CaContext, request: AccountRequest): Answer {
  const { ledger, runtime } = context
  const own = ownAuthorization(context, request, ledger.authorizations.get(request.id))
  if (!isRead(request)) {
    if (readPayload(request).status !== 'deactivated')
      throw malformed('The status of an authorization can only be set to deactivated.')
    if (!moveAuthorization(ledger, own, 'deactivated', runtime.clock.now()))
      throw malformed(`The authorization is ${own.status}: it cannot be deactivated.`)
  }
  const { status, expires, name, wildcard } = own
  return json(
    200,
    {
      identifier: { type: 'dns', value: name },
      status,
      expires: expires.toISOString(),
      challenges: shownChallenges(own).map((challenge) => describeChallenge(context, challenge)),
      ...(wildcard && { wildcard }),
    },
    { headers: { ...(status === 'pending' && retryAfter(context, 'authorization')) } },
  )
}

/**
 * The authorization of this request, as it is now.
 * @throws AcmeProblem when there is none, or it is another account's
 */
export function ownAuthorization(
  { ledger, runtime }: CaContext,
  { account }: AccountRequest,
  authorization: Authorization | undefined,
): Authorization {
  if (!authorization) throw malformed('There is no such authorization or challenge.', 404)
  if (authorization.account !== account)
    throw new AcmeProblem('unauthorized', 403, 'The authorization belongs to another account.')
  settleAuthorization(ledger, authorization, runtime.clock.now())
  return authorization
}

/** RFC 8555 §7.1.4: of an authorization that has been decided, what decided it. */
function shownChallenges({ status, challenges }: Authorization): readonly Challenge[] {
  return status === 'valid' || status === 'invalid' ? challenges.filter((challenge) => challenge.status === status) : challenges
}

/** The challenge as its account sees it (RFC 8555 §8). */
export function describeChallenge({ urls }: CaContext, { id, type, token, status, validated, error }: Challenge): object {
  return {
    type,
    url: urls.challenge(id),
    status,
    token,
    ...(validated && { validated: validated.toISOString() }),
    ...(error && { error }),
  }
}
