import type { AuthoritativeServer, ZoneAuthority } from '../contracts/dns.ts'
import { printable } from '../domain/printable.ts'
import { isPublicAddress } from '../domain/public-address.ts'
import { DomainctlError } from '../errors.ts'
import { MOST_NAME_SERVERS } from './delegation.ts'
import { canBeAsked, type ResourceRecord } from './message.ts'
import type { Resolver } from './resolver.ts'

/** Bounds on what a delegation can make us ask for: real ones have up to 13 servers (the NXNSAttack had thousands). */
const MAX_NAMES = 13
const MAX_ADDRESSES = 13

/**
 * So many names without glue are looked up at a time, and after one that has no address no more: what is looked up then is
 * asked of others, who have nothing to do with the delegation.
 */
const LOOKED_UP_AT_A_TIME = 4

/** A zone with its servers; there may be none. */
export interface DelegatedZone {
  zone: ZoneAuthority
  /** Name servers without an address, as sentences; they are among the zone's warnings, too. */
  addressless: string[]
}

/** The addresses of a name server, or why it has none. */
interface Found {
  name: string
  addresses: string[]
  problem?: string
}

/** The servers of a zone as its delegation names them: their addresses, less those that must not be asked. */
export class NameServers {
  readonly #resolver: Resolver
  readonly #allowPrivate: boolean

  constructor(resolver: Resolver, allowPrivate: boolean) {
    this.#resolver = resolver
    this.#allowPrivate = allowPrivate
  }

  /**
   * The zone with the addresses of its servers: by `glue` where there is any, else by the resolver.
   * A server without an address that may be asked becomes a warning; it may be the last one.
   */
  async authority(
    apex: string,
    o: { names: readonly string[]; glue: readonly ResourceRecord[]; source: ZoneAuthority['source'] },
    signal: AbortSignal,
  ): Promise<DelegatedZone> {
    const unique = [...new Set(o.names)]
    const warnings: string[] = []
    const addressless: string[] = []
    const found = await this.#found(unique, o.glue, signal)
    if (unique.length > found.length) {
      const count = unique.length < MOST_NAME_SERVERS ? unique.length : `${MOST_NAME_SERVERS} or more`
      warnings.push(`${shown(apex)} has ${count} name servers; only ${found.length} of them are asked.`)
    }
    const servers = new Map<string, AuthoritativeServer>()
    const refused = new Map<string, AuthoritativeServer>()
    for (const { name, addresses, problem } of found) {
      if (problem) addressless.push(`Name server ${shown(name)} of ${shown(apex)} was left out: ${problem}.`)
      for (const address of addresses) {
        const isRefused = !this.#allowPrivate && !isPublicAddress(address)
        const kept = isRefused ? refused : servers
        if (!kept.has(address) && kept.size < MAX_ADDRESSES) kept.set(address, { name, address })
      }
    }
    for (const { name, address } of refused.values())
      warnings.push(`Name server ${name} of ${shown(apex)} was left out: ${address} is not a public address.`)
    const { source } = o
    const zone = { apex, nameServers: unique.toSorted(), source, servers: [...servers.values()], refused: [...refused.values()] }
    return { zone: { ...zone, warnings: [...warnings, ...addressless] }, addressless }
  }

  /** Those with glue first, which cost nothing. */
  async #found(names: readonly string[], additionals: readonly ResourceRecord[], signal: AbortSignal): Promise<Found[]> {
    // The server that delegates decides where the zone is in any case: its glue adds no trust.
    const all = names.map((name) => ({ name, addresses: addresses(additionals.filter((record) => record.name === name)) }))
    const found: Found[] = all.filter((one) => one.addresses.length > 0).slice(0, MAX_NAMES)
    const others = all.filter((one) => one.addresses.length === 0).slice(0, MAX_NAMES - found.length)
    for (let at = 0; at < others.length; at += LOOKED_UP_AT_A_TIME) {
      const some = others.slice(at, at + LOOKED_UP_AT_A_TIME)
      found.push(...(await Promise.all(some.map(({ name }) => this.#addressesOf(name, signal)))))
      if (found.some(({ problem }) => problem !== undefined)) break
    }
    return found
  }

  async #addressesOf(name: string, signal: AbortSignal): Promise<Found> {
    if (name === '' || !canBeAsked(name)) return { name, addresses: [], problem: 'its name is not a host name' }
    try {
      const types = ['A', 'AAAA'] as const
      const replies = await Promise.all(types.map((type) => this.#resolver.ask({ name, type }, signal)))
      const resolved = replies.flatMap(({ answers }) => addresses(answers))
      if (resolved.length > 0) return { name, addresses: resolved }
      const rcode = replies.map((reply) => reply.rcode).find((code) => code !== 'NOERROR')
      return { name, addresses: [], problem: `it has no address${rcode ? ` (${rcode})` : ''}` }
    } catch (thrown) {
      if (!(thrown instanceof DomainctlError)) throw thrown
      return { name, addresses: [], problem: `its address was not found: ${thrown.message}` }
    }
  }
}

function addresses(records: readonly ResourceRecord[]): string[] {
  return records.filter(({ type }) => type === 'A' || type === 'AAAA').map(({ value }) => value)
}

function shown(name: string): string {
  if (name === '') return 'the root zone'
  return canBeAsked(name) ? name : printable(name)
}

/** That a zone has no name server that can be asked. */
export function noServers({ apex, warnings, refused }: ZoneAuthority): DomainctlError {
  const why = warnings.length > 0 ? ` ${warnings.join(' ')}` : ''
  return new DomainctlError('DNS_UNREACHABLE', `The zone ${shown(apex)} has no name server that can be asked.${why}`, {
    hint:
      refused.length > 0
        ? 'Where these are name servers of your own network or of a lab, allow them with --allow-private.'
        : 'Correct the name servers of the zone at its registrar or in the zone above it.',
  })
}
