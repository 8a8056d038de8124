import type { ZoneAuthority, ZoneInspection } from '../contracts/dns.ts'
import type { Clock } from '../contracts/runtime.ts'
import { isWithin, parentOf } from '../domain/names.ts'
import { DomainctlError } from '../errors.ts'
import type { Authoritative } from './authoritative.ts'
import { nameServersOf, soaAbove } from './delegation.ts'
import { Descent, type Landing } from './descent.ts'
import { type DelegatedZone, type NameServers, noServers } from './name-servers.ts'
import { isPublicSuffix, registrableDomain } from './registrable.ts'
import type { Resolver } from './resolver.ts'
import { SharedLookups } from './shared-lookups.ts'

/** The zone that holds a name. */
export interface Location extends Landing {
  /** How the zone above the registrable domain of the name stands to that domain. */
  delegation: Delegation
}

type Delegation = ZoneInspection['delegation']

/** Of the servers of a parent zone, which need only one answer, so many are looked up. */
const PARENT_SERVERS = 4

/**
 * Finds the zone of a name as its parent delegates it. Recursive resolvers give only what is at or above the
 * registrable domain and addresses of name servers; every cut below is found by asking authoritative servers, because
 * a resolver keeps "no such name" for as long as the zone's SOA says (RFC 2308 §5) and shows it to the CA.
 */
export class Zones {
  readonly #resolver: Resolver
  readonly #descent: Descent
  readonly #nameServers: NameServers
  readonly #byName: SharedLookups<Location>
  readonly #byRegistrable: SharedLookups<Location>
  readonly #parents: SharedLookups<DelegatedZone>

  constructor(o: { resolver: Resolver; authoritative: Authoritative; nameServers: NameServers; clock: Clock }) {
    this.#resolver = o.resolver
    this.#descent = new Descent(o)
    this.#nameServers = o.nameServers
    this.#byName = new SharedLookups(o.clock)
    this.#byRegistrable = new SharedLookups(o.clock)
    this.#parents = new SharedLookups(o.clock)
  }

  /**
   * The zone of `name` (lower case, no final dot), also when its servers are silent. Known for a minute.
   * @throws DomainctlError `DNS_ZONE_NOT_FOUND`; `DNS_UNREACHABLE` when a resolver or all addresses are missing
   */
  async locate(name: string, signal: AbortSignal): Promise<Location> {
    const location = await this.find(name, signal)
    if (location.zone.servers.length === 0) throw noServers(location.zone)
    if (isNowhere(location)) throw notDelegated(name, location.zone)
    return location
  }

  /**
   * The zone whose servers can be asked for records of `name`, with no question of its own for names like
   * `_acme-challenge.NAME`: that is the zone of NAME, unless a reply of its servers `leadsBelow`; then {@link locate} tells.
   * @throws DomainctlError as {@link locate}
   */
  async near(name: string, signal: AbortSignal): Promise<{ zone: ZoneAuthority; isPresumed: boolean }> {
    const above = parentOf(name)
    if (name.startsWith('_') && !this.#byName.has(name)) {
      const registrable = registrableDomain(name)
      if (isWithin(above, registrable)) {
        const { zone } = await this.locate(above, signal)
        // A registry's zone says only what is delegated.
        if (isWithin(zone.apex, registrable)) return { zone, isPresumed: true }
      }
    }
    return { zone: (await this.locate(name, signal)).zone, isPresumed: false }
  }

  /**
   * As {@link locate}, but it also gives a zone without a server that can be asked, and for a name that is not delegated
   * the zone above it.
   * @throws DomainctlError `DNS_ZONE_NOT_FOUND` behind too many delegations; `DNS_UNREACHABLE` when a resolver is missing
   */
  async find(name: string, signal: AbortSignal): Promise<Location> {
    const start = registrableDomain(name)
    const location = await this.#byName.get(name, signal, async (shared) => {
      const upper = await this.#byRegistrable.get(start, shared, async (both) => await this.#upperZone(start, both))
      if (start === name || upper.silent !== undefined) return upper
      return { ...(await this.#descent.to(upper, name, shared)), delegation: upper.delegation }
    })
    // What is not right may be mended the next time.
    if (location.silent !== undefined || isNowhere(location)) this.forget(name)
    return location
  }

  /** The zone of `name` is looked for anew the next time. */
  forget(name: string): void {
    this.#byName.forget(name)
    this.#byRegistrable.forget(registrableDomain(name))
  }

