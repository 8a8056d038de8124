import { type CaRefusal, inOne } from '../domain/ca-refusals.ts'
import { type FailoverDecision, failover, type OrderStanding } from '../domain/failover.ts'
import { DEFAULT_TENANT } from '../domain/ids.ts'
import type { NewAuditEvent, Order } from '../domain/model.ts'
import { DomainctlError, toDomainctlError } from '../errors.ts'
import { forgetFailures, noteFailure, restsOf } from './ca-rests.ts'
import { isPermanent } from './fulfilment.ts'
import { preflight } from './preflight.ts'
import type { Step } from './step.ts'

/** None of the domain's CAs has issued; what is thrown on is `error`. */
export class NoCaIssued extends Error {
  readonly refusals: readonly CaRefusal[]
  readonly error: DomainctlError

  constructor(refusals: readonly CaRefusal[]) {
    super('none of the CAs has issued')
    this.refusals = refusals
    this.error = inOne(refusals)
  }
}

/**
 * Orders at a CA. `looked`: what a look at DNSSEC and CAA has just found for it; undefined: nobody looked, or not for the
 * account that it has.
 */
export type OrderAt<T> = (ca: string, looked: NewAuditEvent[] | undefined) => Promise<T>

/** CAA is looked up for each CA by itself (requirements D6). */
const FORBIDDEN: FailoverDecision = { next: true, reason: 'CAA does not let it issue' }

/**
 * Lets `orderAt` order at the first of the domain's CAs that can serve: the one whose order is open, then those of its list
 * in their order. Left out is one that asked to come back later, that fails by its own fault for everybody (both unless
 * `force`), or that the CAA records do not allow, which is looked up before anything is asked of it (requirements D6). After a
 * failure the next one is asked where `domain/failover.ts` says so (C2); every CA's reason is kept.
 * @throws NoCaIssued
 */
export async function atFirstCaThatCan<T>(step: Step, { force = false }: { force?: boolean }, orderAt: OrderAt<T>): Promise<T> {
  const { store, settings } = step.services
  const wanted = step.domain.cas ?? settings.cas
  const open = await store.openOrder(step.domain.id)
  const prefer = wanted.find((ca) => ca === open?.ca)
  const cas = prefer === undefined ? wanted : [prefer, ...wanted.filter((ca) => ca !== prefer)]
  const { rests, failing } = await restsOf(step, cas, { force, prefer })
  const refusals: CaRefusal[] = []
  for (const [i, ca] of cas.entries()) {
    const rest = rests.get(ca)
    const outcome = rest ?? (await ask(step, ca, { isOnly: cas.length === 1, open }, orderAt))
    if (!(outcome instanceof DomainctlError)) {
      if (failing.has(ca)) await forgetFailures(step, ca)
      return outcome.made
    }
    const isForbidden = outcome.code === 'DNS_CAA_FORBIDS'
    const decision = isForbidden ? FORBIDDEN : failover(outcome, await standingAt(step, ca))
    const next = cas[i + 1]
    const asked = rest === undefined && !isForbidden && outcome.code !== 'CA_BUDGET_SPENT'
    refusals.push({ ca, error: outcome, asked, permanent: isPermanent(outcome), ...(next && keptBy(step, decision)) })
    if (next === undefined) break
    await tell(step, { ca, next, outcome, decision, asked })
    if (!decision.next) break
  }
  throw new NoCaIssued(refusals)
}

function keptBy({ services }: Step, { keptForMs }: FailoverDecision): { keptUntil?: Date } {
  if (keptForMs === undefined) return {}
  return { keptUntil: new Date(services.runtime.clock.now().getTime() + keptForMs) }
}

/** What becomes of a CA's refusal while there is another CA, to the person who waits and to the history. */
async function tell(
  step: Step,
  o: { ca: string; next: string; outcome: DomainctlError; decision: FailoverDecision; asked: boolean },
): Promise<void> {
  const { ca, next, outcome, decision, asked } = o
  const { code, kind, message } = outcome
  if (decision.next) {
    step.report(`${hostOf(ca)}: ${decision.reason}; asking ${hostOf(next)}`)
    const event = step.event('ca.failover', `${ca}: ${decision.reason} (${message}) Next: ${next}`, { ca, next, code })
    await step.commit({ events: [event] })
  } else if (asked && (kind === 'ca-refused' || kind === 'ca-unavailable')) {
    step.report(`${hostOf(ca)}: ${decision.reason}; ${hostOf(next)} is not asked`)
    await step.commit({ events: [step.event('ca.no_failover', `${ca}: ${decision.reason}`, { ca, next, code })] })
  }
}

/**
 * Orders at this CA, once CAA is known to let it issue. Nothing but its directory is asked before, so that a CA which may not
 * issue never hears of the names. A single CA that knows us is looked at when its order is made, and an open order looks by
 * itself before it goes on. Answers what went wrong.
 */
async function ask<T>(
  step: Step,
  ca: string,
  { isOnly, open }: { isOnly: boolean; open: Order | null },
  orderAt: OrderAt<T>,
): Promise<{ made: T } | DomainctlError> {
  const { services, signal } = step
  try {
    const account = await services.store.getAccount(DEFAULT_TENANT, ca, services.accountName(ca))
    const mustLook = open?.ca !== ca && (!isOnly || account?.url === undefined)
    const looked = mustLook ? await preflight(step, await services.issuer(ca), account?.url) : undefined
    // CAA may name accounts (RFC 8657), so that one that is still to be made is looked up once more.
    return { made: await orderAt(ca, account?.url === undefined ? undefined : looked) }
  } catch (thrown) {
    const error = toDomainctlError(thrown, signal)
    if (!isOnly) await noteFailure(step, ca, error)
    return error
  }
}

/** How far the order at this CA is that is open; null when there is none. */
async function standingAt({ domain, services }: Step, ca: string): Promise<OrderStanding | null> {
  const open = await services.store.openOrder(domain.id)
  if (open?.ca !== ca) return null
  const records = await services.store.recordsOf(domain.id)
  const told = open.state === 'challenged'
  const byHand = records.some(({ orderId, state }) => orderId === open.id && state === 'asked')
  // An order is saved last when it comes into one of these states. People take their time: as long as the CA was not told to
  // look, its first failure begins the wait.
  const isWaiting = told || open.state === 'finalizing' || domain.attempts > 0
  const ageMs = isWaiting ? services.runtime.clock.now().getTime() - open.updatedAt.getTime() : 0
  return { state: open.state, ageMs, told, byHand }
}

function hostOf(ca: string): string {
  return new URL(ca).host
}
