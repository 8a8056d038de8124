import type { Clock } from '../contracts/runtime.ts'
import type { CaPace, CaPaces } from '../domain/ca-limits.ts'
import { monotone } from '../domain/monotone.ts'

/** What requests are counted by. */
export type PacedResource = keyof CaPaces

/** Keeps the requests of this process to one CA under what it allows from one address. Any number of callers at once. */
export interface Pacer {
  /** Resolves when the next request of this kind may be sent, in the order of asking. Rejects with the signal's reason. */
  take(resource: PacedResource, signal?: AbortSignal): Promise<void>
}

/** @param paces null: nothing is known of the CA, and nobody waits */
export function createPacer(paces: CaPaces | null, clock: Clock): Pacer {
  if (paces === null) return { take: async (_, signal) => signal?.throwIfAborted() }
  const buckets = new Map(Object.entries(paces).map(([resource, pace]: [string, CaPace]) => [resource, bucket(pace, clock)]))
  return { take: async (resource, signal) => buckets.get(resource)?.(signal) }
}

/** A bucket of `burst` tokens, full at first, into which `perSecond` drop. */
function bucket({ perSecond, burst }: CaPace, clock: Clock): (signal?: AbortSignal) => Promise<void> {
  const interval = 1000 / perSecond
  // When it will be full again: one number holds the tokens and all who wait for one.
  let fullAt = 0
  const time = monotone(clock)
  return async (signal) => {
    signal?.throwIfAborted()
    const now = time()
    fullAt = Math.max(fullAt, now) + interval
    const wait = fullAt - now - burst * interval
    if (wait <= 0) return
    try {
      // Timers know whole milliseconds, and none may be early.
      await clock.sleep(Math.ceil(wait), signal)
    } catch (error) {
      // Whoever goes gives the token back.
      fullAt -= interval
      throw error
    }
  }
}
