import type { AuthoritativeServer, ResolverAnswer, ZoneAuthority, ZoneInspection, ZoneServer } from '../contracts/dns.ts'
import type { Clock } from '../contracts/runtime.ts'
import { DomainctlError } from '../errors.ts'
import type { Authoritative } from './authoritative.ts'
import { nameServersOf } from './delegation.ts'
import type { Question } from './message.ts'
import { serverAnswer } from './observe.ts'
import { registrableDomain } from './registrable.ts'
import type { ResolverAnswers } from './resolver-answers.ts'
import { SharedLookups } from './shared-lookups.ts'
import { readSoa } from './soa.ts'
import { NO_ROUTE } from './wire.ts'
import { isHeldByNobody, type Location, type Zones } from './zone.ts'

/** How long what is not right counts, in milliseconds: bulk work finds it out once, and it may be mended the next time. */
const BRIEFLY = 5_000

/** What the servers of a zone and the resolvers say of its apex. */
type Standing = Pick<ZoneInspection, 'servers' | 'resolvers'>

/** How zones stand: what the parent, each server and each resolver says of them. */
export class Inspections {
  readonly #zones: Zones
  readonly #authoritative: Authoritative
  readonly #resolvers: ResolverAnswers
  readonly #sound: SharedLookups<Standing>
  readonly #recent: SharedLookups<Standing>

  constructor(o: { zones: Zones; authoritative: Authoritative; resolvers: ResolverAnswers; clock: Clock }) {
    this.#zones = o.zones
    this.#authoritative = o.authoritative
    this.#resolvers = o.resolvers
    this.#sound = new SharedLookups(o.clock)
    this.#recent = new SharedLookups(o.clock, BRIEFLY)
  }

  /** @throws DomainctlError `DNS_UNREACHABLE` when no resolver tells where to begin; `NAME_INVALID` */
  async of(name: string, signal: AbortSignal): Promise<ZoneInspection> {
    const registrable = registrableDomain(name)
    const location = await this.#find(name, signal)
    const { zone, delegation, addressless } = location
    if (isHeldByNobody(location, registrable)) {
      this.#zones.forget(name)
      return { registrable, delegation, servers: [], warnings: [], resolvers: [] }
    }
    // By the addresses, too: a delegation that has changed is another one.
    const key = [zone.apex, ...zone.servers.map(({ address }) => address).toSorted()].join(' ')
    const standing = await this.#recent.get(key, signal, async (brief) => {
      const found = await this.#sound.get(key, brief, async (shared) => await this.#look(zone, shared))
      if (delegation !== 'delegated' || !isSound(found)) {
        this.#sound.forget(key)
        this.#zones.forget(name)
      }
      return found
    })
    return { zone, registrable, delegation, ...standing, warnings: addressless }
  }

  async #find(name: string, signal: AbortSignal): Promise<Location> {
    try {
      return await this.#zones.find(name, signal)
    } catch (thrown) {
      if (!(thrown instanceof DomainctlError && thrown.code === 'DNS_ZONE_NOT_FOUND')) throw thrown
      // Behind delegations without end: what can be said is how the zone at their beginning stands.
      return await this.#zones.find(registrableDomain(name), signal)
    }
  }

  async #look(zone: ZoneAuthority, signal: AbortSignal): Promise<Standing> {
    const [servers, resolvers] = await Promise.all([
      Promise.all(zone.servers.map((server) => this.#server(zone.apex, server, signal))),
      this.#eachResolver(zone.apex, signal),
    ])
    return { servers, resolvers }
  }

  async #server(apex: string, server: AuthoritativeServer, signal: AbortSignal): Promise<ZoneServer> {
    const question = { name: apex, type: 'SOA' } as const
    const reply = await this.#authoritative.soaOf(apex, server, signal)
    const { outcome, rcode, values, cname } = serverAnswer(server, question, reply)
    if ('failure' in reply) return { server, outcome, rcode }
    if (outcome !== 'answer') return { server, outcome, rcode: reply.rcode }
    const [soa] = values
    // It answers with authority, but for another zone, such as the one above.
    if (soa === undefined && cname === undefined) return { server, outcome: 'lame', rcode }
    // Many servers give the NS records along with the SOA.
    const given = nameServersOf(apex, [...reply.answers, ...reply.authorities])
    const nameServers = given.length > 0 ? given : await this.#nameServers(apex, server, signal)
    return {
      server,
      outcome,
      rcode,
      ...(soa !== undefined && primaryAndSerial(soa)),
      ...(nameServers && { nameServers: [...new Set(nameServers)].toSorted() }),
    }
  }

  async #nameServers(apex: string, server: AuthoritativeServer, signal: AbortSignal): Promise<string[] | undefined> {
    const question = { name: apex, type: 'NS' } as const
    const { outcome, values } = serverAnswer(server, question, await this.#authoritative.ask(server, question, signal))
    return outcome === 'answer' ? values : undefined
  }

  async #eachResolver(apex: string, signal: AbortSignal): Promise<ZoneInspection['resolvers']> {
    const question = { name: apex, type: 'SOA' } as const
    const answers = await this.#resolvers.all(question, signal)
    return await Promise.all(answers.map((answer) => this.#withChecking(answer, question, signal)))
  }

  async #withChecking(answer: ResolverAnswer, question: Question, signal: AbortSignal): Promise<ZoneInspection['resolvers'][0]> {
    const [soa] = answer.values
    if (soa !== undefined) return { ...answer, primary: readSoa(soa).primary }
    if (answer.rcode !== 'SERVFAIL') return answer
    const { rcode, outcome } = await this.#resolvers.again(answer.resolver, question, signal, { unchecked: true })
    if (rcode !== 'NOERROR') return { ...answer, unchecked: { rcode, outcome } }
    // Only what fails once more with validation is bogus: the first failure may have been a passing one.
    const checked = await this.#resolvers.again(answer.resolver, question, signal)
    if (checked.rcode !== 'SERVFAIL') return await this.#withChecking(checked, question, signal)
    return { ...answer, unchecked: { rcode, outcome } }
  }
}

function primaryAndSerial(soa: string): Pick<ZoneServer, 'primary' | 'serial'> {
  const { primary, serial } = readSoa(soa)
  return { primary, serial }
}

function isSound({ servers, resolvers }: Standing): boolean {
  return (
    servers.every(({ outcome, rcode }) => outcome === 'answer' || rcode === NO_ROUTE) &&
    resolvers.every(({ outcome }) => outcome === 'answer')
  )
}
