import type { Clock } from '../contracts/runtime.ts'
import { follow } from './abort.ts'
import { type HttpAnswer, HttpsConnection } from './https-connection.ts'
import { encodeQuery, type Message, type Question, type ResourceRecord, readReply } from './message.ts'
import { payFor } from './purse.ts'
import { Slots } from './slots.ts'
import { type NoReply, PATIENT } from './wire.ts'

/**
 * Questions in flight at once. RFC 9113 §6.5.2 wants every server to allow 100, but BIND (since 9.18.33, CVE-2024-12705)
 * hangs up on a new connection when more than 50 are opened before it has read the first one to its end.
 */
const IN_FLIGHT = 32

/** Why the one that was slower is ended: one for all, since an error of its own each time costs its stack. */
const OVER = new Error('the question is over')

const NO_ANSWER: NoReply = { failure: 'garbage', reason: 'not a DNS answer over HTTPS' }
const TIMEOUT: NoReply = { failure: 'timeout', reason: 'timeout over HTTPS' }

/**
 * A recursive resolver that is asked over HTTPS: POST of wire format over HTTP/2 (RFC 8484), which is all that some of
 * them speak. The connection is made for the first question, shared by those that come while it is there, and made anew
 * when it is lost. TLS is checked with the roots of Node, to which NODE_EXTRA_CA_CERTS adds.
 */
export class HttpsResolver {
  readonly #url: URL
  readonly #clock: Clock
  readonly #slots = new Slots(IN_FLIGHT)
  readonly #maxIdleMs: number | undefined
  #connection: HttpsConnection | undefined

  /** @param o.maxIdleMs how long a connection without questions stays open, for tests */
  constructor(url: URL, clock: Clock, o: { maxIdleMs?: number } = {}) {
    this.#url = url
    this.#clock = clock
    this.#maxIdleMs = o.maxIdleMs
  }

  /**
   * Its reply, or why there is none: `timeout` after as long as TCP is waited for, connecting included. Rejects with the
   * signal's reason at once when it aborts.
   */
  async ask(question: Question, signal: AbortSignal, o: { checkingDisabled?: boolean } = {}): Promise<Message | NoReply> {
    payFor(signal)
    // RFC 8484 §4.1: the id is 0, HTTP itself tells which answer is whose.
    const query = encodeQuery(question, { id: 0, recursionDesired: true, edns: true, ...o })
    return await this.#slots.run(async () => {
      const answer = await this.#inTime(query, signal)
      return 'failure' in answer ? answer : readAnswer(answer, query)
    }, signal)
  }

  async #inTime(query: Buffer, signal: AbortSignal): Promise<HttpAnswer | NoReply> {
    const both = follow(signal)
    const used: { connection?: HttpsConnection; heard: number } = { heard: 0 }
    const answer = this.#post(query, both.signal, used)
    const timeout = this.#clock.sleep(PATIENT.tcp, both.signal).then(() => {
      // Not a word in all that time: it may be dead without our knowing, and the next question goes over a new one.
      if (used.connection?.heard === used.heard) used.connection.destroy()
      return TIMEOUT
    })
    // Whoever loses ends by the abort below, when nobody waits for it any more.
    answer.catch(() => undefined)
    timeout.catch(() => undefined)
    try {
      return await Promise.race([answer, timeout])
    } finally {
      both.end(OVER)
    }
  }

  /** Asks again once where the connection was lost: resolvers close idle ones, maybe just when a question is on its way. */
  async #post(query: Buffer, signal: AbortSignal, used: { connection?: HttpsConnection; heard: number }) {
    for (let attempt = 1; ; attempt += 1) {
      const connection = this.#usableConnection()
      used.connection = connection
      used.heard = connection.heard
      const outcome = await connection.post(query, signal)
      if (!('isLost' in outcome) || attempt === 2) return outcome
    }
  }

  #usableConnection(): HttpsConnection {
    if (!this.#connection?.isUsable)
      this.#connection = new HttpsConnection(this.#url, {
        ...(this.#maxIdleMs !== undefined && { maxIdleMs: this.#maxIdleMs }),
      })
    return this.#connection
  }
}

function readAnswer({ body, age }: HttpAnswer, query: Buffer): Message | NoReply {
  const reply = readReply(body, query)
  // There is no larger way to ask than this one, so an answer that is cut is of no use either.
  if (typeof reply === 'string') return NO_ANSWER
  if (age === 0) return reply
  // RFC 8484 §5.1: the time that the answer lay in an HTTP cache has gone by for its records.
  const aged = (record: ResourceRecord) => ({ ...record, ttl: Math.max(0, record.ttl - age) })
  return {
    ...reply,
    answers: reply.answers.map(aged),
    authorities: reply.authorities.map(aged),
    additionals: reply.additionals.map(aged),
  }
}
