import type { Random } from '../contracts/runtime.ts'

/** Bytes that are drawn at once: a system call for each id takes longer than the rest of a query. */
const POOL = 1024

/** Message ids, 0 to 65,535, each from random bytes that are used for nothing else. */
export function randomIds(random: Random): () => number {
  let pool: Uint8Array = new Uint8Array(0)
  let used = 0
  return () => {
    if (used + 2 > pool.length) {
      pool = random.bytes(POOL)
      used = 0
    }
    const [high = 0, low = 0] = pool.subarray(used, used + 2)
    used += 2
    return high * 256 + low
  }
}
