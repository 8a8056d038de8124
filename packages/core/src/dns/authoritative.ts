import type { AuthoritativeServer } from '../contracts/dns.ts'
import type { Clock } from '../contracts/runtime.ts'
import { unlessAborted } from './abort.ts'
import { firstUsable } from './hedge.ts'
import type { Message, Question } from './message.ts'
import { BRIEF, type NoReply, PATIENT, type Wire } from './wire.ts'

/** How long what is known about a server counts, in milliseconds. */
const MEMORY = 60_000

/** How long the SOA that a server gave will do, in milliseconds: who looks for a zone mostly wants to know next how it stands. */
const SOA_MEMORY = 5_000

/** What the last question to an address came to. A server that sends nonsense is there, too. */
interface Standing {
  isThere: boolean
  until: number
}

/**
 * Questions to authoritative servers (RD=0). Remembers for a minute which of them are dead: they are asked last, are
 * waited for only briefly, and one question at a time finds out whether they are back while the others take its word.
 */
export class Authoritative {
  readonly #wire: Wire
  readonly #clock: Clock
  readonly #port: number
  readonly #standing = new Map<string, Standing>()
  /** Replies with the SOA of an apex, by address and apex, the oldest first. */
  readonly #soas = new Map<string, { reply: Message; until: number }>()
  /** The question under way to an address that is not known to be there; ends with the failure when it is not. */
  readonly #probes = new Map<string, Promise<NoReply | undefined>>()

  constructor(o: { wire: Wire; clock: Clock; port: number }) {
    this.#wire = o.wire
    this.#clock = o.clock
    this.#port = o.port
  }

  /** What this server says. Rejects only when the signal aborts. */
  async ask(server: AuthoritativeServer, question: Question, signal: AbortSignal): Promise<Message | NoReply> {
    while (!this.#recall(server.address)?.isThere) {
      const probe = this.#probes.get(server.address)
      if (!probe) return await this.#probe(server, question, signal)
      const failure = await unlessAborted(probe, signal)
      if (failure) return failure
    }
    return await this.#exchange(server, question, signal)
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
      said.set(server, 'failure' in reply ? reply.reason : lameness(reply))
      return undefined
    }
    const usable = await firstUsable(this.#byStanding(servers), attempt, { clock: this.#clock, signal })
    return usable ?? { silent: servers.map((server) => `${server.name} (${server.address}): ${said.get(server)}`).join('; ') }
  }

  async #probe(server: AuthoritativeServer, question: Question, signal: AbortSignal): Promise<Message | NoReply> {
    const exchange = this.#exchange(server, question, signal)
    // An abort is the affair of the one who asked: the next one in line asks again.
    const probe = exchange.then((reply) => ('failure' in reply && !isThere(reply) ? reply : undefined)).catch(() => undefined)
    this.#probes.set(server.address, probe)
    try {
      return await exchange
    } finally {
      this.#probes.delete(server.address)
    }
  }

  async #exchange({ address }: AuthoritativeServer, question: Question, signal: AbortSignal): Promise<Message | NoReply> {
    const patience = this.#recall(address)?.isThere === false ? BRIEF : PATIENT
    const reply = await this.#wire.ask({ address, port: this.#port }, question, { signal, recursionDesired: false, patience })
    if ('rcode' in reply && question.type === 'SOA') this.#keepSoa(address, question.name, reply)
    this.#standing.delete(address)
    this.#standing.set(address, { isThere: isThere(reply), until: this.#clock.now().getTime() + MEMORY })
    return reply
  }

  #keepSoa(address: string, name: string, reply: Message): void {
    this.#dropStaleSoas()
    const key = `${address} ${name}`
    this.#soas.delete(key)
    const isApex = reply.answers.some((record) => record.type === 'SOA' && record.name === name)
    if (isApex) this.#soas.set(key, { reply, until: this.#clock.now().getTime() + SOA_MEMORY })
  }

  #dropStaleSoas(): void {
    const now = this.#clock.now().getTime()
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
    const now = this.#clock.now().getTime()
    for (const [stale, { until }] of this.#standing) {
      if (until > now) break
      this.#standing.delete(stale)
    }
    return this.#standing.get(address)
  }
}

function isThere(reply: Message | NoReply): boolean {
  return !('failure' in reply) || reply.failure === 'garbage' || reply.failure === 'broken'
}

function lameness({ rcode, aa }: Message): string {
  return rcode === 'NOERROR' || rcode === 'NXDOMAIN' ? `${rcode}${aa ? '' : ' without authority'}` : rcode
}
