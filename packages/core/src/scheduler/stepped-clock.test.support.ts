import type { Clock } from '../contracts/runtime.ts'

/** A clock that stands still until it is told otherwise, and whose sleepers wait for that. */
export interface SteppedClock extends Clock {
  /** Lets time pass, and those go on whose time has come. */
  pass(ms: number): Promise<void>
  /** The clock is put right by so much; timers do not go by it. */
  setBack(ms: number): void
}

export function steppedClock(start = new Date('2026-01-01T00:00:00Z')): SteppedClock {
  let now = start.getTime()
  let off = 0
  const waiting = new Set<{ at: number; wake(): void }>()
  const tasks = new Set<{ at: number; ms: number; task: () => void }>()
  return {
    now: () => new Date(now - off),
    setBack: (ms) => {
      off += ms
    },
    sleep(ms, signal) {
      const { promise, resolve, reject } = Promise.withResolvers<void>()
      const sleeper = { at: now + ms, wake: resolve }
      if (signal?.aborted) reject(signal.reason)
      else waiting.add(sleeper)
      signal?.addEventListener('abort', () => {
        waiting.delete(sleeper)
        reject(signal.reason)
      })
      return promise
    },
    every(ms, task) {
      const entry = { at: now + ms, ms, task }
      tasks.add(entry)
      return () => void tasks.delete(entry)
    },
    async pass(ms) {
      await settled()
      now += ms
      for (const task of tasks) {
        for (; task.at <= now; task.at += task.ms) task.task()
      }
      for (const sleeper of [...waiting].filter(({ at }) => at <= now)) {
        waiting.delete(sleeper)
        sleeper.wake()
      }
      await settled()
    },
  }
}

/** Until all that waits for nothing but others of this process has gone on. */
export async function settled(): Promise<void> {
  for (let i = 0; i < 20; i++) await new Promise<void>((resolve) => setImmediate(resolve))
}
