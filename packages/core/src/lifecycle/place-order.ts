import type { Issuer, IssuerOrder } from '../contracts/issuer.ts'
import { DomainctlError } from '../errors.ts'
import { heedLimit, requireReserved } from './budget.ts'
import { budgetOfOrder, split } from './counted-order.ts'
import { type Fulfilment, problemOf, saveOrder } from './fulfilment.ts'
import { replacedBy } from './replaced.ts'
import { adoptLostOrder } from './resume-order.ts'

/** From an order that is in the state to one that the CA knows: that of an earlier run whose answer was lost, or a new one. */
export async function placeOrder(f: Fulfilment): Promise<void> {
  const { step, issuer, order } = f
  const adopted = f.resumed ? await adoptLostOrder(f) : null
  step.report(adopted ? 'continuing the order at the CA' : 'ordering')
  const { names } = order
  f.isPlaced = adopted === null
  f.atCa = adopted ?? (await newOrder(f))
  const { url, finalizeUrl, expires } = f.atCa
  const counted = split(budgetOfOrder(f))
  await saveOrder(
    f,
    { state: 'ordered', url, finalizeUrl, ...(expires && { expires }), ...counted.order },
    { events: [step.event(adopted ? 'order.adopted' : 'order.created', url, { url, names, ca: issuer.ca })], ...counted.changes },
  )
}

/**
 * One order at the CA. It says which certificate it replaces (RFC 9773 §5), where the same account got that one at this CA; a CA
 * that takes offence at it is asked once more without (lego#2474, lego#2789).
 */
async function newOrder(f: Fulfilment): Promise<IssuerOrder> {
  const { step, issuer, order, resumed } = f
  const { names, profile, accountId } = order
  const wanted = { names, ...(profile !== undefined && { profile }) }
  // It may be this that the CA has failed at.
  const hasFailed = resumed && step.domain.lastError?.code === 'CA_UNAVAILABLE'
  const replaced = hasFailed ? null : await replacedBy(step, issuer, accountId)
  if (replaced === null) return countedOrder(f, wanted)
  const { id: replaces, isExempt } = replaced
  try {
    return await (isExempt ? sent : countedOrder)(f, { ...wanted, replaces })
  } catch (error) {
    if (!isAboutReplaces(error)) throw error
    await step.commit({ events: [step.event('order.replaces_refused', error.message, { replaces })] })
    // What it costs is reserved where it was not exempt; it was refused, so that it is not one order more.
    return (isExempt ? countedOrder : sent)(f, wanted)
  }
}

type Wanted = Parameters<Issuer['newOrder']>[1]

/** One that is not exempt: there has to be room for it. */
async function countedOrder(f: Fulfilment, wanted: Wanted): Promise<IssuerOrder> {
  await requireReserved(f)
  return sent(f, wanted)
}

/** What the CA says of its limits is heeded, of an exempt one too: it may see the advised window where we do not. */
async function sent({ step, issuer, account, order }: Fulfilment, wanted: Wanted): Promise<IssuerOrder> {
  try {
    return await issuer.newOrder(account, wanted, step)
  } catch (error) {
    await heedLimit(step.services, issuer.ca, error, order)
    throw error
  }
}

/** `alreadyReplaced` (RFC 9773 §5), or what CAs say of a certificate that they do not know, or know as another account's. */
const ABOUT_REPLACES = ['alreadyReplaced', 'malformed', 'unauthorized', 'conflict'].map(
  (kind) => `urn:ietf:params:acme:error:${kind}`,
)

function isAboutReplaces(error: unknown): error is DomainctlError {
  return error instanceof DomainctlError && error.code === 'CA_REFUSED' && ABOUT_REPLACES.includes(problemOf(error)?.type ?? '')
}
