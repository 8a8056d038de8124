import { parse } from 'tldts'
import type { ZoneAuthority } from '../contracts/dns.ts'
import type { Clock } from '../contracts/runtime.ts'
import { isWithin, parentOf } from '../domain/names.ts'
import { DomainctlError } from '../errors.ts'
import type { Authoritative } from './authoritative.ts'
import { nameServersOf, soaAbove, whereabouts } from './delegation.ts'
import type { Message, ResourceRecord } from './message.ts'
import type { NameServers } from './name-servers.ts'
import type { Resolver } from './resolver.ts'
import { SharedLookups } from './shared-lookups.ts'

/** The zone that holds a name. */
export interface Location {
  zone: ZoneAuthority
  /** What each server of the zone said, when none answers for it: a zone below it could not be looked for. */
  silent?: string
  /** The zone says with authority that nothing exists at the name. */
  isMissing: boolean
}

/** Delegations that are followed from the zone above; a name has rarely more than two. */
const MAX_CUTS = 16

/** Of the servers of a parent zone, which need only one answer, so many are looked up. */
const PARENT_SERVERS = 4

/**
 * Finds the zone of a name as its parent delegates it. Recursive resolvers give only what is at or above the
 * registrable domain and addresses of name servers; every cut below is found by asking authoritative servers, because
 * a resolver keeps "no such name" for as long as the zone's SOA says (RFC 2308 §5) and shows it to the CA.
 */
export class Zones {
  readonly #resolver: Resolver
  readonly #authoritative: Authoritative
  readonly #nameServers: NameServers
  readonly #byName: SharedLookups<Location>
  readonly #byRegistrable: SharedLookups<Location>
  readonly #parents: SharedLookups<ZoneAuthority>
  readonly #cuts: SharedLookups<ZoneAuthority>

  constructor(o: { resolver: Resolver; authoritative: Authoritative; nameServers: NameServers; clock: Clock }) {
    this.#resolver = o.resolver
    this.#authoritative = o.authoritative
    this.#nameServers = o.nameServers
    this.#byName = new SharedLookups(o.clock)
    this.#byRegistrable = new SharedLookups(o.clock)
    this.#parents = new SharedLookups(o.clock)
    this.#cuts = new SharedLookups(o.clock)
  }

