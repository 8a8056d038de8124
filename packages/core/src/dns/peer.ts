import { unlessAborted } from './abort.ts'
import { Channel, type UdpOutcome } from './channel.ts'
import type { Deadlines } from './deadlines.ts'
import type { Endpoint } from './endpoint.ts'
import { Slots } from './slots.ts'

/**
 * Queries in flight at one server. So many answers of 1,232 bytes fit into the receive buffer that a socket has by default
 * (212,992 bytes of Linux, which counts some 2,300 for each); measured on loopback, more of them make nothing faster.
 */
const IN_FLIGHT = 64

/** After so many milliseconds a server that was not there is asked again: one that restarts is back mostly. */
const RESTART = 50

/** One server, for all who ask it: at most so many queries at a time, over a socket that is changed now and then. */
export class Peer {
  readonly slots = new Slots(IN_FLIGHT)
  readonly #server: Endpoint
  readonly #o: { deadlines: Deadlines; randomId: () => number; now: () => number }
  #channel: Channel | undefined

  constructor(server: Endpoint, o: { deadlines: Deadlines; randomId: () => number; now: () => number }) {
    this.#server = server
    this.#o = o
  }

  /**
   * Asks over UDP, as {@link Channel.ask} does. A closed port is told once to all who ask, also when they were heard before
   * it closed; so it is believed when it is told twice.
   */
  ask(query: Buffer, tries: readonly number[], signal: AbortSignal): Promise<UdpOutcome> {
    return this.#usableChannel()
      .ask(query, tries, signal)
      .then((outcome) => {
        const isRefused = typeof outcome !== 'string' && 'failure' in outcome && outcome.failure === 'refused'
        return isRefused ? this.#onceMore(query, tries.slice(-1), signal) : outcome
      })
  }

  async #onceMore(query: Buffer, tries: readonly number[], signal: AbortSignal): Promise<UdpOutcome> {
    await this.#pause(signal)
    return await this.#usableChannel().ask(query, tries, signal)
  }

  /** Closes its socket once nothing is in flight. */
  retire(): void {
    this.#channel?.retire()
    this.#channel = undefined
  }

  #usableChannel(): Channel {
    const now = this.#o.now()
    if (this.#channel?.takes(now)) return this.#channel
    this.#channel?.retire()
    this.#channel = new Channel(this.#server, { ...this.#o, now })
    return this.#channel
  }

  async #pause(signal: AbortSignal): Promise<void> {
    const { deadlines } = this.#o
    const over = Promise.withResolvers<void>()
    const waiting = { expire: over.resolve, fail: over.reject }
    deadlines.add(waiting, RESTART)
    try {
      await unlessAborted(over.promise, signal)
    } finally {
      deadlines.remove(waiting, RESTART)
    }
  }
}