  /** From the zone above the one that holds the registrable domain `start`, so that the servers are those of the parent. */
  async #upperZone(start: string, signal: AbortSignal): Promise<Location> {
    const delegated = await this.#fromAbove(start, signal)
    if (delegated) return { ...delegated, delegation: 'delegated' }
    const apex = await this.#apexByResolver(start, signal)
    const below = await this.#fromParent(apex, start, signal)
    if ('location' in below) return { ...below.location, delegation: delegationOf(start, below.location) }
    const known = await this.#zoneByResolver(apex, Number.POSITIVE_INFINITY, signal)
    const warnings = apex === '' ? [] : [`The name servers of ${apex} are those that the resolver gives: ${below.problem}.`]
    const zone = { ...known.zone, warnings: [...warnings, ...known.zone.warnings] }
    const location = await this.#descent.to({ ...known, zone }, start, signal)
    return { ...location, delegation: apex === start ? below.delegation : delegationOf(start, location) }
  }

  /**
   * The zone of `start` where the zone above delegates it, which is the rule. The resolver is asked for that one alone, and
   * not for each registrable domain: its servers may be dead, and then the resolver says nothing for seconds.
   */
  async #fromAbove(start: string, signal: AbortSignal): Promise<Landing | undefined> {
    if (start === '') return undefined
    const parent = await this.#parentOf(start, signal)
    if ('problem' in parent) return undefined
    const landing = await this.#descent.to({ addressless: [], zone: { ...parent.zone, warnings: [] } }, start, signal)
    return landing.zone.apex === start ? landing : undefined
  }

  async #fromParent(
    apex: string,
    start: string,
    signal: AbortSignal,
  ): Promise<{ location: Landing } | { problem: string; delegation: Delegation }> {
    if (apex === '') return { problem: 'the root has no parent', delegation: 'unknown' }
    const parent = await this.#parentOf(apex, signal)
    if ('problem' in parent) return { ...parent, delegation: 'unknown' }
    // The parent's own troubles are not for the reader of this zone's warnings. A delegation whose servers cannot be asked
    // counts: only where there is none does the resolver's word.
    const location = await this.#descent.to({ addressless: [], zone: { ...parent.zone, warnings: [] } }, start, signal)
    if (location.zone.apex.length >= apex.length) return { location }
    const { silent } = location
    const above = location.zone.apex || 'the root zone'
    const problem = silent === undefined ? `${above} does not delegate it` : `no server of ${above} answers (${silent})`
    return { problem, delegation: delegationOf(start, location) }
  }

  async #parentOf(apex: string, signal: AbortSignal): Promise<DelegatedZone | { problem: string }> {
    try {
      return await this.#parents.get(parentOf(apex), signal, async (shared) => {
        const parent = await this.#zoneByResolver(await this.#apexByResolver(parentOf(apex), shared), PARENT_SERVERS, shared)
        if (parent.zone.servers.length === 0) throw noServers(parent.zone)
        return parent
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

  async #zoneByResolver(apex: string, limit: number, signal: AbortSignal): Promise<DelegatedZone> {
    const reply = await this.#resolver.ask({ name: apex, type: 'NS' }, signal)
    const names = nameServersOf(apex, [...reply.answers, ...reply.authorities]).slice(0, limit)
    return await this.#nameServers.authority(apex, { names, glue: reply.additionals, source: 'resolver' }, signal)
  }
}

/** Whether and how the zone where the descent to `registrable` ended delegates it. */
function delegationOf(registrable: string, { zone, silent, isMissing }: Landing): Delegation {
  if (zone.apex === registrable) return 'delegated'
  if (silent !== undefined) return 'unknown'
  return isMissing ? 'missing' : 'none'
}

/** It does not exist, and the zone that says so is not one in which anybody could make it. */
function isNowhere({ zone, isMissing }: Location): boolean {
  return isMissing && isPublicSuffix(zone.apex)
}

/**
 * The search ended above the registrable domain, at a zone that is not known to hold the name: a registry's, or one whose
 * servers are silent. A private zone such as `lan` holds names itself.
 */
export function isHeldByNobody({ zone, silent }: Location, registrable: string): boolean {
  return zone.apex !== registrable && isWithin(registrable, zone.apex) && (silent !== undefined || isPublicSuffix(zone.apex))
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
