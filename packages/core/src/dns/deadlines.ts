import type { Clock } from '../contracts/runtime.ts'

/** Something that is waited for, until its time is over. */
export interface Waiting {
  expire(): void
  /** The clock itself failed. */
  fail(thrown: unknown): void
}

/** Why a sleep that nobody needs any more is ended: one for all, since an error of its own each time costs its stack. */
const NOT_NEEDED = new Error('nothing is waited for any more')

/**
 * Many deadlines on one timer. What has the same time to wait expires in the order in which it came, so a queue for each
 * length of time keeps everything in order, and what is answered leaves it at once. No timer is left when nothing is
 * waited for.
 */
export class Deadlines {
  readonly #clock: Clock
  /** Milliseconds to wait → who waits → until when. */
  readonly #queues = new Map<number, Map<Waiting, number>>()
  #sleep: { until: number; abort: AbortController } | undefined
  #lastSeen = Number.NEGATIVE_INFINITY
  #setBack = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Calls `expire` after `ms` milliseconds, unless it is removed before. */
  add(waiting: Waiting, ms: number): void {
    const until = this.#now() + ms
    const queue = this.#queues.get(ms)
    if (queue) queue.set(waiting, until)
    else this.#queues.set(ms, new Map([[waiting, until]]))
    if (!this.#sleep || until < this.#sleep.until) this.#sleepUntil(until)
  }

  /** @param ms as it was added with */
  remove(waiting: Waiting, ms: number): void {
    const queue = this.#queues.get(ms)
    if (!queue?.delete(waiting) || queue.size > 0) return
    this.#queues.delete(ms)
    if (this.#queues.size === 0) this.#endSleep()
  }

  #sleepUntil(until: number): void {
    this.#endSleep()
    const sleep = { until, abort: new AbortController() }
    this.#sleep = sleep
    this.#clock.sleep(Math.max(0, until - this.#now()), sleep.abort.signal).then(
      () => {
        if (this.#sleep === sleep) this.#expire(until)
      },
      (thrown: unknown) => {
        if (this.#sleep === sleep) this.#failAll(thrown)
      },
    )
  }

  #endSleep(): void {
    const sleep = this.#sleep
    this.#sleep = undefined
    sleep?.abort.abort(NOT_NEEDED)
  }

  #expire(until: number): void {
    this.#sleep = undefined
    // A timer may fire a moment before the clock says so.
    const reached = Math.max(until, this.#now())
    const due: Waiting[] = []
    let next = Number.POSITIVE_INFINITY
    for (const [ms, queue] of this.#queues) {
      for (const [waiting, at] of queue) {
        if (at > reached) {
          next = Math.min(next, at)
          break
        }
        queue.delete(waiting)
        due.push(waiting)
      }
      if (queue.size === 0) this.#queues.delete(ms)
    }
    if (next < Number.POSITIVE_INFINITY) this.#sleepUntil(next)
    for (const waiting of due) waiting.expire()
  }

  #failAll(thrown: unknown): void {
    this.#sleep = undefined
    const all = [...this.#queues.values()].flatMap((queue) => [...queue.keys()])
    this.#queues.clear()
    for (const waiting of all) waiting.fail(thrown)
  }

  /** Milliseconds that never go back: a clock that is set back must not make anything wait for an hour. */
  #now(): number {
    const now = this.#clock.now().getTime()
    if (now < this.#lastSeen) this.#setBack += this.#lastSeen - now
    this.#lastSeen = now
    return now + this.#setBack
  }
}
