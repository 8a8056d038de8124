import type { Clock } from '../contracts/runtime.ts'

/** The longest time that a timer of Node takes; a longer one would fire at once. */
const LONGEST_TIMER = 2 ** 31 - 1

/** The clock of this machine. A pending `sleep` keeps the process alive, and leaves no timer behind when aborted. */
export function systemClock(): Clock {
  return {
    now: () => new Date(),
    async sleep(ms, signal) {
      for (let left = Math.max(0, ms); ; left -= LONGEST_TIMER) {
        await timer(Math.min(left, LONGEST_TIMER), signal)
        if (left <= LONGEST_TIMER) return
      }
    },
    every(ms, task) {
      const interval = setInterval(task, Math.min(ms, LONGEST_TIMER)).unref()
      return () => clearInterval(interval)
    },
  }
}

function timer(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason)
    const aborted = () => {
      clearTimeout(timeout)
      reject(signal?.reason)
    }
    const timeout = setTimeout(() => {
      signal?.removeEventListener('abort', aborted)
      resolve()
    }, ms)
    signal?.addEventListener('abort', aborted, { once: true })
  })
}
