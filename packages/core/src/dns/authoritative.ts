import type { AuthoritativeServer } from '../contracts/dns.ts'
import type { Clock } from '../contracts/runtime.ts'
import { monotone } from '../domain/monotone.ts'
import { unlessAborted } from './abort.ts'
import { OVER_TCP } from './endpoint.ts'
import { firstUsable } from './hedge.ts'
import type { Message, Question } from './message.ts'
import { rcodeSaid } from './observe.ts'
import { registrableDomain } from './registrable.ts'
import { Slots } from './slots.ts'
import { BRIEF, type NoReply, PATIENT, type Patience, type Wire } from './wire.ts'

/** How long what is known about a server counts, in milliseconds. */
const MEMORY = 60_000

/** How long the SOA that a server gave will do, in milliseconds: who looks for a zone mostly wants to know next how it stands. */
const SOA_MEMORY = 5_000

/**
 * Questions at a time to addresses of which nothing is known, or nothing good: half of those that may be in flight. The names
 * of one zone alone can lead to enough dead addresses to take all places.
 */
const UNHEARD_IN_FLIGHT = 128

/** Whether there has been a reply from an address within the memory; a server that sends nonsense is there, too. */
interface Standing {
  isThere: boolean
  until: number
}

/** A question under way to an address that is not known to be there. */
interface Probe {
  /** The zone and type, as {@link subjectOf} tells them. */
  subject: string
  /** Ends with the failure when the address is not there. */
  failure: Promise<NoReply | undefined>
}

/**
 * Questions to authoritative servers (RD=0). Remembers for a minute which of them are dead: they are asked last, are
 * waited for only briefly, and one question of a zone and type at a time finds out whether they are back while the others of
 * the same kind take its word. Those of other zones never do: one customer's zone can be made to fail at a server that
 * thousands share. For the same reason a reply outweighs whatever else is not answered in the minute after it.
 */
export class Authoritative {
  readonly #wire: Wire
  readonly #clock: Clock
  readonly #now: () => number
  readonly #port: number
  readonly #unheard = new Slots(UNHEARD_IN_FLIGHT)
  readonly #standing = new Map<string, Standing>()
  /** Replies with the SOA of an apex, by address and apex, the oldest first. */
  readonly #soas = new Map<string, { reply: Message; until: number }>()
  /** By the address that was never heard of, or by the dead address and the subject. */
  readonly #probes = new Map<string, Probe>()

  constructor(o: { wire: Wire; clock: Clock; port: number }) {
    this.#wire = o.wire
    this.#clock = o.clock
    this.#now = monotone(o.clock)
    this.#port = o.port
  }

  /** What this server says. Rejects only when the signal aborts. */
  async ask(server: AuthoritativeServer, question: Question, signal: AbortSignal): Promise<Message | NoReply> {
    for (;;) {
      const standing = this.#recall(server.address)
      if (standing?.isThere) return await this.#exchange(server, question, PATIENT, signal)
      const subject = subjectOf(question)
      const key = standing ? `${server.address} ${subject}` : server.address
      const probe = this.#probes.get(key)
      if (!probe) {
        const exchange = () => this.#exchange(server, question, standing ? BRIEF : PATIENT, signal)
        return await this.#probe(key, subject, this.#unheard.run(exchange, signal))
      }
      const failure = await unlessAborted(probe.failure, signal)
      if (failure && probe.subject === subject) return failure
    }
  }

  /** What this server says of the SOA at `apex`, now or some seconds ago. Rejects only when the signal aborts. */
  async soaOf(apex: string, server: AuthoritativeServer, signal: AbortSignal): Promise<Message | NoReply> {
    this.#dropStaleSoas()
    const known = this.#soas.get(`${server.address} ${apex}`)
    return known ? known.reply : await this.ask(server, { name: apex, type: 'SOA' }, signal)
  }

  /**
   * The first of the servers' replies that `read` can use (it gives undefined for one of no use), or why there is none:
   * what each server said instead.
   */
  async firstOf<T>(
    servers: readonly AuthoritativeServer[],
    question: Question,
    read: (reply: Message) => T | undefined,
    signal: AbortSignal,
  ): Promise<{ found: T } | { silent: string }> {
    const said = new Map<AuthoritativeServer, string>()
    const attempt = async (server: AuthoritativeServer, aborted: AbortSignal) => {
      const reply = await this.ask(server, question, aborted)
      const found = 'failure' in reply ? undefined : read(reply)
      if (found !== undefined) return { found }
      said.set(server, 'failure' in reply ? reply.reason : rcodeSaid(reply))
      return undefined
    }
    const usable = await firstUsable(this.#byStanding(servers), attempt, { clock: this.#clock, signal })
    return usable ?? { silent: servers.map((server) => `${server.name} (${server.address}): ${said.get(server)}`).join('; ') }
  }

  async #probe(key: string, subject: string, exchange: Promise<Message | NoReply>): Promise<Message | NoReply> {
    // An abort is the affair of the one who asked: the next one in line asks again.
    const failure = exchange.then((reply) => ('failure' in reply && !isThere(reply) ? reply : undefined)).catch(() => undefined)
    this.#probes.set(key, { subject, failure })
    try {
      return await exchange
    } finally {
      this.#probes.delete(key)
    }
  }

  async #exchange(
    { address }: AuthoritativeServer,
    question: Question,
    patience: Patience,
    signal: AbortSignal,
  ): Promise<Message | NoReply> {
    const reply = await this.#wire.ask({ address, port: this.#port }, question, { signal, recursionDesired: false, patience })
    if ('rcode' in reply && question.type === 'SOA') this.#keepSoa(address, question.name, reply)
    this.#keepStanding(address, isThere(reply))
    return reply
  }

  #keepStanding(address: string, isThere: boolean): void {
    if (!isThere && this.#recall(address)?.isThere) return
    // To the end of the line: the map is in the order in which it is forgotten.
    this.#standing.delete(address)
    this.#standing.set(address, { isThere, until: this.#now() + MEMORY })
  }

  #keepSoa(address: string, name: string, reply: Message): void {
    this.#dropStaleSoas()
    const key = `${address} ${name}`
    this.#soas.delete(key)
    const isApex = reply.answers.some((record) => record.type === 'SOA' && record.name === name)
    if (isApex) this.#soas.set(key, { reply, until: this.#now() + SOA_MEMORY })
  }

  #dropStaleSoas(): void {
    const now = this.#now()
    for (const [stale, { until }] of this.#soas) {
      if (until > now) break
      this.#soas.delete(stale)
    }
  }

  #byStanding(servers: readonly AuthoritativeServer[]): AuthoritativeServer[] {
    const rank = ({ address }: AuthoritativeServer) => {
      const standing = this.#recall(address)
      return standing === undefined ? 1 : standing.isThere ? 0 : 2
    }
    return servers.toSorted((a, b) => rank(a) - rank(b))
  }

  #recall(address: string): Standing | undefined {
    const now = this.#now()
    for (const [stale, { until }] of this.#standing) {
      if (until > now) break
      this.#standing.delete(stale)
    }
    return this.#standing.get(address)
  }
}

/** Over TCP is asked only what was answered over UDP before. */
function isThere(reply: Message | NoReply): boolean {
  return !('failure' in reply) || ['garbage', 'broken'].includes(reply.failure) || reply.reason.endsWith(OVER_TCP)
}

/** The zone, as far as it is known before it is asked, and the type: who makes these fail makes nothing else fail. */
function subjectOf({ name, type }: Question): string {
  return `${type} ${registrableDomain(name)}`
}
