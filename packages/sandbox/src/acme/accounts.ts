import { type Answer, json } from './answer.ts'
import { type CaContext, newId } from './ca-context.ts'
import { readContact } from './contacts.ts'
import { readBinding } from './external-account.ts'
import { countNewAccount } from './order-limits.ts'
import { malformed } from './payload.ts'
import { AcmeProblem } from './problem.ts'
import { moveAuthorization, settleOrder } from './progress.ts'
import { requireRoomForAccount } from './rate-limits.ts'
import type { Account } from './resources.ts'
import { type AccountRequest, isRead, type KeyRequest, readPayload, requireRead } from './signed-request.ts'

const ORDERS_PER_PAGE = 50

/** RFC 8555 §7.3: a new account, or the one that has this key already. */
export function newAccount(context: CaContext, request: KeyRequest): Answer {
  const { ledger, urls, runtime } = context
  const payload = readPayload(request)
  const known = ledger.accountsByKey.get(request.key.thumbprint)
  if (known) {
    if (known.status !== 'valid') throw new AcmeProblem('unauthorized', 401, 'The account of this key has been deactivated.')
    return accountAnswer(context, known, 200)
  }
  for (const member of ['onlyReturnExisting', 'termsOfServiceAgreed']) {
    if (payload[member] !== undefined && typeof payload[member] !== 'boolean')
      throw malformed(`${member} has to be true or false.`)
  }
  if (payload.onlyReturnExisting === true) throw new AcmeProblem('accountDoesNotExist', 400, 'No account has this key.')
  if (payload.termsOfServiceAgreed !== true)
    throw new AcmeProblem('userActionRequired', 403, `The terms of service have to be agreed to: ${urls.terms}`, {
      headers: { link: `<${urls.terms}>;rel="terms-of-service"` },
    })
  const binding = readBinding(context, request, payload.externalAccountBinding)
  const contact = payload.contact === undefined ? [] : readContact(payload.contact)
  requireRoomForAccount(context)
  countNewAccount(context)
  const id = newId(runtime.random)
  const account: Account = {
    id,
    url: urls.account(id),
    key: request.key,
    status: 'valid',
    contact,
    orders: new Set(),
    proofs: new Map(),
  }
  ledger.addAccount(account)
  if (binding) context.boundKids.add(binding.kid)
  return accountAnswer(context, account, 201)
}

/** The account as its owner sees it. */
export function accountAnswer({ urls }: CaContext, { id, url, status, contact }: Account, http: number): Answer {
  const body = { status, contact, termsOfServiceAgreed: true, orders: urls.orders(id) }
  return json(http, body, { headers: { location: url } })
}

/** Reads, changes (RFC 8555 §7.3.2) or deactivates (§7.3.6) an account. */
export function account(context: CaContext, request: AccountRequest): Answer {
  const own = ownAccount(context, request)
  if (isRead(request)) return accountAnswer(context, own, 200)
  const payload = readPayload(request)
  // Other members and other states are ignored, as §7.3.2 asks for.
  if (payload.contact !== undefined) own.contact = readContact(payload.contact)
  if (payload.status === 'deactivated') deactivate(context, own)
  return accountAnswer(context, own, 200)
}

/** RFC 8555 §7.1.2.1: a page of the account's orders. */
export function orders(context: CaContext, request: AccountRequest): Answer {
  requireRead(request)
  const own = ownAccount(context, request)
  const after = Number(request.query.get('after') ?? 0)
  if (!Number.isSafeInteger(after) || after < 0) throw malformed('The query of the URL is not one that this CA gave.')
  const now = context.runtime.clock.now()
  for (const order of [...own.orders]) settleOrder(context.ledger, order, now)
  const left = [...own.orders].filter(({ number, status }) => number > after && status !== 'invalid')
  const page = left.slice(0, ORDERS_PER_PAGE)
  const next = left.length > page.length ? `${context.urls.orders(own.id)}?after=${page.at(-1)?.number}` : undefined
  return json(
    200,
    { orders: page.map(({ id }) => context.urls.order(id)) },
    next === undefined ? {} : { links: [`<${next}>;rel="next"`] },
  )
}

function ownAccount({ ledger }: CaContext, { id, account }: AccountRequest): Account {
  const asked = ledger.accounts.get(id)
  if (!asked) throw malformed('There is no such account.', 404)
  if (asked !== account) throw new AcmeProblem('unauthorized', 403, 'The request is signed by another account.')
  return account
}

/** What the account has under way ends with it. */
function deactivate({ ledger, runtime }: CaContext, account: Account): void {
  account.status = 'deactivated'
  const now = runtime.clock.now()
  for (const { authorizations } of [...account.orders]) {
    for (const authorization of authorizations) moveAuthorization(ledger, authorization, 'deactivated', now)
  }
}
