import type { Clock, Random } from '../contracts/runtime.ts'
import { monotone } from '../domain/monotone.ts'
import { Deadlines } from './deadlines.ts'
import type { Endpoint, NoReply } from './endpoint.ts'
import { encodeQuery, type Message, type Question } from './message.ts'
import { Peer } from './peer.ts'
import { payFor } from './purse.ts'
import { randomIds } from './random-ids.ts'
import { Slots } from './slots.ts'
import { askOverTcp } from './tcp.ts'

export { type Endpoint, NO_ROUTE, type NoReply } from './endpoint.ts'

/** How long a server is waited for, in milliseconds. */
export interface Patience {
  /** The UDP query is sent again each time one of these has passed; after the last one the server has not answered. */
  udpTries: readonly number[]
  tcp: number
}

/** For a server of which nothing bad is known. */
export const PATIENT: Patience = { udpTries: [2000, 2000], tcp: 4000 }
/** For a server that did not answer a moment ago. */
export const BRIEF: Patience = { udpTries: [750], tcp: 750 }

export interface AskOptions {
  signal: AbortSignal
  recursionDesired: boolean
  /** CD=1: a validating resolver hands out what it would refuse (RFC 4035 §3.2.2). */
  checkingDisabled?: boolean
  patience: Patience
}

/** Questions in flight at once in one instance, each maybe to a server of its own: a socket and, over TCP, 64 KB. */
const IN_FLIGHT = 256

/** A server, and how many ask it or wait for their turn. */
interface Line {
  peer: Peer
  askers: number
}

/** One question to one server: UDP with EDNS 1232 bytes, TCP when the answer is cut (RFC 7766 §5). */
export class Wire {
  readonly #now: () => number
  readonly #deadlines: Deadlines
  readonly #randomId: () => number
  readonly #slots = new Slots(IN_FLIGHT)
  readonly #lines = new Map<string, Line>()

  constructor(o: { clock: Clock; random: Random }) {
    this.#now = monotone(o.clock)
    this.#deadlines = new Deadlines(o.clock)
    this.#randomId = randomIds(o.random)
  }

  /**
   * The server's reply, or why there is none. Every socket is closed soon after the last promise has settled, and none
   * keeps the process alive. Rejects with the signal's reason at once when it aborts.
   */
  async ask(server: Endpoint, question: Question, o: AskOptions): Promise<Message | NoReply> {
    payFor(o.signal)
    const line = this.#enter(server)
    try {
      // First its own line: who waits for a busy server must not take a place from those who ask others.
      return await line.peer.slots.run(() => this.#slots.run(() => this.#ask(line.peer, server, question, o), o.signal), o.signal)
    } finally {
      this.#leave(server, line)
    }
  }

  async #ask(peer: Peer, server: Endpoint, question: Question, o: AskOptions): Promise<Message | NoReply> {
    const reply = await this.#askOnce(peer, server, question, o, true)
    // A server that does not know EDNS answers so (RFC 6891 §7).
    const isEdnsUnknown = 'rcode' in reply && ['FORMERR', 'NOTIMP', 'BADVERS'].includes(reply.rcode)
    return isEdnsUnknown ? await this.#askOnce(peer, server, question, o, false) : reply
  }

  async #askOnce(peer: Peer, server: Endpoint, question: Question, o: AskOptions, edns: boolean): Promise<Message | NoReply> {
    const { signal, recursionDesired, checkingDisabled = false, patience } = o
    // The id is that of the socket's choice.
    const query = encodeQuery(question, { id: 0, recursionDesired, checkingDisabled, edns })
    const reply = await peer.ask(query, patience.udpTries, signal)
    if (reply !== 'truncated') return reply
    return await askOverTcp(server, query, { patience: patience.tcp, signal, deadlines: this.#deadlines })
  }

  #enter(server: Endpoint): Line {
    const key = keyOf(server)
    const there = this.#lines.get(key)
    if (there) {
      there.askers += 1
      return there
    }
    const line = { peer: new Peer(server, { deadlines: this.#deadlines, randomId: this.#randomId, now: this.#now }), askers: 1 }
    this.#lines.set(key, line)
    return line
  }

  #leave(server: Endpoint, line: Line): void {
    line.askers -= 1
    if (line.askers > 0) return
    // Whoever goes on from this answer to the next question does so before the event loop turns.
    setImmediate(() => {
      if (line.askers > 0) return
      line.peer.retire()
      if (this.#lines.get(keyOf(server)) === line) this.#lines.delete(keyOf(server))
    })
  }
}

function keyOf({ address, port }: Endpoint): string {
  return `${address} ${port}`
}
