import { createSocket } from 'node:dgram'
import { connect, isIPv6 } from 'node:net'
import type { Clock, Random } from '../contracts/runtime.ts'
import { encodeQuery, type Message, type Question, readReply } from './message.ts'
import { Slots } from './slots.ts'

/** Where a server listens, over UDP and TCP. */
export interface Endpoint {
  /** IPv4 or IPv6, without brackets. */
  address: string
  port: number
}

/** Why there is no reply. `no-route`: this host has no way to the address, which says nothing about the server. */
export interface NoReply {
  failure: 'timeout' | 'refused' | 'no-route' | 'garbage' | 'broken'
  /** The same for people, such as `timeout over TCP`. */
  reason: string
}

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
  patience: Patience
}

/** The reason of `no-route` over UDP. */
export const NO_ROUTE = 'no route from here'

/** Queries in flight at once in one instance: each is a socket. */
const IN_FLIGHT = 128

const NO_ROUTE_ERRORS = ['ENETUNREACH', 'EHOSTUNREACH', 'ENETDOWN', 'EADDRNOTAVAIL', 'EAFNOSUPPORT']

/** One question to one server: UDP with EDNS 1232 bytes, TCP when the answer is cut (RFC 7766 §5). */
export class Wire {
  readonly #clock: Clock
  readonly #random: Random
  readonly #slots = new Slots(IN_FLIGHT)

  constructor(o: { clock: Clock; random: Random }) {
    this.#clock = o.clock
    this.#random = o.random
  }

  /**
   * The server's reply, or why there is none. Every socket is closed when the promise settles. Rejects with the
   * signal's reason at once when it aborts.
   */
  async ask(server: Endpoint, question: Question, o: AskOptions): Promise<Message | NoReply> {
    return await this.#slots.run(async () => {
      const reply = await this.#askOnce(server, question, o, true)
      // A server that does not know EDNS answers so (RFC 6891 §7).
      const isEdnsUnknown = 'rcode' in reply && ['FORMERR', 'NOTIMP', 'BADVERS'].includes(reply.rcode)
      return isEdnsUnknown ? await this.#askOnce(server, question, o, false) : reply
    }, o.signal)
  }

  async #askOnce(server: Endpoint, question: Question, o: AskOptions, edns: boolean): Promise<Message | NoReply> {
    const query = encodeQuery(question, { id: this.#randomId(), recursionDesired: o.recursionDesired, edns })
    const reply = await askOverUdp(server, query, o, this.#clock)
    return reply === 'truncated' ? await askOverTcp(server, query, o, this.#clock) : reply
  }

  #randomId(): number {
    const [high = 0, low = 0] = this.#random.bytes(2)
    return high * 256 + low
  }
}

/** Settles once: by an outcome, by the abort, or by the last of the time-outs. `close` frees the socket in every case. */
function race<T>(
  o: {
    signal: AbortSignal
    clock: Clock
    tries: readonly number[]
    close: () => void
    repeat: () => unknown
    onTimeout: () => T
  },
  listen: (settle: (outcome: T) => void) => void,
): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const timer = new AbortController()
    let isSettled = false
    const end = () => {
      isSettled = true
      o.signal.removeEventListener('abort', onAbort)
      timer.abort()
      o.close()
    }
    const settle = (outcome: T) => {
      // Sockets may still speak while they close.
      if (isSettled) return
      end()
      resolve(outcome)
    }
    const fail = (thrown: unknown) => {
      end()
      reject(thrown)
    }
    const onAbort = () => fail(o.signal.reason)
    const waitOut = async () => {
      for (const [nth, ms] of o.tries.entries()) {
        if (nth > 0) o.repeat()
        await o.clock.sleep(ms, timer.signal)
      }
      settle(o.onTimeout())
    }
    if (o.signal.aborted) return onAbort()
    o.signal.addEventListener('abort', onAbort, { once: true })
    listen(settle)
    waitOut().catch((thrown: unknown) => {
      // A sleep that ends because there is an outcome already is no failure.
      if (!isSettled) fail(thrown)
    })
  })
}

function askOverUdp(server: Endpoint, query: Buffer, o: AskOptions, clock: Clock): Promise<Message | NoReply | 'truncated'> {
  const socket = createSocket(isIPv6(server.address) ? 'udp6' : 'udp4')
  let isConnected = false
  let isUnreadable = false
  // Failures of connecting and of sending arrive as the socket's error event.
  const send = () => {
    isConnected = true
    socket.send(query)
  }
  return race<Message | NoReply | 'truncated'>(
    {
      signal: o.signal,
      clock,
      tries: o.patience.udpTries,
      close: () => {
        socket.removeListener('connect', send)
        socket.close()
      },
      repeat: () => isConnected && send(),
      onTimeout: () =>
        isUnreadable ? { failure: 'garbage', reason: 'not a DNS answer' } : { failure: 'timeout', reason: 'timeout' },
    },
    (settle) => {
      socket.on('error', (error) => settle(brokenBy(error, '')))
      socket.on('message', (bytes) => {
        const reply = readReply(bytes, query)
        // What does not fit may be a forgery that tries to be first: the true answer may still come (RFC 5452 §9).
        if (reply === 'stray' || reply === 'garbage') isUnreadable = true
        else settle(reply)
      })
      // A connected socket takes datagrams from this address and port only, and hears of closed ports.
      socket.once('connect', send)
      socket.connect(server.port, server.address)
    },
  )
}

function askOverTcp(server: Endpoint, query: Buffer, o: AskOptions, clock: Clock): Promise<Message | NoReply> {
  const socket = connect({ host: server.address, port: server.port })
  const over = ' over TCP'
  return race<Message | NoReply>(
    {
      signal: o.signal,
      clock,
      tries: [o.patience.tcp],
      close: () => socket.destroy(),
      repeat: () => undefined,
      onTimeout: () => ({ failure: 'timeout', reason: `timeout${over}` }),
    },
    (settle) => {
      let received = Buffer.alloc(0)
      socket.on('error', (error) => settle(brokenBy(error, over)))
      socket.on('close', () => settle({ failure: 'broken', reason: `connection closed${over}` }))
      socket.on('data', (bytes: Buffer) => {
        received = Buffer.concat([received, bytes])
        // RFC 1035 §4.2.2: a message is preceded by its length in two bytes.
        if (received.length < 2 || received.length < 2 + received.readUInt16BE(0)) return
        const reply = readReply(received.subarray(2, 2 + received.readUInt16BE(0)), query)
        settle(typeof reply === 'string' ? { failure: 'garbage', reason: `not a DNS answer${over}` } : reply)
      })
      const length = Buffer.alloc(2)
      length.writeUInt16BE(query.length)
      socket.write(Buffer.concat([length, query]))
    },
  )
}

function brokenBy(error: Error & { code?: string }, over: string): NoReply {
  const code = error.code ?? error.message
  if (code === 'ECONNREFUSED') return { failure: 'refused', reason: `connection refused${over}` }
  if (NO_ROUTE_ERRORS.includes(code)) return { failure: 'no-route', reason: `${NO_ROUTE}${over}` }
  return { failure: 'broken', reason: `${code}${over}` }
}
