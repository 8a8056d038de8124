import { createSocket, type Socket } from 'node:dgram'
import { isIPv6 } from 'node:net'
import type { Deadlines, Waiting } from './deadlines.ts'
import { brokenBy, type Endpoint, type NoReply } from './endpoint.ts'
import { type Message, readReply } from './message.ts'

/**
 * So many queries go out from one port. An off-path forger has to guess the port and the id (RFC 5452 §9.2); whoever
 * finds the port out has only this long to try ids at it.
 */
const QUERIES = 256
/** The same for a port that is used seldom, in milliseconds. */
const LIFETIME = 10_000
/** Replies that fit nothing, after which the port is taken to be known to a forger. */
const STRAYS = 64

/** What came of a query over UDP; `truncated`: to be asked again over TCP. */
export type UdpOutcome = Message | NoReply | 'truncated'

/** One UDP socket, connected to a server, with the queries that are in flight on it. */
export class Channel {
  readonly #socket: Socket
  readonly #deadlines: Deadlines
  readonly #randomId: () => number
  readonly #openedAt: number
  readonly #inFlight = new Map<number, Exchange>()
  /** Every id that was used here, also of queries that are over: what comes late for those is no forgery. */
  readonly #ids = new Set<number>()
  /** Replies whose id was never used here: they may be meant for any query in flight. */
  #strays = 0
  /** Replies to queries of ours that do not fit them. */
  #misfits = 0
  #state: 'connecting' | 'open' | 'closed' = 'connecting'
  #isRetired = false

  /** @param o.now milliseconds; `o.randomId` gives 0 to 65,535 */
  constructor(server: Endpoint, o: { deadlines: Deadlines; randomId: () => number; now: number }) {
    this.#deadlines = o.deadlines
    this.#randomId = o.randomId
    this.#openedAt = o.now
    // Connected: the kernel passes on only what comes from this address and port, and tells of closed ports. No server
    // sees the port at which the answers of another are awaited.
    this.#socket = createSocket(isIPv6(server.address) ? 'udp6' : 'udp4')
    // Failures of connecting and of sending arrive here, too.
    this.#socket.on('error', (error) => this.#break(brokenBy(error, '')))
    this.#socket.on('message', (bytes) => this.#hear(bytes))
    this.#socket.once('connect', () => this.#opened())
    this.#socket.connect(server.port, server.address)
  }

  /** Whether another query may go out from this port. */
  takes(now: number): boolean {
    if (this.#state === 'closed' || this.#isRetired) return false
    return this.#ids.size < QUERIES && this.#strays + this.#misfits < STRAYS && now - this.#openedAt < LIFETIME
  }

  /**
   * Sends `query`, under an id of its own, once for each of `tries` (milliseconds to wait) until there is a reply that
   * fits. Rejects with the signal's reason at once when it aborts.
   */
  ask(query: Buffer, tries: readonly number[], signal: AbortSignal): Promise<UdpOutcome> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason)
      const id = this.#freshId()
      query.writeUInt16BE(id, 0)
      const onAbort = () => end(() => reject(signal.reason))
      const end = (settle: () => void) => {
        signal.removeEventListener('abort', onAbort)
        this.#deadlines.remove(exchange, exchange.patience)
        this.#inFlight.delete(id)
        if (this.#isRetired) this.retire()
        settle()
      }
      const exchange: Exchange = {
        query,
        strays: this.#strays,
        isUnreadable: false,
        patience: 0,
        left: [...tries],
        settle: (outcome) => end(() => resolve(outcome)),
        fail: (thrown) => end(() => reject(thrown)),
        expire: () => this.#try(exchange),
      }
      signal.addEventListener('abort', onAbort, { once: true })
      this.#inFlight.set(id, exchange)
      this.#try(exchange)
    })
  }

  /** Takes no more queries, and closes as soon as none is in flight. */
  retire(): void {
    this.#isRetired = true
    if (this.#inFlight.size === 0) this.#close()
  }

  /** The next try, or the end when there is none left. */
  #try(exchange: Exchange): void {
    const patience = exchange.left.shift()
    if (patience === undefined) {
      const isUnreadable = exchange.isUnreadable || this.#strays > exchange.strays
      exchange.settle(isUnreadable ? NOT_DNS : TIMEOUT)
      return
    }
    exchange.patience = patience
    this.#deadlines.add(exchange, patience)
    // Before it is connected, the socket sends what is in flight as soon as it is.
    if (this.#state === 'open') this.#send(exchange.query)
  }

  #opened(): void {
    if (this.#state !== 'connecting') return
    this.#state = 'open'
    for (const { query } of this.#inFlight.values()) this.#send(query)
  }

  #send(query: Buffer): void {
    // That a port is closed is told once, to whichever call comes next: without a callback a send that hears it keeps it.
    this.#socket.send(query, (error) => {
      if (error) this.#break(brokenBy(error, ''))
    })
  }

  #hear(bytes: Buffer): void {
    const id = bytes.length < 2 ? -1 : bytes.readUInt16BE(0)
    const exchange = this.#inFlight.get(id)
    if (!exchange) {
      if (!this.#ids.has(id)) this.#strays += 1
      return
    }
    const reply = readReply(bytes, exchange.query)
    if (reply === 'stray' || reply === 'garbage') {
      // What does not fit may be a forgery that tries to be first: the true answer may still come (RFC 5452 §9).
      this.#misfits += 1
      exchange.isUnreadable = true
    } else exchange.settle(reply)
  }

  #break(failure: NoReply): void {
    this.#close()
    for (const exchange of [...this.#inFlight.values()]) exchange.settle(failure)
  }

  #close(): void {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    this.#socket.close()
  }

  #freshId(): number {
    let id = this.#randomId()
    while (this.#ids.has(id)) id = (id + 1) % 65_536
    this.#ids.add(id)
    return id
  }
}

const TIMEOUT: NoReply = { failure: 'timeout', reason: 'timeout' }
const NOT_DNS: NoReply = { failure: 'garbage', reason: 'not a DNS answer' }

/** A query that is in flight. */
interface Exchange extends Waiting {
  readonly query: Buffer
  /** What the channel had heard before that fits nothing. */
  readonly strays: number
  /** Something came for this very query that could not be read or answers another question. */
  isUnreadable: boolean
  /** Milliseconds of the try under way. */
  patience: number
  /** Those of the tries to come. */
  readonly left: number[]
  settle(outcome: UdpOutcome): void
}
