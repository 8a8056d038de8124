import type { Clock } from '../contracts/runtime.ts'

/** Time passes only when nothing moves: for so many turns of the event loop, and so many milliseconds, of real time. */
const QUIET_TURNS = 40
const QUIET_MS = 3

/**
 * A clock for tests that talk to servers in the same process: it stands still while they do, and as soon as all is
 * quiet it jumps to the end of the shortest sleep. So time-outs of seconds pass in milliseconds, and none of them hits
 * an answer that is under way.
 */
export function loopbackClock(start = new Date('2030-01-01T00:00:00Z')): Clock {
  let now = start.getTime()
  let moves = 0
  let isWatching = false
  const sleepers = new Set<{ at: number; wake: () => void }>()

  async function watch(): Promise<void> {
    isWatching = true
    while (sleepers.size > 0) {
      const before = moves
      const since = performance.now()
      for (let turn = 0; turn < QUIET_TURNS || performance.now() - since < QUIET_MS; turn += 1) await new Promise(setImmediate)
      if (moves !== before) continue
      const next = Math.min(...[...sleepers].map(({ at }) => at))
      // Whoever is woken may end the sleep of another.
      for (const sleeper of [...sleepers]) if (sleeper.at === next && sleepers.has(sleeper)) sleeper.wake()
    }
    isWatching = false
  }

  function sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason)
      const leave = () => {
        moves += 1
        sleepers.delete(sleeper)
        signal?.removeEventListener('abort', aborted)
      }
      const aborted = () => {
        leave()
        reject(signal?.reason)
      }
      const sleeper = {
        at: now + Math.max(0, ms),
        wake() {
          now = Math.max(now, sleeper.at)
          leave()
          resolve()
        },
      }
      moves += 1
      sleepers.add(sleeper)
      signal?.addEventListener('abort', aborted, { once: true })
      if (!isWatching) void watch()
    })
  }

  return {
    now: () => new Date(now),
    sleep,
    every(ms, task) {
      const over = new AbortController()
      const repeat = async () => {
        for (;;) {
          await sleep(ms, over.signal)
          task()
        }
      }
      repeat().catch((thrown: unknown) => {
        if (!over.signal.aborted) throw thrown
      })
      return () => over.abort()
    },
  }
}
