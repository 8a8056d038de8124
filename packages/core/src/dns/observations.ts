import type { Observation, ZoneAuthority } from '../contracts/dns.ts'
import type { Authoritative } from './authoritative.ts'
import { leadsBelow } from './delegation.ts'
import type { Message, Question } from './message.ts'
import { serverAnswer } from './observe.ts'
import type { NoReply } from './wire.ts'
import type { Zones } from './zone.ts'

/**
 * What each server of a zone shows of a name and type. For names like `_acme-challenge.NAME` the wanted question itself
 * finds out whether there is a zone cut, at the servers of the zone of NAME: nearly always there is none, and thousands of
 * questions for the SOA of such a name are saved.
 *
 * An answer with authority stands. It is safe, because these are the servers to which the parent delegates, so resolvers that
 * come from above believe the same answer (RFC 1034 §5.3.3). What it gives up: where they still serve a copy of a zone that is
 * delegated away, the servers that it is delegated to are not asked unless one of the others refers to them.
 */
export class Observations {
  readonly #zones: Zones
  readonly #authoritative: Authoritative

  constructor(o: { zones: Zones; authoritative: Authoritative }) {
    this.#zones = o.zones
    this.#authoritative = o.authoritative
  }

  /** @throws DomainctlError as {@link Zones.locate}, for a `name` whose zone is not found */
  async of(question: Question, signal: AbortSignal): Promise<Observation> {
    const { zone, isPresumed } = await this.#zones.near(question.name, signal)
    const replies = await this.#replies(question, zone, signal)
    const isCutSeen = replies.some((reply) => !('failure' in reply) && leadsBelow(zone.apex, question.name, reply))
    if (!(isPresumed && isCutSeen)) return observation(question, zone, replies)
    const own = (await this.#zones.locate(question.name, signal)).zone
    // One of the servers alone may say so.
    return own.apex === zone.apex ? observation(question, zone, replies) : await this.at(own, question, signal)
  }

  /** The same of the servers of a zone that is known; nothing is asked to find it. */
  async at(zone: ZoneAuthority, question: Question, signal: AbortSignal): Promise<Observation> {
    return observation(question, zone, await this.#replies(question, zone, signal))
  }

  async #replies(question: Question, { servers }: ZoneAuthority, signal: AbortSignal): Promise<(Message | NoReply)[]> {
    return await Promise.all(servers.map((server) => this.#authoritative.ask(server, question, signal)))
  }
}

function observation(question: Question, zone: ZoneAuthority, replies: readonly (Message | NoReply)[]): Observation {
  const answers = zone.servers.flatMap((server, i) => {
    const reply = replies[i]
    return reply ? [serverAnswer(server, question, reply)] : []
  })
  return { ...question, zone, answers }
}
