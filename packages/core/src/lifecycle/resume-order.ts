import type { IssuerOrder, Problem } from '../contracts/issuer.ts'
import { inParallel } from '../domain/in-parallel.ts'
import type { Domain, Order, OrderState } from '../domain/model.ts'
import { DomainctlError } from '../errors.ts'
import { failedValidations } from './counted-order.ts'
import { endOrder, type Fulfilment, problemOf, saveOrder, WIDTH } from './fulfilment.ts'
import { changeKey, standingOfKey } from './order-key.ts'

/** How many of the account's newest orders that nobody knows are looked at to find one whose answer was lost. */
const LOOK_BACK = 32

/**
 * Brings an order of an earlier run in line with what the CA knows of it. False: it leads nowhere any more and was
 * ended; a new one is needed.
 */
export async function resumeOrder(f: Fulfilment): Promise<boolean> {
  const { step, issuer, account, order } = f
  const { url } = order
  const wanted = step.domain.names.map(({ name }) => name)
  if (order.ca !== issuer.ca || !sameNames(order.names, wanted)) return ended(f, 'the domain was changed since')
  // Where all is proven, how it was is of no matter any more.
  if (order.state !== 'finalizing' && isOtherChallenge(order, step.domain)) return ended(f, 'another challenge was chosen since')
  const key = await standingOfKey(f)
  if (key === 'ended') return ended(f, 'a certificate for another key is wanted since')
  if (key === 'other') await changeKey(f)
  if (url === undefined) return true
  const hasExpired = order.expires !== undefined && order.expires <= step.services.runtime.clock.now()
  // One that was finalized has its certificate, which the CA gives out for longer than it would have waited for the proofs.
  if (hasExpired && order.state !== 'finalizing') return ended(f, 'it has expired')
  step.report('continuing the open order')
  try {
    f.atCa = await issuer.getOrder(account, url, step)
  } catch (error) {
    const problem = problemOf(error)
    if (problem && isUnknown(problem, f.accountRenewed)) return ended(f, `the CA does not know it: ${problem.detail}`)
    throw error
  }
  if (hasExpired && f.atCa.status !== 'valid') return ended(f, 'it has expired')
  if (f.atCa.status === 'invalid') {
    const { authorizations } = f.atCa
    const looked = await inParallel(authorizations, WIDTH, (one) => readable(issuer.getAuthorization(account, one, step)))
    f.invalid = failedValidations(looked.filter((one) => one !== null))
    return ended(f, f.atCa.error?.detail ?? 'it is invalid at the CA')
  }
  const state = stateAt(f.atCa, f)
  if (state !== order.state) await saveOrder(f, { state })
  return true
}

/**
 * A CA forgets orders, and Pebble everything when it restarts. One that seems to have forgotten the account is first told of it
 * again, by the same key: it may be one of its machines that lags, and the order is there yet.
 */
function isUnknown({ status, type }: Problem, accountRenewed: boolean): boolean {
  // Where the account is another one now, its orders are not those of the former.
  const isOfAccount = type.endsWith(':accountDoesNotExist') || type.endsWith(':unauthorized')
  return isOfAccount ? accountRenewed : status === 404 || type.endsWith(':malformed')
}

/**
 * The order whose newOrder was sent but whose answer was lost, where the CA lists an account's orders (RFC 8555
 * §7.1.2.1); null when there is none, or no list. Then one more is made, and may be a duplicate.
 */
export async function adoptLostOrder(f: Fulfilment): Promise<IssuerOrder | null> {
  const { step, issuer, account, order } = f
  const listed = await readable(issuer.listOrders(account, step))
  // One account serves all domains: an order that another one of them knows is not the lost one. Until the lease of a process that
  // died elsewhere is over, others order hundreds.
  const known = new Set(await step.services.store.knownOrders(listed ?? []))
  const recent = (listed ?? []).filter((url) => !known.has(url)).slice(-LOOK_BACK)
  const orders = await inParallel(recent, WIDTH, (url) => readable(issuer.getOrder(account, url, step)))
  const lost = orders.findLast(
    (one) => one && (one.status === 'pending' || one.status === 'ready') && sameNames(one.names, order.names),
  )
  if (lost) return lost
  const details = { listed: listed?.length ?? null }
  await step.commit({
    events: [step.event('order.possible_duplicate', 'an answer to newOrder may have been lost; ordering again', details)],
  })
  return null
}

/**
 * An order that the CA lists and then refuses to show is not the one that is looked for, and a list that it names and refuses to
 * show is none: no run after this one would get on.
 */
async function readable<T>(shown: Promise<T>): Promise<T | null> {
  try {
    return await shown
  } catch (error) {
    if (error instanceof DomainctlError && error.code === 'CA_REFUSED') return null
    throw error
  }
}

/** How far an order is, from both its ends. */
function stateAt({ status }: IssuerOrder, { order: { state }, records, step }: Fulfilment): OrderState {
  if (status === 'ready' || status === 'processing' || status === 'valid') return 'finalizing'
  // What answered then has ended with its process: the answers are given, and looked at, anew.
  if (step.domain.challenge === 'http-01' && state !== 'new') return 'ordered'
  if (state === 'challenged') return state
  // What was written then may be gone by now, and writing is safe to repeat; what people make, they make once.
  const byHand = records.length > 0 && records.every(({ state }) => state === 'asked')
  return byHand && state === 'published' ? state : 'ordered'
}

/** An order whose authorizations were not read yet can go either way. */
function isOtherChallenge({ authorizations }: Order, { challenge }: Domain): boolean {
  return authorizations.some(({ type = 'dns-01' }) => type !== challenge)
}

async function ended(f: Fulfilment, why: string): Promise<false> {
  await endOrder(f, why)
  return false
}

function sameNames(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((name) => b.includes(name))
}
