import type { Clock } from '../contracts/runtime.ts'
import { abortable } from './abortable.ts'

/** Let's Encrypt allows bursts of 10 requests to newNonce from one address. */
const MAX_FETCHES = 8

/** A CA forgets nonces after a while; asking for a new one is cheaper than a `badNonce` answer. */
const MAX_AGE_MS = 3 * 60_000

/** As many as there are requests at once, since each takes one and brings one back. */
const MAX_KEPT = 256

interface Waiter {
  resolve(nonce: string): void
  reject(error: unknown): void
}

/** Whether a Replay-Nonce header holds a nonce; one that does not MUST be ignored (RFC 8555 §6.5.1). */
export function isNonce(header: string | undefined): header is string {
  return header !== undefined && /^[A-Za-z0-9_-]{1,512}$/.test(header)
}

/**
 * Nonces of one CA (RFC 8555 §6.5): every answer brings the nonce of a later request, so that newNonce is asked only
 * when none is left. Callers wait for whichever comes first, an answer's nonce or a fetched one. Any number at once.
 */
export class NoncePool {
  readonly #clock: Clock
  readonly #fetch: () => Promise<string>
  /** Oldest first. */
  readonly #kept: { nonce: string; at: number }[] = []
  readonly #waiters = new Set<Waiter>()
  #fetching = 0

  /** @param fetch asks the CA for one nonce (see {@link isNonce}); must end by itself */
  constructor(clock: Clock, fetch: () => Promise<string>) {
    this.#clock = clock
    this.#fetch = fetch
  }

  /** Keeps a nonce for the next request; what is not a nonce is ignored. */
  add(nonce: string | undefined): void {
    if (!isNonce(nonce)) return
    const [waiter] = this.#waiters
    if (waiter) {
      this.#waiters.delete(waiter)
      waiter.resolve(nonce)
      return
    }
    this.#kept.push({ nonce, at: this.#clock.now().getTime() })
    if (this.#kept.length > MAX_KEPT) this.#kept.shift()
  }

  /**
   * A nonce that nobody else gets.
   * @throws what the fetch threw, when one fails while this call waits; the signal's reason
   */
  async take(signal: AbortSignal): Promise<string> {
    signal.throwIfAborted()
    const oldest = this.#clock.now().getTime() - MAX_AGE_MS
    // The freshest one: when it is too old, so are all others.
    const last = this.#kept.pop()
    if (last && last.at >= oldest) return last.nonce

    const { promise, resolve, reject } = Promise.withResolvers<string>()
    const waiter: Waiter = { resolve, reject }
    this.#waiters.add(waiter)
    this.#fetchForWaiters()
    try {
      return await abortable(promise, signal)
    } finally {
      this.#waiters.delete(waiter)
    }
  }

  #fetchForWaiters(): void {
    while (this.#fetching < Math.min(MAX_FETCHES, this.#waiters.size)) {
      this.#fetching += 1
      this.#fetchOne().then(
        (nonce) => {
          this.#fetching -= 1
          this.add(nonce)
          this.#fetchForWaiters()
        },
        // A CA that refuses a nonce is down or throttles: to ask it once more for every waiter would make it worse.
        (error: unknown) => {
          this.#fetching -= 1
          for (const waiter of this.#waiters) waiter.reject(error)
          this.#waiters.clear()
        },
      )
    }
  }

  async #fetchOne(): Promise<string> {
    return this.#fetch()
  }
}
