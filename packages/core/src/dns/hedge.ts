import type { Clock } from '../contracts/runtime.ts'
import { follow } from './abort.ts'

/** How long the first candidate has before the next one is asked beside it, in milliseconds. */
const HEAD_START = 300

/** Why a loser is aborted: one for all, since an error of its own each time costs its stack. */
const LOST = new Error('another one was first')

/**
 * The first usable result of candidates that are asked in order: the next one as soon as the one before it has failed
 * or is slow, so that a dead server costs a fraction of its time-out. `attempt` gives undefined for a result of no use
 * and ends when its signal aborts. The losers are aborted. Undefined when no candidate gave anything; rejects when the signal aborts.
 */
export async function firstUsable<C, T>(
  candidates: readonly C[],
  attempt: (candidate: C, signal: AbortSignal) => Promise<T | undefined>,
  o: { clock: Clock; signal: AbortSignal },
): Promise<T | undefined> {
  const [first, ...others] = candidates
  if (first === undefined) return undefined
  // Against nobody there is nothing to lose, and no time to measure.
  if (others.length === 0) return await attempt(first, o.signal)
  o.signal.throwIfAborted()
  const both = follow(o.signal)
  const { signal } = both
  const winner = Promise.withResolvers<T>()
  const running: Promise<void>[] = []
  let isWon = false
  try {
    for (const candidate of candidates) {
      const run = attempt(candidate, signal).then((result) => {
        if (result === undefined) return
        isWon = true
        winner.resolve(result)
      })
      const headStart = o.clock.sleep(HEAD_START, signal)
      // Whoever loses ends by the abort below, when nobody waits for it any more.
      run.catch(() => undefined)
      headStart.catch(() => undefined)
      running.push(run)
      await Promise.race([winner.promise, run, headStart])
      if (isWon) break
    }
    return await Promise.race([winner.promise, Promise.all(running).then(() => undefined)])
  } finally {
    both.end(LOST)
  }
}
