import { type Clock, systemClock } from '@domainctl/core'

/** A clock by which sleeping takes no time: for the pace by which a real API is spared, where the API is a test's own. */
export function hurriedClock(): Clock {
  const system = systemClock()
  const real = () => system.now().getTime()
  let ahead = 0
  const now = () => real() + ahead
  return {
    ...system,
    now: () => new Date(now()),
    async sleep(ms, signal) {
      signal?.throwIfAborted()
      // Those who sleep at the same time wake at the same time.
      const until = now() + ms
      await Promise.resolve()
      ahead = Math.max(ahead, until - real())
    },
  }
}
