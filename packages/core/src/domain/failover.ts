import type { DomainctlError, ErrorCode } from '../errors.ts'
import type { OrderState } from './model.ts'
import { retryAt } from './policies.ts'

/** How long a CA that may be at work on an order is waited for before another one is asked, in ms. */
export const STALL_PATIENCE = 30 * 60_000

/** How far the order at the CA that failed is. */
export interface OrderStanding {
  state: OrderState
  /** Since the CA was told to look, or asked for the certificate, in ms. */
  ageMs: number
  /** The CA was told to look, or may have been. */
  told: boolean
  /** A person was asked to make its records, and another order would need others. */
  byHand: boolean
}

/** Whether the next CA of the list is asked, and why, in words for the history. */
export interface FailoverDecision {
  next: boolean
  reason: string
  /** For how long the order is kept, in ms, where another CA is asked after that. */
  keptForMs?: number
}

/**
 * What another CA could do better (requirements C2): a limit, an outage, a stall. Whatever else a CA refuses, the next one
 * would refuse as well, and count it: a failed validation is the fault of the DNS, a refused name that of the name.
 */
const ELSEWHERE: Partial<Record<ErrorCode, string>> = {
  CA_UNREACHABLE: 'it cannot be reached',
  CA_UNAVAILABLE: 'it fails by its own fault',
  CA_RATE_LIMITED: 'it has no room now',
  CA_BUDGET_SPENT: 'one more would be over its limits',
  CA_STALLED: 'it does not get on with the order',
}

/**
 * Whether the next CA is asked after this one has failed.
 *
 * | error | order | next CA |
 * |---|---|---|
 * | unreachable, 5xx, limited, no room under its limits | none, or the CA was not told to look | at once |
 * | the same, or stalled | the CA is looking, or may be making the certificate, or a person made the records | after 30 minutes |
 * | anything else | any | never |
 *
 * A CA that is looking would count the records that vanish as a failed validation, and one that was asked for the
 * certificate may have made it. What a person did is not thrown away for what may pass.
 */
export function failover(error: Pick<DomainctlError, 'code'>, order: OrderStanding | null): FailoverDecision {
  const why = ELSEWHERE[error.code]
  if (why === undefined) return { next: false, reason: 'another CA would answer the same' }
  const isKept = order !== null && (order.state === 'finalizing' || order.told || order.byHand || error.code === 'CA_STALLED')
  if (!isKept || order.ageMs >= STALL_PATIENCE) return { next: true, reason: why }
  const reason = `${why}, but it may be at work on the order, which is kept`
  return { next: false, reason, keptForMs: STALL_PATIENCE - order.ageMs }
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

/** Failures that may say something of the CA as a whole; a limit is of an account, a name or a set of names. */
const OF_THE_CA: readonly ErrorCode[] = ['CA_UNREACHABLE', 'CA_UNAVAILABLE']

/** So many failures in a row are no affair of one order any more. */
const MANY = 3

/** How long a CA is left alone at most, in ms: whether it has recovered, only asking tells. */
const LONGEST_REST = 3_600_000

/**
 * The circuit after the CA has failed with `error`; as it was where that says nothing of the CA. The third failure in a row
 * opens it, or the first that concerns everybody: for 1 minute, then for 10, then for an hour at a time, or as long as the CA has
 * asked for within that hour.
 * @param concernsAll the CA failed at what every order begins with: its directory, or a nonce
 */
export function circuitAfter(
  before: CaCircuit | undefined,
  ca: string,
  error: Pick<DomainctlError, 'code' | 'message' | 'retryAt'>,
  now: Date,
  concernsAll: boolean,
): CaCircuit | undefined {
  if (!OF_THE_CA.includes(error.code)) return before
  // Of many orders that fail together, those that come after the one that opened it say nothing new.
  if (before && before.openUntil > now) return before
  const failures = (before?.failures ?? 0) + 1
  const opened = concernsAll || error.code === 'CA_UNREACHABLE' ? failures : failures - MANY + 1
  const latest = now.getTime() + LONGEST_REST
  const openUntil = opened < 1 ? now : new Date(Math.min(retryAt(now, opened, error.retryAt).getTime(), latest))
  return { ca, failures, openUntil, reason: error.message }
}
