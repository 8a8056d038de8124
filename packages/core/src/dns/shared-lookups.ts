import type { Clock } from '../contracts/runtime.ts'
import { monotone } from '../domain/monotone.ts'
import { unlessAborted } from './abort.ts'
import { isPurseEmpty, sharePurse } from './purse.ts'

/** How long a result is reused unless it is said otherwise, in milliseconds. */
const FRESH_FOR = 60_000

interface Lookup<T> {
  promise: Promise<T>
  /** Ends it while it runs; thousands of results are kept, and none of them needs it any more. */
  abort: AbortController | undefined
  callers: number
  /** As {@link monotone} counts; absent while it runs. */
  freshUntil?: number
}

/**
 * Look-ups by key that concurrent callers share and whose results are reused for a time. Failures are not kept. A
 * look-up that is shared goes on until the last of its callers has aborted; it is the first of them who pays for it.
 */
export class SharedLookups<T> {
  readonly #lookups = new Map<string, Lookup<T>>()
  readonly #now: () => number
  readonly #freshFor: number

  constructor(clock: Clock, freshFor = FRESH_FOR) {
    this.#now = monotone(clock)
    this.#freshFor = freshFor
  }

  /** The result for `key`, by `load` when there is none. Rejects with the signal's reason at once when it aborts. */
  async get(key: string, signal: AbortSignal, load: (signal: AbortSignal) => Promise<T>): Promise<T> {
    for (;;) {
      signal.throwIfAborted()
      this.#dropStale()
      const known = this.#lookups.get(key)
      try {
        return await this.#join(key, known ?? this.#start(key, signal, load), signal)
      } catch (thrown) {
        // That the call which began it had asked enough is the affair of that call.
        if (!known || !isPurseEmpty(thrown)) throw thrown
      }
    }
  }

  async #join(key: string, lookup: Lookup<T>, signal: AbortSignal): Promise<T> {
    if (lookup.freshUntil !== undefined) return await lookup.promise
    lookup.callers += 1
    try {
      return await unlessAborted(lookup.promise, signal)
    } finally {
      lookup.callers -= 1
      if (lookup.callers === 0 && lookup.freshUntil === undefined) {
        this.#forget(key, lookup)
        lookup.abort?.abort(signal.reason)
      }
    }
  }

  /** Whether the next caller gets a result that is there or under way. */
  has(key: string): boolean {
    this.#dropStale()
    return this.#lookups.has(key)
  }

  /** The next caller asks anew. */
  forget(key: string): void {
    this.#lookups.delete(key)
  }

  #start(key: string, signal: AbortSignal, load: (signal: AbortSignal) => Promise<T>): Lookup<T> {
    const abort = new AbortController()
    sharePurse(signal, abort.signal)
    const lookup: Lookup<T> = { promise: load(abort.signal), abort, callers: 0 }
    this.#lookups.set(key, lookup)
    lookup.promise.then(
      () => {
        lookup.abort = undefined
        lookup.freshUntil = this.#now() + this.#freshFor
        // To the end of the line: the map is in the order in which results go stale.
        if (this.#lookups.get(key) === lookup) {
          this.#lookups.delete(key)
          this.#lookups.set(key, lookup)
        }
      },
      () => this.#forget(key, lookup),
    )
    return lookup
  }

  #forget(key: string, lookup: Lookup<T>): void {
    if (this.#lookups.get(key) === lookup) this.#lookups.delete(key)
  }

  #dropStale(): void {
    const now = this.#now()
    for (const [key, { freshUntil }] of this.#lookups) {
      if (freshUntil === undefined) continue
      if (freshUntil > now) break
      this.#lookups.delete(key)
    }
  }
}
