import { DomainctlError } from '../errors.ts'
import type { Authoritative } from './authoritative.ts'
import { serverAnswer } from './observe.ts'
import { printable } from './printable.ts'
import type { Zones } from './zone.ts'

/** Resolvers give up after some such number of hops as well: Unbound after 11, BIND after 16. */
export const MAX_HOPS = 16

/**
 * The end of the chain of CNAMEs that starts at `name`, each hop asked at the servers of its own zone.
 * @throws DomainctlError `DNS_CNAME_LOOP`, `DNS_ZONE_NOT_FOUND`, `DNS_UNREACHABLE`
 */
export async function followCname(
  name: string,
  o: { zones: Zones; authoritative: Authoritative; signal: AbortSignal },
): Promise<string> {
  const chain = [name]
  for (let current = name; ; ) {
    const { zone, silent } = await o.zones.locate(current, o.signal)
    if (silent !== undefined) throw unreachable(zone.apex, silent)
    const question = { name: current, type: 'CNAME' as const }
    const said = await o.authoritative.firstOf(
      zone.servers,
      question,
      (reply) => (reply.aa && (reply.rcode === 'NOERROR' || reply.rcode === 'NXDOMAIN') ? reply : undefined),
      o.signal,
    )
    if ('silent' in said) throw unreachable(zone.apex, said.silent)
    const [server] = zone.servers
    const next = server && serverAnswer(server, question, said.found).cname
    if (next === undefined) return current
    if (chain.includes(next)) throw loop(name, `${[...chain, next].join(' → ')} leads back to itself`)
    if (chain.length > MAX_HOPS)
      throw loop(name, `the chain from ${name} has more than ${MAX_HOPS} hops; the last is ${current} → ${printable(next)}`)
    chain.push(next)
    current = next
  }
}

/** That no server of a zone answers for it. */
export function unreachable(apex: string, silent: string): DomainctlError {
  return new DomainctlError('DNS_UNREACHABLE', `No name server of ${apex || 'the root zone'} gives a usable answer: ${silent}.`, {
    hint: 'Check that the zone exists at the servers that its parent names, and that this machine reaches them on port 53 (UDP and TCP).',
  })
}

function loop(name: string, why: string): DomainctlError {
  return new DomainctlError('DNS_CNAME_LOOP', `The CNAME records of ${name} lead nowhere: ${why}.`, {
    hint: 'Remove or correct one of the CNAME records of the chain.',
  })
}
