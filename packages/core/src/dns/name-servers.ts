import type { AuthoritativeServer, ZoneAuthority } from '../contracts/dns.ts'
import { DomainctlError } from '../errors.ts'
import { isPublicAddress } from './address-guard.ts'
import { canBeAsked, type ResourceRecord } from './message.ts'
import { printable } from './printable.ts'
import type { Resolver } from './resolver.ts'

/** Bounds on what a delegation can make us ask for: real ones have up to 13 servers (the NXNSAttack had thousands). */
const MAX_NAMES = 16
const MAX_ADDRESSES = 32

/** The servers of a zone as its delegation names them: their addresses, less those that must not be asked. */
export class NameServers {
  readonly #resolver: Resolver
  readonly #allowPrivate: boolean

  constructor(resolver: Resolver, allowPrivate: boolean) {
    this.#resolver = resolver
    this.#allowPrivate = allowPrivate
  }

  /**
   * The zone with the addresses of its servers: by the glue of `additionals` where there is any, else by the resolver.
   * A server without an address that may be asked becomes a warning.
   * @throws DomainctlError `DNS_UNREACHABLE` when none is left
   */
  async authority(
    apex: string,
    names: readonly string[],
    additionals: readonly ResourceRecord[],
    signal: AbortSignal,
  ): Promise<ZoneAuthority> {
    const unique = [...new Set(names)]
    const asked = unique.slice(0, MAX_NAMES)
    const warnings: string[] = []
    if (unique.length > asked.length)
      warnings.push(`${shown(apex)} has ${unique.length} name servers; only ${MAX_NAMES} of them are asked.`)
    const found = await Promise.all(asked.map((name) => this.#addressesOf(name, additionals, signal)))
    const servers = new Map<string, AuthoritativeServer>()
    let guarded = 0
    for (const { name, addresses, problem } of found) {
      if (problem) warnings.push(`Name server ${shown(name)} of ${shown(apex)} was left out: ${problem}.`)
      for (const address of addresses) {
        if (!this.#allowPrivate && !isPublicAddress(address)) {
          guarded += 1
          warnings.push(`Name server ${name} of ${shown(apex)} was left out: ${address} is not a public address.`)
        } else if (!servers.has(address) && servers.size < MAX_ADDRESSES) servers.set(address, { name, address })
      }
    }
    if (servers.size === 0) throw noServers(apex, warnings, guarded > 0)
    return { apex, servers: [...servers.values()], warnings }
  }

  async #addressesOf(name: string, additionals: readonly ResourceRecord[], signal: AbortSignal) {
    if (name === '' || !canBeAsked(name)) return { name, addresses: [], problem: 'its name is not a host name' }
    // The server that delegates decides where the zone is in any case: its glue adds no trust.
    const glue = addresses(additionals.filter((record) => record.name === name))
    if (glue.length > 0) return { name, addresses: glue }
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

function noServers(apex: string, warnings: readonly string[], isGuarded: boolean): DomainctlError {
  const why = warnings.length > 0 ? ` ${warnings.join(' ')}` : ''
  return new DomainctlError('DNS_UNREACHABLE', `The zone ${shown(apex)} has no name server that can be asked.${why}`, {
    hint: isGuarded
      ? 'Where these are name servers of your own network or of a lab, allow them with --allow-private.'
      : 'Correct the name servers of the zone at its registrar or in the zone above it.',
  })
}
