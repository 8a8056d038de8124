import type { Clock } from '../contracts/runtime.ts'

/** How long the first candidate has before the next one is asked beside it, in milliseconds. */
const HEAD_START = 300

/**
 * The first usable result of candidates that are asked in order: the next one as soon as the one before it has failed
 * or is slow, so that a dead server costs a fraction of its time-out. `attempt` gives undefined for a result of no use.
 * The losers are aborted. Undefined when no candidate gave anything; rejects when the signal aborts.
 */
export async function firstUsable<C, T>(
  candidates: readonly C[],
  attempt: (candidate: C, signal: AbortSignal) => Promise<T | undefined>,
  o: { clock: Clock; signal: AbortSignal },
): Promise<T | undefined> {
  const over = new AbortController()
  const signal = AbortSignal.any([o.signal, over.signal])
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
    over.abort()
  }
}
