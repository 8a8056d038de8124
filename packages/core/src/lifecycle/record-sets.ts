import type { RRset } from '../contracts/dns-provider.ts'
import type { WrittenRecord } from '../domain/model.ts'
import { DomainctlError } from '../errors.ts'
import type { RRsetPlace } from './rrset-lease.ts'

/** Records of the journal that belong to one RRset, at least one. */
export interface RecordSet extends RRsetPlace {
  records: readonly WrittenRecord[]
}

/**
 * The records by the RRset that they are of, in the order of the first of each. A name and its wildcard have their challenge
 * records at one place (RFC 8555 §8.4): one call for both costs half, and no half of it can fail.
 */
export function byRRset(records: readonly WrittenRecord[]): RecordSet[] {
  const sets = Map.groupBy(records, ({ provider, zone, name, type }) => JSON.stringify([provider, zone.id, name, type]))
  return [...sets.values()].flatMap((records) => {
    const [first] = records
    return first ? [{ provider: first.provider, zone: first.zone, name: first.name, type: first.type, records }] : []
  })
}

/** These values as a provider takes them, each once. @throws `INTERNAL` for a type that no provider is asked for */
export function rrsetOf({ name, type }: Pick<RecordSet, 'name' | 'type'>, records: readonly WrittenRecord[]): RRset {
  if (!isRRsetType(type)) {
    throw new DomainctlError(
      'INTERNAL',
      `The journal has a record of the type ${type} at ${name}, which providers do not have.`,
      {
        hint: 'This is a fault of domainctl: please report it with the output of --verbose.',
      },
    )
  }
  return {
    name,
    type,
    ttl: Math.min(...records.map(({ ttl }) => ttl)),
    values: [...new Set(records.map(({ value }) => value))],
  }
}

/** All of them: the compiler asks for a type that is new. */
const RRSET_TYPES: Record<RRset['type'], true> = { TXT: true, CNAME: true, A: true, AAAA: true, CAA: true }

function isRRsetType(type: string): type is RRset['type'] {
  return Object.hasOwn(RRSET_TYPES, type)
}