  /**
   * The zone of `name` (lower case, no final dot), also when its servers are silent. Known for a minute.
   * @throws DomainctlError `DNS_ZONE_NOT_FOUND`; `DNS_UNREACHABLE` when a resolver or all addresses are missing
   */
  async locate(name: string, signal: AbortSignal): Promise<Location> {
    const location = await this.#byName.get(name, signal, async (shared) => {
      const start = registrableDomain(name)
      const upper = await this.#byRegistrable.get(start, shared, async (both) => await this.#upperZone(start, both))
      if (start === name || upper.silent !== undefined) return upper
      return await this.#descend(upper.zone, name, shared)
    })
    const isDelegated = !(location.isMissing && isPublicSuffix(location.zone.apex))
    // What is not right may be mended the next time.
    if (location.silent !== undefined || !isDelegated) {
      this.#byName.forget(name)
      this.#byRegistrable.forget(registrableDomain(name))
    }
    if (!isDelegated) throw notDelegated(name, location.zone)
    return location
  }

  /** From the zone above the one that holds the registrable domain `start`, so that the servers are those of the parent. */
  async #upperZone(start: string, signal: AbortSignal): Promise<Location> {
    const apex = await this.#apexByResolver(start, signal)
    const below = await this.#fromParent(apex, start, signal)
    if ('location' in below) return below.location
    const zone = await this.#zoneByResolver(apex, Number.POSITIVE_INFINITY, signal)
    const warnings = apex === '' ? [] : [`The name servers of ${apex} are those that the resolver gives: ${below.problem}.`]
    return await this.#descend({ ...zone, warnings: [...warnings, ...zone.warnings] }, start, signal)
  }

  async #fromParent(apex: string, start: string, signal: AbortSignal): Promise<{ location: Location } | { problem: string }> {
    if (apex === '') return { problem: 'the root has no parent' }
    const parent = await this.#parentOf(apex, signal)
    if ('problem' in parent) return parent
    // The parent's own troubles are not for the reader of this zone's warnings. What is wrong with the delegation is
    // thrown: only where there is none does the resolver's word count.
    const location = await this.#descend({ ...parent, warnings: [] }, start, signal)
    if (location.zone.apex.length >= apex.length) return { location }
    const { silent } = location
    const above = location.zone.apex || 'the root zone'
    return { problem: silent === undefined ? `${above} does not delegate it` : `no server of ${above} answers (${silent})` }
  }

  async #parentOf(apex: string, signal: AbortSignal): Promise<ZoneAuthority | { problem: string }> {
    try {
      return await this.#parents.get(parentOf(apex), signal, async (shared) => {
        return await this.#zoneByResolver(await this.#apexByResolver(parentOf(apex), shared), PARENT_SERVERS, shared)
      })
    } catch (thrown) {
      if (!(thrown instanceof DomainctlError && thrown.code === 'DNS_UNREACHABLE')) throw thrown
      return { problem: `the zone above it could not be asked (${thrown.message})` }
    }
  }

  /** The apex of the zone of `name` as the resolver sees it. One that fails for a name may know the one above (lego#768). */
  async #apexByResolver(name: string, signal: AbortSignal): Promise<string> {
    const said: string[] = []
    for (let candidate = name; ; candidate = parentOf(candidate)) {
      const reply = await this.#resolver.ask({ name: candidate, type: 'SOA' }, signal)
      const isAnswer = reply.rcode === 'NOERROR' || reply.rcode === 'NXDOMAIN'
      const apex = isAnswer ? soaAbove(candidate, reply) : undefined
      if (apex !== undefined) return apex
      said.push(`${candidate || 'the root'}: ${isAnswer ? 'no SOA' : reply.rcode}`)
      if (candidate === '') break
    }
    throw new DomainctlError('DNS_UNREACHABLE', `The resolver knows no zone for ${name || 'the root'} (${said.join(', ')}).`, {
      hint: 'Name a resolver that answers for this name with --resolver.',
    })
  }

  async #zoneByResolver(apex: string, limit: number, signal: AbortSignal): Promise<ZoneAuthority> {
    const reply = await this.#resolver.ask({ name: apex, type: 'NS' }, signal)
    const names = nameServersOf(apex, [...reply.answers, ...reply.authorities])
    return await this.#nameServers.authority(apex, names.slice(0, limit), reply.additionals, signal)
  }

  /** Asks the servers of `from` and of every zone that is delegated below it until one of them holds `name` itself. */
  async #descend(from: ZoneAuthority, name: string, signal: AbortSignal): Promise<Location> {
    let zone = from
    let asked = name
    for (let cuts = 0; cuts <= MAX_CUTS; ) {
      const { apex } = zone
      const question = { name: asked, type: 'SOA' } as const
      const read = (reply: Message) => whereabouts(apex, question.name, reply)
      const said = await this.#authoritative.firstOf(zone.servers, question, read, signal)
      if ('silent' in said) return { zone, silent: said.silent, isMissing: false }
      const { found } = said
      if (found.kind === 'here') return { zone, isMissing: found.isMissing }
      if (found.kind === 'alias') {
        if (asked === apex) return { zone, isMissing: false }
        asked = parentOf(asked)
        continue
      }
      cuts += 1
      const child =
        found.kind === 'referral'
          ? await this.#cut(found.child, found, signal)
          : await this.#childBeside(zone, found.child, signal)
      zone = { ...child, warnings: [...from.warnings, ...child.warnings] }
    }
    throw new DomainctlError(
      'DNS_ZONE_NOT_FOUND',
      `${name} is behind more than ${MAX_CUTS} delegations below ${from.apex || 'the root'}.`,
      {
        hint: 'Correct the NS records of the zones above it.',
      },
    )
  }

  async #cut(child: string, delegation: { names: string[]; glue: ResourceRecord[] }, signal: AbortSignal) {
    const key = `${child} ${delegation.names.toSorted().join(' ')}`
    return await this.#cuts.get(key, signal, async (shared) => {
      return await this.#nameServers.authority(child, delegation.names, delegation.glue, shared)
    })
  }

  /** A child zone on the parent's own server, which then shows the child's NS records in place of a referral. */
  async #childBeside(parent: ZoneAuthority, child: string, signal: AbortSignal): Promise<ZoneAuthority> {
    return await this.#cuts.get(`${child} beside ${parent.apex}`, signal, async (shared) => {
      const said = await this.#authoritative.firstOf(
        parent.servers,
        { name: child, type: 'NS' },
        (reply) => {
          const names = nameServersOf(child, [...reply.answers, ...reply.authorities])
          return names.length > 0 ? { names, glue: reply.additionals } : undefined
        },
        shared,
      )
      if ('found' in said) return await this.#nameServers.authority(child, said.found.names, said.found.glue, shared)
      return {
        apex: child,
        servers: parent.servers,
        warnings: [`The zone ${child} has no NS records; the servers of ${parent.apex} are taken for its own.`],
      }
    })
  }
}

/** Where the search starts; the name itself when it has no registrable domain, as a public suffix has none. */
export function registrableDomain(name: string): string {
  const { domain } = parse(name, { allowPrivateDomains: false, validateHostname: false, detectIp: false })
  return domain && isWithin(name, domain) ? domain : name
}

function isPublicSuffix(apex: string): boolean {
  if (apex === '') return true
  const { publicSuffix, isIcann } = parse(apex, { allowPrivateDomains: false, validateHostname: false, detectIp: false })
  return publicSuffix === apex && isIcann === true
}

function notDelegated(name: string, zone: ZoneAuthority): DomainctlError {
  const domain = registrableDomain(name)
  return new DomainctlError(
    'DNS_ZONE_NOT_FOUND',
    `${domain} does not exist: the zone ${zone.apex || 'of the root'} delegates it to nobody.`,
    {
      hint: `Check the spelling, that ${domain} is registered, and that its registrar has published its name servers.`,
    },
  )
}
