import type { AddressTrace } from '../contracts/dns.ts'
import type { Clock } from '../contracts/runtime.ts'
import { isWithin } from '../domain/names.ts'
import { printable } from '../domain/printable.ts'
import { DomainctlError } from '../errors.ts'
import type { Authoritative } from './authoritative.ts'
import { askServersOf, askZoneOf, cnameAt, MAX_HOPS } from './cname.ts'
import { canBeAsked, type Message, type ResourceRecord } from './message.ts'
import { SharedLookups } from './shared-lookups.ts'
import type { Zones } from './zone.ts'

/** How far the servers of one zone tell the way from a name with authority. */
interface Leg {
  /** Of the CNAMEs, in turn. */
  targets: string[]
  ttls: number[]
  /** What is at the last target (the name itself where there is none); absent where it is asked for on its own. */
  end?: Pick<AddressTrace, 'addresses' | 'why'> & { kind: 'addresses' | 'none' | 'missing' | 'silent' }
}

/**
 * Where names lead. What is known of a name counts for a minute, when the way ends in addresses: thousands of names share
 * one target. What leads nowhere may be mended the next time.
 */
export class Traces {
  readonly #zones: Zones
  readonly #authoritative: Authoritative
  readonly #legs: SharedLookups<Leg>

  constructor(o: { zones: Zones; authoritative: Authoritative; clock: Clock }) {
    this.#zones = o.zones
    this.#authoritative = o.authoritative
    this.#legs = new SharedLookups(o.clock)
  }

  /** @throws DomainctlError `NAME_INVALID` for a `name` that does not fit into a question */
  async from(name: string, signal: AbortSignal): Promise<AddressTrace> {
    const path = [name]
    const ttls: number[] = []
    const trace = await this.#walk(path, ttls, signal)
    if (trace.end !== 'addresses') for (const passed of path) this.forget(passed)
    return { path, ...trace, ...(ttls.length > 0 && { ttl: Math.min(...ttls) }) }
  }

  /** The records at `name` are asked for anew the next time. */
  forget(name: string): void {
    this.#legs.forget(name)
  }

  /** Adds to `path` and `ttls` what is passed. */
  async #walk(path: string[], ttls: number[], signal: AbortSignal): Promise<Omit<AddressTrace, 'path' | 'ttl'>> {
    for (;;) {
      const current = path.at(-1) ?? ''
      const leg = await this.#legs.get(current, signal, async (shared) => await this.#leg(current, path.length > 1, shared))
      ttls.push(...leg.ttls)
      for (const target of leg.targets) {
        const isLoop = path.includes(target)
        if (!isLoop && path.length > MAX_HOPS) return { end: 'too-long', addresses: [] }
        path.push(target)
        if (isLoop) return { end: 'loop', addresses: [] }
      }
      if (leg.end) {
        const { kind, ...rest } = leg.end
        return { end: kind, ...rest }
      }
    }
  }

  async #leg(name: string, isTarget: boolean, signal: AbortSignal): Promise<Leg> {
    if (isTarget && !canBeAsked(name)) return ended('missing', `${printable(name)} is not a name that can be looked up.`)
    try {
      return await this.#ask(name, signal)
    } catch (thrown) {
      if (!(thrown instanceof DomainctlError)) throw thrown
      if (thrown.code === 'DNS_ZONE_NOT_FOUND') return ended('missing', thrown.message)
      if (thrown.code === 'DNS_UNREACHABLE') return ended('silent', thrown.message)
      throw thrown
    }
  }

  async #ask(name: string, signal: AbortSignal): Promise<Leg> {
    const o = { zones: this.#zones, authoritative: this.#authoritative, signal }
    const { zone, reply } = await askZoneOf({ name, type: 'A' }, o)
    const { end, passed } = chainWithin(zone.apex, name, reply)
    const way = { targets: passed.map(({ value }) => value), ttls: passed.map(({ ttl }) => ttl) }
    const found = isWithin(end, zone.apex) ? addressesAt(end, reply) : []
    // What the servers of this zone cannot know, or did not say along with the CNAMEs.
    if (end !== name && found.length === 0) return way
    if (end === name && reply.rcode === 'NXDOMAIN')
      return ended('missing', `The name servers of ${zone.apex} say that ${name} does not exist.`)
    const all = [...found, ...(await this.#ipv6At(end, found.length > 0, zone, signal))]
    return {
      targets: way.targets,
      ttls: [...way.ttls, ...all.map(({ ttl }) => ttl)],
      end: { kind: all.length > 0 ? 'addresses' : 'none', addresses: [...new Set(all.map(({ value }) => value))] },
    }
  }

  async #ipv6At(
    name: string,
    isEnough: boolean,
    zone: Parameters<typeof askServersOf>[0],
    signal: AbortSignal,
  ): Promise<ResourceRecord[]> {
    try {
      return addressesAt(name, await askServersOf(zone, { name, type: 'AAAA' }, { authoritative: this.#authoritative, signal }))
    } catch (thrown) {
      // Some servers fail for AAAA alone (RFC 4074 §4); visitors reach the IPv4 addresses all the same.
      if (isEnough && thrown instanceof DomainctlError && thrown.code === 'DNS_UNREACHABLE') return []
      throw thrown
    }
  }
}

/**
 * The CNAMEs from `name` on that a reply gives with authority: those of names in the zone of the server alone, for it may
 * add what it has heard of others (RFC 2181 §5.4.1). `end` is where the last one leads.
 */
function chainWithin(apex: string, name: string, reply: Message): { end: string; passed: ResourceRecord[] } {
  const passed: ResourceRecord[] = []
  for (let end = name; ; ) {
    const cname = isWithin(end, apex) && passed.length <= MAX_HOPS ? cnameAt(end, reply) : undefined
    if (!cname) return { end, passed }
    passed.push(cname)
    end = cname.value
  }
}

function addressesAt(name: string, { answers }: Message): ResourceRecord[] {
  return answers.filter((record) => record.name === name && (record.type === 'A' || record.type === 'AAAA'))
}

function ended(kind: 'missing' | 'silent', why: string): Leg {
  return { targets: [], ttls: [], end: { kind, addresses: [], why } }
}
