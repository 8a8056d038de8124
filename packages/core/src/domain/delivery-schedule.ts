const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE

/** Pauses after an attempt that failed, in ms: what is urgent is soon tried again, what is down for long is not pestered. */
const PAUSES: readonly number[] = [15 * SECOND, 30 * SECOND, MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE, 30 * MINUTE]
const THEN = HOUR

/** A receiver may ask for any wait; longer ones are not kept to, in ms. */
const LONGEST_RETRY_AFTER = HOUR

/** After this time a notice is no news any more, and is given up, in ms. */
export const GIVEN_UP_AFTER = 24 * HOUR

/** Delivered notices, and those that nobody could be told, are kept so long, in ms. */
export const KEPT_FOR = 30 * 24 * HOUR

/**
 * When a delivery that has failed is tried again; null: not any more.
 * @param o `attempts` that were made; `retryAt`: what the receiver asked for
 */
export function nextDelivery(o: { attempts: number; createdAt: Date; now: Date; retryAt?: Date | undefined }): Date | null {
  const now = o.now.getTime()
  const pause = PAUSES[Math.max(o.attempts, 1) - 1] ?? THEN
  const asked = o.retryAt ? Math.min(o.retryAt.getTime(), now + LONGEST_RETRY_AFTER) : 0
  const at = Math.max(now + pause, asked)
  return at > o.createdAt.getTime() + GIVEN_UP_AFTER ? null : new Date(at)
}
