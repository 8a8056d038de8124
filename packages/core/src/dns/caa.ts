import type { AuthoritativeServer } from '../contracts/dns.ts'
import type { Clock } from '../contracts/runtime.ts'
import type { CaaProperty, CaaRRset, CaaSet } from '../domain/diagnosis/caa.ts'
import { isWithin, parentOf } from '../domain/names.ts'
import { printable } from '../domain/printable.ts'
import { DomainctlError } from '../errors.ts'
import { follow } from './abort.ts'
import type { Authoritative } from './authoritative.ts'
import { MAX_HOPS } from './cname.ts'
import type { Message } from './message.ts'
import { describeAnswer, serverAnswer } from './observe.ts'
import { registrableDomain } from './registrable.ts'
import type { Resolver } from './resolver.ts'
import { SharedLookups } from './shared-lookups.ts'
import type { NoReply } from './wire.ts'
import type { Zones } from './zone.ts'

/** How long it is taken for granted that a name has no CAA, in milliseconds: bulk work asks a zone once in that time. */
const NONE_FOR = 30_000

/**
 * Names that are looked at for one name at the ends of CNAMEs. Servers that differ each lead somewhere else, so that two of
 * them, and a chain of 16 that is made up as it is followed, would come to 2^16; real names have a few.
 */
const MOST_TARGETS = 64

/** Why the levels above the one that decides are ended: one for all, since an error of its own each time costs its stack. */
const DECIDED = new Error('a level below has decided')

/** What servers show at one name, one that is alike for several of them. */
interface View {
  servers: string[]
  properties: CaaProperty[]
  cname?: string
}

/** How far the CNAMEs of one name may still be followed. */
interface Targets {
  left: number
}

/** The views of a name, or what each server of its zone said when there is none. */
type Looked = { views: View[] } | { said: string }

/**
 * The CAA records that are in force for a name (RFC 8659 §3). All levels of the climb are looked up at once: the upper
 * ones are shared by all names of a zone and mostly known, the lower ones cost no more than a round trip then.
 */
export class CaaLookups {
  readonly #zones: Zones
  readonly #authoritative: Authoritative
  readonly #resolver: Resolver
  /** At names of customers and of what their CNAMEs lead to, which thousands share. */
  readonly #looked: SharedLookups<Looked>
  readonly #suffixes: SharedLookups<CaaRRset[]>

  constructor(o: { zones: Zones; authoritative: Authoritative; resolver: Resolver; clock: Clock }) {
    this.#zones = o.zones
    this.#authoritative = o.authoritative
    this.#resolver = o.resolver
    this.#looked = new SharedLookups(o.clock, NONE_FOR)
    this.#suffixes = new SharedLookups(o.clock)
  }

  /** @throws DomainctlError `DNS_CAA_FAILED`, and as {@link Zones.locate} says of the name and those above it */
  async relevantTo(name: string, signal: AbortSignal): Promise<CaaSet> {
    const registrable = registrableDomain(name)
    const targets: Targets = { left: MOST_TARGETS }
    const both = follow(signal)
    const levels = fromNameToTop(name).map((level) =>
      isWithin(level, registrable) ? this.#look([level], targets, both.signal) : this.#suffix(level, both.signal),
    )
    // Those above the deciding level end by the abort, when nobody waits for them any more.
    for (const level of levels) level.catch(() => undefined)
    try {
      const rrsets: CaaRRset[] = []
      for (const level of levels) {
        const views = await level
        const shown = views.filter(hasRecords)
        rrsets.push(...shown)
        // To whom a server shows none, the climb goes on.
        if (views.length > 0 && shown.length === views.length) break
      }
      return { name, rrsets }
    } finally {
      both.end(DECIDED)
    }
  }

