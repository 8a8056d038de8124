import type { Clock } from '../contracts/runtime.ts'
import { unlessAborted } from './abort.ts'

/** How long a result is reused unless it is said otherwise, in milliseconds. */
const FRESH_FOR = 60_000

interface Lookup<T> {
  promise: Promise<T>
  abort: AbortController
  callers: number
  /** Milliseconds since the epoch; absent while it runs. */
  freshUntil?: number
}

/**
 * Look-ups by key that concurrent callers share and whose results are reused for a time. Failures are not kept. A
 * look-up that is shared goes on until the last of its callers has aborted.
 */
export class SharedLookups<T> {
  readonly #lookups = new Map<string, Lookup<T>>()
  readonly #clock: Clock
  readonly #freshFor: number

  constructor(clock: Clock, freshFor = FRESH_FOR) {
    this.#clock = clock
    this.#freshFor = freshFor
  }

  /** The result for `key`, by `load` when there is none. Rejects with the signal's reason at once when it aborts. */
  async get(key: string, signal: AbortSignal, load: (signal: AbortSignal) => Promise<T>): Promise<T> {
    signal.throwIfAborted()
    this.#dropStale()
    const lookup = this.#lookups.get(key) ?? this.#start(key, load)
    if (lookup.freshUntil !== undefined) return await lookup.promise
    lookup.callers += 1
    try {
      return await unlessAborted(lookup.promise, signal)
    } finally {
      lookup.callers -= 1
      if (lookup.callers === 0 && lookup.freshUntil === undefined) {
        this.#forget(key, lookup)
        lookup.abort.abort(signal.reason)
      }
    }
  }

  /** The next caller asks anew. */
  forget(key: string): void {
    this.#lookups.delete(key)
  }

  #start(key: string, load: (signal: AbortSignal) => Promise<T>): Lookup<T> {
    const abort = new AbortController()
    const lookup: Lookup<T> = { promise: load(abort.signal), abort, callers: 0 }
    this.#lookups.set(key, lookup)
    lookup.promise.then(
      () => {
        lookup.freshUntil = this.#clock.now().getTime() + this.#freshFor
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
    const now = this.#clock.now().getTime()
    for (const [key, { freshUntil }] of this.#lookups) {
      if (freshUntil === undefined) continue
      if (freshUntil > now) break
      this.#lookups.delete(key)
    }
  }
}
