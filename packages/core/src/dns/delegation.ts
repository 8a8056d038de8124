import { isWithin } from '../domain/names.ts'
import type { Message, ResourceRecord } from './message.ts'

/** Name servers of a zone that are kept: real ones have up to 13, and an answer has room for thousands. */
export const MOST_NAME_SERVERS = 64

/** What a server of the zone `apex` says about where a name is, when asked for records of it without recursion. */
export type Whereabouts =
  /** In this zone. */
  | { kind: 'here'; isMissing: boolean }
  /** The name is a CNAME (or below a DNAME), so no zone begins at it: it is where the name above it is. */
  | { kind: 'alias' }
  /** In or below the zone `child`, which is delegated to these servers (RFC 1034 §4.3.2 step 3b). */
  | { kind: 'referral'; child: string; names: string[]; glue: ResourceRecord[] }
  /** In the zone `child`, which the same server holds as well. */
  | { kind: 'child'; child: string }

/** Reads such an answer; undefined when it is of no use, as from a server that is not authoritative. */
export function whereabouts(apex: string, name: string, reply: Message): Whereabouts | undefined {
  // First of all: beside a CNAME the rcode is that of its target (RFC 6604 §3); BIND says SERVFAIL for a loop.
  if (reply.aa && reply.answers.some((record) => record.type === 'CNAME' && record.name === name)) return { kind: 'alias' }
  if (reply.rcode !== 'NOERROR' && reply.rcode !== 'NXDOMAIN') return undefined
  const isBelow = (owner: string) => owner !== apex && isWithin(owner, apex) && isWithin(name, owner)
  const soa = soaAbove(name, reply)
  if (soa === undefined && reply.answers.length === 0) {
    const child = reply.authorities.find((record) => record.type === 'NS' && isBelow(record.name))?.name
    if (child !== undefined)
      return { kind: 'referral', child, names: nameServersOf(child, reply.authorities), glue: reply.additionals }
  }
  if (!reply.aa) return undefined
  // Beside the records of a child that the same server holds, some show its NS records (RFC 1034 §3.7).
  const beside = soa === undefined && reply.authorities.find((record) => record.type === 'NS' && isBelow(record.name))
  if (beside) return { kind: 'child', child: beside.name }
  if (soa !== undefined && isBelow(soa)) return { kind: 'child', child: soa }
  return soa === undefined || soa === apex ? { kind: 'here', isMissing: reply.rcode === 'NXDOMAIN' } : undefined
}

/** Whether the reply of a server of the zone `apex` says that `name` is in a zone below it. */
export function leadsBelow(apex: string, name: string, reply: Message): boolean {
  const found = whereabouts(apex, name, reply)
  return found?.kind === 'referral' || found?.kind === 'child'
}

/** The apex that a reply names for `name`: the owner of the SOA in its answer or authority section (RFC 2308 §2). */
export function soaAbove(name: string, reply: Message): string | undefined {
  const owners = [...reply.answers, ...reply.authorities].filter((record) => record.type === 'SOA' && isWithin(name, record.name))
  return owners.map((record) => record.name).sort((a, b) => b.length - a.length)[0]
}

/** The name servers that these records give for a zone, each once, {@link MOST_NAME_SERVERS} at most. */
export function nameServersOf(apex: string, records: readonly ResourceRecord[]): string[] {
  const names = records.filter((record) => record.type === 'NS' && record.name === apex).map(({ value }) => value)
  return [...new Set(names)].slice(0, MOST_NAME_SERVERS)
}
