import type { Clock } from '@domainctl/core'

/** Lets calls through at a bounded rate. */
export interface TokenBucket {
  /** Resolves when the next call may be made, in the order of asking. Rejects with the signal's reason. */
  take(signal: AbortSignal): Promise<void>
}

/** A bucket of `capacity` tokens, full at first, into which `perSecond` drop. */
export function tokenBucket(capacity: number, perSecond: number, clock: Clock): TokenBucket {
  const interval = 1000 / perSecond
  // When the bucket will be full again: one number holds the tokens and all who wait for one.
  let fullAt = 0
  return {
    async take(signal) {
      signal.throwIfAborted()
      const now = clock.now().getTime()
      fullAt = Math.max(fullAt, now) + interval
      const wait = fullAt - now - capacity * interval
      if (wait <= 0) return
      try {
        await clock.sleep(wait, signal)
      } catch (error) {
        // Whoever goes gives the token back.
        fullAt -= interval
        throw error
      }
    },
  }
}
