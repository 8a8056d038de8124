import { isIPv6 } from 'node:net'
import type { CallOptions } from '../contracts/dns-provider.ts'
import type { Clock } from '../contracts/runtime.ts'
import { follow } from '../domain/follow.ts'
import { monotone } from '../domain/monotone.ts'
import { connect } from './connect.ts'

/** What this machine reaches itself. Where no anchor of a family is known, it counts as reached. */
export interface Connectivity {
  ipv4: boolean
  ipv6: boolean
}

/** A place of others that is always there. */
export interface Anchor {
  /** An IP address. */
  host: string
  port: number
}

/** For how long the answer is good, in ms. */
const KNOWN_FOR = 10_000
const PATIENCE = 3_000
const OVER = new Error('it is over')

/**
 * Whether this machine reaches anything (requirements H2): one TCP connection to each anchor, and one of a family that comes
 * about is enough. All who ask at the same time share one look, which no caller's signal ends.
 */
export class OwnConnectivity {
  readonly #anchors: readonly Anchor[]
  readonly #clock: Clock
  readonly #now: () => number
  #looking: { since: number; result: Promise<Connectivity> } | undefined

  constructor(anchors: readonly Anchor[], clock: Clock) {
    this.#anchors = anchors
    this.#clock = clock
    this.#now = monotone(clock)
  }

  /** @param o.since what was looked at until this time (ms, by the same monotone clock) does not count */
  async look({ signal, since = this.#now() - KNOWN_FOR }: CallOptions & { since?: number }): Promise<Connectivity> {
    if (this.#anchors.length === 0) return { ipv4: true, ipv6: true }
    if (!this.#looking || this.#looking.since <= since) {
      this.#looking = { since: this.#now(), result: this.#ask() }
    }
    const { result } = this.#looking
    // The caller's signal lives as long as `run`, and there is a look for each check.
    const following = follow(signal)
    try {
      const both = await Promise.race([result, aborted(following.signal)])
      signal.throwIfAborted()
      return both ?? result
    } finally {
      following.end(OVER)
    }
  }

  async #ask(): Promise<Connectivity> {
    const families = [this.#anchors.filter(({ host }) => !isIPv6(host)), this.#anchors.filter(({ host }) => isIPv6(host))]
    const [ipv4 = true, ipv6 = true] = await Promise.all(families.map((anchors) => this.#reachesOne(anchors)))
    return { ipv4, ipv6 }
  }

  async #reachesOne(anchors: readonly Anchor[]): Promise<boolean> {
    if (anchors.length === 0) return true
    const over = new AbortController()
    try {
      return await Promise.any(anchors.map((anchor) => this.#reach(anchor, over.signal))).catch(() => false)
    } finally {
      over.abort()
    }
  }

  async #reach({ host, port }: Anchor, signal: AbortSignal): Promise<true> {
    const outcome = await connect({ address: host, port, ms: PATIENCE }, { clock: this.#clock, signal })
    if (!('socket' in outcome)) throw new Error('not reached')
    outcome.socket.destroy()
    return true
  }
}

function aborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined)
    else signal.addEventListener('abort', () => resolve(undefined), { once: true })
  })
}
