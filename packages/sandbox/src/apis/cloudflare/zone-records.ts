import type { SandboxRuntime } from '../../runtime.ts'
import type { BookedRRset, ZoneBook } from '../zone-book.ts'
import { contentOf } from './content.ts'
import { newId } from './ids.ts'
import { isReplaced, servedRRsets } from './served-rrsets.ts'
import { ADDRESS_TYPES, type ZoneRecord } from './zone-record.ts'

/** The records of a zone, one for each value; each keeps its id as long as it is there, whoever changes the others. */
export interface ZoneRecords {
  /** In the order in which they came. */
  read(): readonly ZoneRecord[]
  /** Makes these the records of the zone. False, and nothing done, when name servers cannot serve them. */
  replace(records: readonly ZoneRecord[]): boolean
}

/**
 * The records of a zone of the book. What others write is among them from the next time they are read on; what is answered in
 * place of a record (proxied, flattened) is not.
 */
export function createZoneRecords(book: ZoneBook, apex: string, runtime: SandboxRuntime): ZoneRecords {
  let records: readonly ZoneRecord[] = []
  /** What the book had when it was last looked at. */
  let seen = new Map<string, BookedRRset>()

  const booked = () => new Map(book.rrsets(apex).flatMap((rrset) => (isOwnNs(rrset, apex) ? [] : [[placeOf(rrset), rrset]])))

  function read(): readonly ZoneRecord[] {
    const now = booked()
    forgetReplaced(now)
    for (const place of new Set([...seen.keys(), ...now.keys()])) follow(seen.get(place), now.get(place))
    seen = now
    return records
  }

  /**
   * Who takes away the addresses that are answered in place of records takes away the records; what is left of the answer are
   * records of somebody.
   */
  function forgetReplaced(now: ReadonlyMap<string, BookedRRset>): void {
    const names = new Set(records.filter((record) => isReplaced(record, apex)).map(({ name }) => name))
    for (const name of names) {
      const [was, is] = [seen.get(`${name} A`), now.get(`${name} A`)]
      if (!was || was.values.some((value) => is?.values.includes(value))) continue
      records = records.filter((record) => !(record.name === name && ADDRESS_TYPES.includes(record.type)))
      for (const type of ['A', 'AAAA']) seen.delete(`${name} ${type}`)
    }
  }

  /** Somebody else may have changed this RRset. */
  function follow(was: BookedRRset | undefined, is: BookedRRset | undefined): void {
    const one = is ?? was
    if (!one) return
    const { name, type } = one
    const [before, after] = [new Set(was?.values), new Set(is?.values)]
    const gone = [...before].filter((value) => !after.has(value))
    const come = [...after].filter((value) => !before.has(value))
    const isHere = (record: ZoneRecord) => record.name === name && record.type === type && !isReplaced(record, apex)
    const kept = records.filter((record) => !(isHere(record) && gone.includes(record.plain)))
    const added = come.filter((value) => !kept.some((record) => isHere(record) && record.plain === value))
    if (was && is && was.ttl !== is.ttl) records = kept.map((record) => (isHere(record) ? { ...record, ttl: is.ttl } : record))
    else if (kept.length < records.length) records = kept
    if (is && added.length > 0) records = [...records, ...added.map((value) => foundRecord(is, value))]
  }

  function foundRecord({ name, type, ttl }: BookedRRset, plain: string): ZoneRecord {
    const now = runtime.clock.now()
    const times = { createdOn: now, modifiedOn: now }
    return { id: newId(runtime), name, type, ...contentOf(type, plain), ttl, proxied: false, comment: null, ...times }
  }

  return {
    read,
    replace(next) {
      const before = read()
      const [old, fresh] = [new Set(before), new Set(next)]
      const changed = [...before.filter((record) => !fresh.has(record)), ...next.filter((record) => !old.has(record))]
      const served = (name: string) => servedRRsets(name, apex, at(next, name), lookup)
      const names = new Set(changed.map(({ name }) => name))
      if (book.replace(apex, [...names].flatMap(served)).conflict) return false
      // What is flattened may lead to what has just changed.
      if (next.some((record) => record.name === apex && isReplaced(record, apex))) book.replace(apex, served(apex))
      records = next
      seen = booked()
      return true
    },
  }

  function lookup(name: string, type: BookedRRset['type']): BookedRRset | undefined {
    for (const zone of book.zones()) {
      if (name !== zone && !name.endsWith(`.${zone}`)) continue
      const found = book.rrsets(zone).find((rrset) => rrset.name === name && rrset.type === type)
      if (found) return found
    }
    return undefined
  }
}

function at(records: readonly ZoneRecord[], name: string): ZoneRecord[] {
  return records.filter((record) => record.name === name)
}

/** The NS records of the apex are not shown (https://github.com/octodns/octodns-cloudflare/issues/11). */
function isOwnNs({ name, type }: BookedRRset, apex: string): boolean {
  return type === 'NS' && name === apex
}

function placeOf({ name, type }: BookedRRset): string {
  return `${name} ${type}`
}

/** A zone that no name server serves. */
export function unservedBook(apex: string): ZoneBook {
  const rrsets = new Map<string, BookedRRset>()
  return {
    zones: () => [apex],
    rrsets: () => [...rrsets.values()],
    replace(_, changed) {
      for (const rrset of changed) {
        if (rrset.values.length > 0) rrsets.set(placeOf(rrset), rrset)
        else rrsets.delete(placeOf(rrset))
      }
      return {}
    },
  }
}
