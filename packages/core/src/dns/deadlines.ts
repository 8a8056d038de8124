import type { Clock } from '../contracts/runtime.ts'
import { monotone } from '../domain/monotone.ts'

/** Something that is waited for, until its time is over. */
export interface Waiting {
  expire(): void
  /** The clock itself failed. */
  fail(thrown: unknown): void
}

/** So many turns of the event loop are granted for hearing answers: enough for all that one socket takes in flight. */
const MOST_TURNS = 16

/** Why a sleep that nobody needs any more is ended: one for all, since an error of its own each time costs its stack. */
const NOT_NEEDED = new Error('nothing is waited for any more')

/**
 * Many deadlines on one timer. What has the same time to wait expires in the order in which it came, so a queue for each
 * length of time keeps everything in order, and what is answered leaves it at once. No timer is left when nothing is
 * waited for.
 */
export class Deadlines {
  readonly #clock: Clock
  readonly #now: () => number
  /** Milliseconds to wait → who waits → until when. */
  readonly #queues = new Map<number, Map<Waiting, number>>()
  #sleep: { until: number; abort: AbortController } | undefined
  /** How often something was answered in time. */
  #removals = 0

  constructor(clock: Clock) {
    this.#clock = clock
    this.#now = monotone(clock)
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
    if (!queue?.delete(waiting)) return
    this.#removals += 1
    if (queue.size > 0) return
    this.#queues.delete(ms)
    if (this.#queues.size === 0) this.#endSleep()
  }

  #sleepUntil(until: number): void {
    this.#endSleep()
    const sleep = { until, abort: new AbortController() }
    this.#sleep = sleep
    this.#clock.sleep(Math.max(0, until - this.#now()), sleep.abort.signal).then(
      async () => {
        // A timer may fire a moment before the clock says so. What is due later than now has not had its turns yet.
        const reached = Math.max(until, this.#now())
        await this.#answersThatAreThere()
        if (this.#sleep === sleep) this.#expire(reached)
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

  /**
   * A process that was busy comes to its timers before it hears what has arrived meanwhile: that is read in the turn after
   * them, some 32 datagrams of a socket at a time.
   */
  async #answersThatAreThere(): Promise<void> {
    for (let turn = 0; turn < MOST_TURNS; turn += 1) {
      const before = this.#removals
      await new Promise(setImmediate)
      if (this.#removals === before) return
    }
  }

  #expire(reached: number): void {
    this.#sleep = undefined
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
}
