import type { CaLimit, LimitKind } from './ca-limits.ts'
import { LONGEST_RETRY_AFTER } from './retry-schedule.ts'

/** One count that a CA keeps: whose, and of what. */
export interface BudgetKey {
  /** Directory URL. */
  ca: string
  kind: LimitKind
  /**
   * Whose: of `accounts` nobody's (empty); of `orders` the id of the account; of `certificates` the registrable domain; of
   * `duplicates` the names of the set, sorted and joined by commas; of `failures` the account's id, a blank and the name.
   */
  subject: string
}

/**
 * A count as one instant: when its bucket will be full again if nothing more is taken out. Absent or past: it is full. (The
 * generic cell rate algorithm: the CA's own token bucket, without a history that has to be kept and counted.)
 */
export type FullAt = Date | undefined

/** One unit of a count: whose, and of how many in which time. */
export interface BudgetUnit {
  key: BudgetKey
  limit: CaLimit
}

/** A unit that is wanted; with `only: 'look'` there has to be room for it, and it is not taken. */
export interface BudgetWant extends BudgetUnit {
  only?: 'look'
}

/** A count that has no room for what is wanted. */
export interface BudgetRefusal extends BudgetUnit {
  /** When it has. */
  at: Date
}

/** A count as the state has it. */
export interface BudgetCount {
  key: BudgetKey
  fullAt: Date
}

/**
 * Time in which one token comes back, in ms. Rounded up, so that counts are sums of whole numbers, which neither drift nor come
 * to less than the CA's.
 */
export function interval({ count, windowMs }: CaLimit): number {
  return Math.max(1, Math.ceil(windowMs / count))
}

/** From empty to full, in ms. */
function capacity(limit: CaLimit): number {
  return limit.count * interval(limit)
}

/**
 * The instant, where it says anything: none that is later than an empty bucket and the longest wait that is kept can have come of
 * this limit. The clock was wrong then, or the limit was another one; nobody is to be kept waiting for years by that.
 */
export function believed(limit: CaLimit, fullAt: FullAt, now: Date): FullAt {
  return fullAt && fullAt.getTime() - now.getTime() <= capacity(limit) + LONGEST_RETRY_AFTER ? fullAt : undefined
}

function lacking(limit: CaLimit, fullAt: FullAt, now: Date): number {
  return Math.max(0, (believed(limit, fullAt, now)?.getTime() ?? 0) - now.getTime())
}

/** How many can be taken out now; never more than the limit, and 0 where less than one is in. */
export function leftOf(limit: CaLimit, fullAt: FullAt, now: Date): number {
  return Math.max(0, Math.floor(limit.count - lacking(limit, fullAt, now) / interval(limit)))
}

/** When one can be taken out: `now`, or later. */
export function nextAllowedAt(limit: CaLimit, fullAt: FullAt, now: Date): Date {
  if (leftOf(limit, fullAt, now) >= 1) return now
  return new Date((fullAt?.getTime() ?? 0) - (limit.count - 1) * interval(limit))
}

/** After one more was taken out; where none was there, the bucket is as empty as it can be, as at the CA. */
export function afterSpending(limit: CaLimit, fullAt: FullAt, now: Date): Date {
  const before = lacking(limit, fullAt, now)
  return new Date(now.getTime() + Math.max(before, Math.min(before + interval(limit), capacity(limit))))
}

/** After one that was taken out and not used is given back. */
export function afterRefund(limit: CaLimit, fullAt: FullAt, now: Date): Date {
  return new Date(now.getTime() + Math.max(0, lacking(limit, fullAt, now) - interval(limit)))
}

/** The bucket of which the CA itself says that the next one comes at `at`; it knows better than our history. */
export function emptyUntil(limit: CaLimit, at: Date): Date {
  return new Date(at.getTime() + (limit.count - 1) * interval(limit))
}
