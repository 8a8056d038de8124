import type { ZoneAuthority } from '../contracts/dns.ts'
import { printable } from '../domain/printable.ts'
import { DomainctlError } from '../errors.ts'
import type { Authoritative } from './authoritative.ts'
import type { Message, Question } from './message.ts'
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
    const { reply } = await askZoneOf({ name: current, type: 'CNAME' }, o)
    const next = cnameAt(current, reply)?.value
    if (next === undefined) return current
    if (chain.includes(next)) throw loop(name, `${[...chain, next].join(' → ')} leads back to itself`)
    if (chain.length > MAX_HOPS)
      throw loop(name, `the chain from ${name} has more than ${MAX_HOPS} hops; the last is ${current} → ${printable(next)}`)
    chain.push(next)
    current = next
  }
}

/**
 * What the servers of the zone that holds a name say of it with authority: the first usable reply.
 * @throws DomainctlError `DNS_ZONE_NOT_FOUND`, `DNS_UNREACHABLE`
 */
export async function askZoneOf(
  question: Question,
  o: { zones: Zones; authoritative: Authoritative; signal: AbortSignal },
): Promise<{ zone: ZoneAuthority; reply: Message }> {
  const { zone, silent } = await o.zones.locate(question.name, o.signal)
  if (silent !== undefined) throw unreachable(zone.apex, silent)
  return { zone, reply: await askServersOf(zone, question, o) }
}

/**
 * As {@link askZoneOf}, where the zone is known already.
 * @throws DomainctlError `DNS_UNREACHABLE`
 */
export async function askServersOf(
  zone: ZoneAuthority,
  question: Question,
  o: { authoritative: Authoritative; signal: AbortSignal },
): Promise<Message> {
  const usable = (reply: Message) => (isUsable(question.name, reply) ? reply : undefined)
  const said = await o.authoritative.firstOf(zone.servers, question, usable, o.signal)
  if ('silent' in said) throw unreachable(zone.apex, said.silent)
  return said.found
}

/** The CNAME record at `name` in the answer section. */
export function cnameAt(name: string, { answers }: Message): Message['answers'][number] | undefined {
  return answers.find((record) => record.type === 'CNAME' && record.name === name)
}

function isUsable(name: string, reply: Message): boolean {
  // Beside a CNAME the rcode is that of its target (RFC 6604 §3); BIND says SERVFAIL for a loop.
  return reply.aa && (reply.rcode === 'NOERROR' || reply.rcode === 'NXDOMAIN' || cnameAt(name, reply) !== undefined)
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
