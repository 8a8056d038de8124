import type { DomainctlError, ErrorCode } from '../errors.ts'
import type { OrderState } from './model.ts'
import { retryAt } from './policies.ts'

/** How a CA that does not get on with an order is borne before another one is asked, in ms from the making of the order. */
export const STALL_PATIENCE = 30 * 60_000

/** How far the order at the CA that failed is. */
export interface OrderStanding {
  state: OrderState
  /** Since it was made, in ms. */
  ageMs: number
  /** The CA was told to look, or may have been. */
  told: boolean
}

/** Whether the next CA of the list is asked, and why, in words for the history. */
export interface FailoverDecision {
  next: boolean
  reason: string
}

/**
 * What another CA could do better (requirements C2): a limit, an outage, a stall. Whatever else a CA refuses, the next one
 * would refuse as well, and count it: a failed validation is the fault of the DNS, a refused name that of the name.
 */
const ELSEWHERE: Partial<Record<ErrorCode, string>> = {
  CA_UNREACHABLE: 'it cannot be reached',
  CA_UNAVAILABLE: 'it fails by its own fault',
  CA_RATE_LIMITED: 'it has no room now',
  CA_STALLED: 'it does not get on with the order',
}

/**
 * Whether the next CA is asked after this one has failed.
 *
 * | error | order | next CA |
 * |---|---|---|
 * | unreachable, 5xx, limited | none, or the CA was not told to look | at once |
 * | the same, or stalled | the CA is looking, or may be making the certificate | once the order is 30 minutes old |
 * | anything else | any | never |
 *
 * A CA that is looking would count the records that vanish as a failed validation, and one that was asked for the
 * certificate may have made it.
 */
export function failover(error: Pick<DomainctlError, 'code'>, order: OrderStanding | null): FailoverDecision {
  const why = ELSEWHERE[error.code]
  if (why === undefined) return { next: false, reason: 'another CA would answer the same' }
  const isAtWork = order !== null && (order.state === 'finalizing' || order.told || error.code === 'CA_STALLED')
  if (!isAtWork || order.ageMs >= STALL_PATIENCE) return { next: true, reason: why }
  return { next: false, reason: `${why}, but it may be at work on the order, which is kept` }
}

/** What is remembered of a CA that failed by its own fault, for all domains (a circuit breaker). */
export interface CaCircuit {
  /** Directory URL. */
  ca: string
  /** In a row. */
  failures: number
  /** It is not asked before, unless a person insists. */
  openUntil: Date
  /** What it failed with last, for people. */
  reason: string
}

/** Failures that say something of the CA as a whole; a limit is of an account, a name or a set of names. */
const OF_THE_CA: readonly ErrorCode[] = ['CA_UNREACHABLE', 'CA_UNAVAILABLE']

/**
 * The circuit after the CA has failed with `error`; as it was where that says nothing of the CA. It opens for 1, 10, 100
 * minutes and then for a day at a time, or as long as the CA has asked for.
 */
export function circuitAfter(
  before: CaCircuit | undefined,
  ca: string,
  error: Pick<DomainctlError, 'code' | 'message' | 'retryAt'>,
  now: Date,
): CaCircuit | undefined {
  if (!OF_THE_CA.includes(error.code)) return before
  // Of many orders that fail together, the first one opens it: they are one failure.
  if (before && before.openUntil > now) return before
  const failures = (before?.failures ?? 0) + 1
  return { ca, failures, openUntil: retryAt(now, failures, error.retryAt), reason: error.message }
}
