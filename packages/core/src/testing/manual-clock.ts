import type { Clock } from '../contracts/runtime.ts'

/** A clock that stands still until it is told otherwise. */
export interface ManualClock extends Clock {
  /** Lets time pass: tasks of `every` that fall due in it are called in order, each at its own time. */
  advance(ms: number): void
}

/**
 * A clock for tests, at `start`. `sleep` lets the time pass by itself and resolves on a later microtask, so that code
 * which waits does so at once.
 */
export function manualClock(start: Date): ManualClock {
  let now = start.getTime()
  const tasks = new Set<{ at: number; ms: number; task: () => void }>()

  function advance(ms: number): void {
    const end = now + Math.max(0, ms)
    for (;;) {
      const [next] = [...tasks].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)
      if (!next) break
      now = Math.max(now, next.at)
      next.at += next.ms
      next.task()
    }
    now = Math.max(now, end)
  }

  return {
    now: () => new Date(now),
    advance,
    async sleep(ms, signal) {
      signal?.throwIfAborted()
      advance(ms)
      await Promise.resolve()
      // A task that fell due meanwhile may have aborted it.
      signal?.throwIfAborted()
    },
    every(ms, task) {
      const entry = { at: now + ms, ms: Math.max(1, ms), task }
      tasks.add(entry)
      return () => void tasks.delete(entry)
    },
  }
}
