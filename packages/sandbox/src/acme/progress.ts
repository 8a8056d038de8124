import type { Ledger } from './ledger.ts'
import {
  type AuthorizationEvent,
  type ChallengeEvent,
  nextAuthorizationStatus,
  nextChallengeStatus,
  nextOrderStatus,
  type OrderEvent,
} from './order-machine.ts'
import type { ProblemDocument } from './problem.ts'
import type { Authorization, Challenge, Order } from './resources.ts'

/** RFC 8555 leaves it to the CA; Let's Encrypt's are as long. */
const PROOF_LASTS_MS = 30 * 86_400_000

/** Takes an order one step on; false when it is in no state for that. */
export function moveOrder(ledger: Ledger, order: Order, event: OrderEvent, error?: ProblemDocument): boolean {
  const next = nextOrderStatus(order.status, event)
  if (!next) return false
  order.status = next
  if (error) order.error = error
  if (next === 'valid' || next === 'invalid') ledger.finish(order)
  return true
}

/** Takes an authorization one step on, and its orders with it; false when it is in no state for that. */
export function moveAuthorization(ledger: Ledger, authorization: Authorization, event: AuthorizationEvent, now: Date): boolean {
  const next = nextAuthorizationStatus(authorization.status, event)
  if (!next) return false
  authorization.status = next
  const { account, orderedName } = authorization
  if (next === 'valid') {
    authorization.expires = new Date(now.getTime() + PROOF_LASTS_MS)
    // It may have been forgotten together with an order that failed for another name.
    if (ledger.authorizations.has(authorization.id)) account.proofs.set(orderedName, authorization)
  } else if (account.proofs.get(orderedName) === authorization) account.proofs.delete(orderedName)
  for (const order of [...authorization.orders]) settleOrder(ledger, order, now)
  return true
}

/** Takes a challenge one step on; false when it is in no state for that. */
export function moveChallenge(challenge: Challenge, event: ChallengeEvent): boolean {
  const next = nextChallengeStatus(challenge.status, event)
  if (!next) return false
  challenge.status = next
  return true
}

/** Nobody watches the time: an authorization has expired when somebody looks at it. */
export function settleAuthorization(ledger: Ledger, authorization: Authorization, now: Date): void {
  if (now >= authorization.expires) moveAuthorization(ledger, authorization, 'expired', now)
}

/** Brings an order to where its authorizations and the time have taken it (RFC 8555 §7.1.6). */
export function settleOrder(ledger: Ledger, order: Order, now: Date): void {
  if (order.status !== 'pending' && order.status !== 'ready') return
  // Its authorizations last as long at least: of an order that has not expired, none has.
  if (now >= order.expires) return void moveOrder(ledger, order, 'expired', problem('malformed', 400, 'The order has expired.'))
  const lost = order.authorizations.find(({ status }) => status !== 'pending' && status !== 'valid')
  if (lost) moveOrder(ledger, order, 'failed', errorOf(lost) ?? lostProof(lost))
  else if (order.authorizations.every(({ status }) => status === 'valid')) moveOrder(ledger, order, 'proven')
}

function errorOf({ challenges }: Authorization): ProblemDocument | undefined {
  return challenges.find(({ error }) => error)?.error
}

function lostProof({ orderedName, status }: Authorization): ProblemDocument {
  return problem('unauthorized', 403, `The authorization of ${orderedName} is ${status}.`)
}

function problem(type: 'malformed' | 'unauthorized', status: number, detail: string): ProblemDocument {
  return { type: `urn:ietf:params:acme:error:${type}`, detail, status }
}
