import { type Answer, json } from './answer.ts'
import { newAuthorization } from './authorizations.ts'
import { type CaContext, newId, retryAfter } from './ca-context.ts'
import { readIdentifiers } from './identifiers.ts'
import { countNewOrder } from './order-limits.ts'
import { malformed } from './payload.ts'
import { readPeriod } from './period.ts'
import { AcmeProblem } from './problem.ts'
import { readProfile } from './profiles.ts'
import { moveOrder, settleAuthorization, settleOrder } from './progress.ts'
import { requireRoomForOrder } from './rate-limits.ts'
import { isAdvisedNow } from './renewal-info.ts'
import { readReplaced } from './replacement.ts'
import type { Account, Authorization, Order } from './resources.ts'
import { type AccountRequest, readPayload, requireRead } from './signed-request.ts'

const ORDER_LASTS_MS = 7 * 86_400_000

/** Takes an order (RFC 8555 §7.4). */
export function newOrder(context: CaContext, request: AccountRequest): Answer {
  const { ledger, runtime, settings, urls } = context
  const payload = readPayload(request)
  const profile = readProfile(settings, payload.profile)
  const names = readIdentifiers(payload.identifiers, profile?.maxNames)
  const now = runtime.clock.now()
  const period = readPeriod(payload, { now, lifetimeSeconds: profile?.lifetimeSeconds ?? settings.lifetimeSeconds })
  const { account } = request
  const replaced = readReplaced(context, payload.replaces, { account, names, now })
  requireRoomForOrder(context, account, names.length, now)
  countNewOrder(context, { account, names, isExempt: replaced !== undefined && isAdvisedNow(replaced, now) }, now)
  const authorizations = names.map(
    (name) => reusable(context, account, name, now) ?? newAuthorization(context, account, name, now),
  )
  const order: Order = {
    id: newId(runtime.random),
    number: ledger.nextOrderNumber(),
    account,
    status: 'pending',
    expires: endOf(authorizations, period.notAfter, now),
    names,
    ...period,
    ...(profile && { profile: profile.name }),
    ...(replaced && { replaces: replaced.renewalId }),
    authorizations,
    looks: 0,
  }
  ledger.addOrder(order)
  if (replaced) replaced.replacedBy = order
  settleOrder(ledger, order, now)
  return json(201, describeOrder(context, order), { headers: { location: urls.order(order.id) } })
}

/** Looks at an order: each look at one that waits for its certificate takes it closer. */
export function order(context: CaContext, request: AccountRequest): Answer {
  requireRead(request)
  const own = ownOrder(context, request)
  if (own.status === 'processing' && own.certificate) {
    own.looks += 1
    if (own.looks > context.settings.processingLooks) moveOrder(context.ledger, own, 'issued')
  }
  return orderAnswer(context, own)
}

/**
 * The order of this request, as it is now.
 * @throws AcmeProblem when there is none, or it is another account's
 */
export function ownOrder({ ledger, runtime }: CaContext, { id, account }: AccountRequest): Order {
  const order = ledger.orders.get(id)
  if (!order) throw malformed('There is no such order.', 404)
  if (order.account !== account) throw new AcmeProblem('unauthorized', 403, 'The order belongs to another account.')
  settleOrder(ledger, order, runtime.clock.now())
  return order
}

/** The order as its account sees it. */
export function orderAnswer(context: CaContext, order: Order): Answer {
  const headers = { location: context.urls.order(order.id), ...(order.status === 'processing' && retryAfter(context, 'order')) }
  return json(200, describeOrder(context, order), { headers })
}

function describeOrder({ urls }: CaContext, order: Order): object {
  const { id, status, expires, names, notBefore, notAfter, authorizations, error, certificate, profile, replaces } = order
  return {
    status,
    expires: expires.toISOString(),
    identifiers: names.map((value) => ({ type: 'dns', value })),
    ...(notBefore && { notBefore: notBefore.toISOString() }),
    ...(notAfter && { notAfter: notAfter.toISOString() }),
    ...(profile !== undefined && { profile }),
    ...(replaces !== undefined && { replaces }),
    ...(error && { error }),
    authorizations: authorizations.map((authorization) => urls.authorization(authorization.id)),
    finalize: urls.finalize(id),
    ...(status === 'valid' && certificate && { certificate: urls.certificate(certificate.id) }),
  }
}

/** No order outlives one of its authorizations, which an older order may have brought along, or its own certificate. */
function endOf(authorizations: readonly Authorization[], notAfter: Date | undefined, now: Date): Date {
  const ends = authorizations.map(({ expires }) => expires.getTime())
  return new Date(Math.min(now.getTime() + ORDER_LASTS_MS, notAfter?.getTime() ?? Number.POSITIVE_INFINITY, ...ends))
}

function reusable({ ledger, settings }: CaContext, account: Account, name: string, now: Date): Authorization | undefined {
  if (!settings.reuseAuthorizations) return undefined
  const proof = account.proofs.get(name)
  if (proof) settleAuthorization(ledger, proof, now)
  return proof?.status === 'valid' ? proof : undefined
}
