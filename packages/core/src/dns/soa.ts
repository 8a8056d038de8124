import { isWithin } from '../domain/names.ts'
import type { Message } from './message.ts'

/** The fields of an SOA that are looked at (RFC 1035 §3.3.13). */
export interface Soa {
  /** MNAME: the server that holds the original of the zone; as it came. */
  primary: string
  serial: number
  /** Seconds for which nothing is kept at most (RFC 2308 §4). */
  minimum: number
}

/** Reads an SOA in presentation format, as {@link ResourceRecord} has it. Numbers that are none become 0. */
export function readSoa(value: string): Soa {
  const fields = value.split(' ')
  // From the end: a name may have a blank in it.
  const number = (fromEnd: number) => Number(fields.at(-fromEnd)) || 0
  return { primary: fields[0] ?? '', serial: number(5), minimum: number(1) }
}

/**
 * Seconds for which caches keep that there is nothing at `name`: the lesser of the TTL of the SOA in the authority section
 * and its MINIMUM (RFC 2308 §5). Undefined without an SOA, when nothing is to be kept.
 */
export function negativeTtlOf(name: string, { authorities }: Pick<Message, 'authorities'>): number | undefined {
  const soas = authorities.filter(({ type, name: owner }) => type === 'SOA' && isWithin(name, owner))
  const ttls = soas.map(({ ttl, value }) => Math.min(ttl, readSoa(value).minimum))
  return ttls.length > 0 ? Math.min(...ttls) : undefined
}
