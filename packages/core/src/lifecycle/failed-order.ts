import type { Changes } from '../contracts/store.ts'
import { type CaRefusal, comingBackAt, isEarly } from '../domain/ca-refusals.ts'
import { afterFailedOrder, toFailure } from '../domain/failures.ts'
import type { Domain, NewAuditEvent } from '../domain/model.ts'
import { type DomainctlError, toDomainctlError } from '../errors.ts'
import { NoCaIssued } from './ca-choice.ts'
import { shareOf } from './renewal-spread.ts'
import type { Step } from './step.ts'
import { failedNotices } from './step-notices.ts'

/**
 * Keeps in the state what an order failed with, counts it and plans the next attempt (C5). Answers the error for the caller, with
 * the time to come back where there is one.
 */
export async function keepFailure(current: Step, thrown: unknown): Promise<DomainctlError> {
  const none = thrown instanceof NoCaIssued ? thrown : null
  const error = none ? none.error : toDomainctlError(thrown, current.signal)
  if (error.code === 'LEASE_LOST' || error.code.startsWith('STATE_')) return error
  if (none && isEarly(none.refusals)) return keepTime(current, error)
  return keepAttempt(current, none?.refusals ?? [], error)
}

/** Nothing was tried, so nothing is counted; the next attempt is when a CA may be asked. */
async function keepTime(current: Step, error: DomainctlError): Promise<DomainctlError> {
  const { domain, services } = current
  const { retryAt: nextActionAt } = error
  if (!nextActionAt) return error
  if (error.code !== 'CA_BUDGET_SPENT') await save(current, { ...domain, nextActionAt }, [])
  else {
    const lastError = toFailure(error, services.runtime.clock.now())
    // One line for each turn that it is given, not for each time that it comes before its turn.
    const isNews = domain.lastError?.code !== error.code || domain.nextActionAt?.getTime() !== nextActionAt.getTime()
    const events = isNews ? [current.event('order.postponed', error.message)] : []
    await save(current, { ...domain, lastError, nextActionAt }, events)
  }
  return error
}

async function keepAttempt(current: Step, refusals: readonly CaRefusal[], error: DomainctlError): Promise<DomainctlError> {
  const now = current.services.runtime.clock.now()
  const { certificate } = current.claimed
  const domain = afterFailedOrder(current.domain, error, { now, refusals, certificate, share: shareOf(current.services) })
  const event = error.kind === 'interrupted' ? 'order.interrupted' : 'order.failed'
  await save(current, domain, [current.event(event, `${error.code}: ${error.message}`)], failedNotices(current, domain, error))
  const retryAt = domain.lastError?.retryAt
  return error.kind === 'ca-unavailable' && retryAt ? comingBackAt(error, retryAt) : error
}

async function save(
  current: Step,
  domain: Domain,
  events: NewAuditEvent[],
  notices: Pick<Changes, 'notices'> = {},
): Promise<void> {
  try {
    await current.commit({ domain, events, ...notices })
  } catch (second) {
    // The state has failed as well; what went wrong first is what the caller must know.
    current.services.runtime.logger.log('error', 'failure not kept', { domain: domain.id, error: String(second) })
  }
}