  /**
   * Above the registrable domain the resolver will do: nothing that a customer writes is there, and the servers of the
   * world's registries are spared. What it fails at counts as nothing, since the CA asks another one.
   */
  async #suffix(name: string, signal: AbortSignal): Promise<CaaRRset[]> {
    return await this.#suffixes.get(name, signal, async (shared) => {
      try {
        const { rcode, answers } = await this.#resolver.ask({ name, type: 'CAA' }, shared)
        const properties = rcode === 'NOERROR' ? answers.flatMap(({ caa }) => caa ?? []) : []
        return [{ path: [name], servers: ['the resolver'], properties }]
      } catch (thrown) {
        if (thrown instanceof DomainctlError && thrown.code === 'DNS_UNREACHABLE') return []
        throw thrown
      }
    })
  }

  /**
   * What each server shows at the end of `path`, CNAMEs followed. What is there may forbid, and what failed may be mended, so
   * the whole way to it is looked up anew the next time.
   */
  async #look(path: string[], targets: Targets, signal: AbortSignal): Promise<CaaRRset[]> {
    const name = path.at(-1) ?? ''
    const looked = await this.#looked.get(name, signal, async (shared) => await this.#viewsOf(name, shared))
    try {
      if ('said' in looked) throw failed(path, looked.said)
      const found = looked.views.map(async ({ cname, ...view }) => {
        return cname === undefined ? [{ path, ...view }] : await this.#follow(path, cname, targets, signal)
      })
      const rrsets = (await Promise.all(found)).flat()
      if (rrsets.some(hasRecords)) this.#looked.forget(name)
      return rrsets
    } catch (thrown) {
      if (!signal.aborted) this.#looked.forget(name)
      throw thrown
    }
  }

  /** What each server shows at the name itself; servers that show the same are one. */
  async #viewsOf(name: string, signal: AbortSignal): Promise<Looked> {
    const { zone, silent } = await this.#zones.locate(name, signal)
    if (silent !== undefined) return { said: silent }
    const question = { name, type: 'CAA' } as const
    const replies = await Promise.all(zone.servers.map((server) => this.#authoritative.ask(server, question, signal)))
    const views = new Map<string, View>()
    const said: string[] = []
    for (const [i, server] of zone.servers.entries()) {
      const reply = replies[i]
      if (!reply) continue
      const answer = serverAnswer(server, question, reply)
      if (answer.outcome !== 'answer') {
        said.push(`${label(server)}: ${describeAnswer(answer)}`)
        continue
      }
      const { cname } = answer
      const properties = propertiesAt(name, reply)
      const key = cname ?? JSON.stringify(properties.map((property) => JSON.stringify(property)).toSorted())
      const view = views.get(key)
      if (view) view.servers.push(label(server))
      else views.set(key, { servers: [label(server)], properties, ...(cname !== undefined && { cname }) })
    }
    return views.size === 0 ? { said: said.join('; ') } : { views: [...views.values()] }
  }

  /** RFC 8659 §3: at a CNAME, the records of its target count; the climb goes on from the name itself. */
  async #follow(path: string[], target: string, targets: Targets, signal: AbortSignal): Promise<CaaRRset[]> {
    if (path.includes(target)) throw lostIn(path, `${[...path, target].join(' → ')} leads back to itself`)
    if (path.length > MAX_HOPS) throw lostIn(path, `there are more than ${MAX_HOPS} of them`)
    if (targets.left === 0)
      throw lostIn(path, `the name servers show different ones, which lead to more than ${MOST_TARGETS} names`)
    targets.left -= 1
    try {
      return await this.#look([...path, target], targets, signal)
    } catch (thrown) {
      if (!(thrown instanceof DomainctlError)) throw thrown
      // A target that does not exist has no records.
      if (thrown.code === 'DNS_ZONE_NOT_FOUND') return []
      if (thrown.code === 'DNS_CAA_FAILED') throw thrown
      throw lostIn(path, `${printable(target)} cannot be looked up: ${thrown.message}`, thrown)
    }
  }
}

function fromNameToTop(name: string): string[] {
  const levels: string[] = []
  for (let level = name; level !== ''; level = parentOf(level)) levels.push(level)
  return levels
}

function hasRecords({ properties }: Pick<View, 'properties'>): boolean {
  return properties.length > 0
}

function propertiesAt(name: string, reply: Message | NoReply): CaaProperty[] {
  return 'failure' in reply ? [] : reply.answers.flatMap((record) => (record.name === name && record.caa ? [record.caa] : []))
}

function label({ name, address }: AuthoritativeServer): string {
  return `${name} (${address})`
}

const REFUSES = 'a CA that cannot see them issues nothing'

function failed(path: readonly string[], said: string): DomainctlError {
  return new DomainctlError(
    'DNS_CAA_FAILED',
    `The CAA records of ${path.map((name) => printableName(name)).join(' → ')} could not be looked up (${said}), and ${REFUSES}.`,
    {
      hint: 'Nothing was asked of the CA. The name servers must answer questions for CAA, if only with "no such record"; tell their operator, then repeat.',
    },
  )
}

function lostIn([name = '']: readonly string[], why: string, cause?: unknown): DomainctlError {
  return new DomainctlError(
    'DNS_CAA_FAILED',
    `The CAA records of ${name} could not be looked up, and ${REFUSES}: its CNAME records lead nowhere, ${why}.`,
    {
      hint: 'Nothing was asked of the CA. Remove or correct one of the CNAME records, then repeat.',
      actor: 'customer',
      cause,
    },
  )
}

function printableName(name: string): string {
  return /^[!-~]*$/.test(name) ? name : printable(name)
}
