import type { RateLimit } from './settings.ts'

/** Token buckets by key. What a bucket has is not kept, but when it will be full again: so its limit may change at any time. */
export interface TokenBuckets {
  /** How many ms from `now` on the bucket has a token; 0 when it has one now. */
  waitFor(key: string, limit: RateLimit, now: Date): number
  /** Takes a token; nothing when there is none. */
  take(key: string, limit: RateLimit, now: Date): void
}

/** So many buckets are kept that are not full; of more the oldest is forgotten, and full again. */
const KEPT = 100_000

/** Times are numbers of 53 bits: what is below a microsecond is an error of their sums. */
const TOLERANCE_MS = 0.001

/** All full at first. */
export function createTokenBuckets(kept = KEPT): TokenBuckets {
  const fullAt = new Map<string, number>()

  function afterTaking(key: string, { count, perSeconds, burst = count }: RateLimit, now: Date) {
    const perToken = (perSeconds * 1000) / count
    const full = Math.max(fullAt.get(key) ?? 0, now.getTime()) + perToken
    const wait = full - now.getTime() - burst * perToken
    return { full, wait: wait > TOLERANCE_MS ? wait : 0 }
  }

  function makeRoom(now: Date): void {
    if (fullAt.size <= kept) return
    for (const [key, full] of fullAt) if (full <= now.getTime()) fullAt.delete(key)
    const [oldest] = fullAt.keys()
    if (fullAt.size > kept && oldest !== undefined) fullAt.delete(oldest)
  }

  return {
    waitFor: (key, limit, now) => afterTaking(key, limit, now).wait,
    take(key, limit, now) {
      const { full, wait } = afterTaking(key, limit, now)
      if (wait > 0) return
      fullAt.delete(key)
      fullAt.set(key, full)
      makeRoom(now)
    },
  }
}
