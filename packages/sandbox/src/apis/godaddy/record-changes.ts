import type { BookedRRset, ZoneBook } from '../zone-book.ts'
import { recordNameText } from './names.ts'
import type { NewRecord, Place } from './record-input.ts'
import { duplicateRecord, invalidRecords } from './refusal.ts'

// A set has one TTL (RFC 2181 §5.2), and name servers have no other, so that of the record that was written last is the set's.

/**
 * Adds records to what there is (`PATCH`), all or none.
 * @throws GoDaddyRefusal 422
 */
export function addRecords(book: ZoneBook, apex: string, records: readonly NewRecord[]): void {
  write(book, apex, [...setsOf(records, book.rrsets(apex)).values()])
}

/**
 * Puts records in the place of all that there are of their type and name (`PUT`).
 * @throws GoDaddyRefusal 422
 */
export function replaceRecords(book: ZoneBook, apex: string, place: Place, records: readonly NewRecord[]): void {
  write(book, apex, [{ ...place, ttl: records.at(-1)?.ttl ?? 0, values: records.map(({ value }) => value) }])
}

/**
 * Puts records in the place of all that there are of their type in a domain (`PUT` to a type): what is not among them is gone
 * (https://github.com/dehydrated-io/dehydrated/issues/430).
 * @throws GoDaddyRefusal 422
 */
export function replaceType(book: ZoneBook, apex: string, type: Place['type'], records: readonly NewRecord[]): void {
  const sets = setsOf(records, [])
  const gone = book.rrsets(apex).filter((set) => set.type === type && !sets.has(placeText(set)))
  write(book, apex, [...gone.map((set) => ({ ...set, values: [] })), ...sets.values()])
}

/** Takes all records of a type and name away (`DELETE`); none is fine, since the documentation has 404 for domains alone. */
export function deleteRecords(book: ZoneBook, apex: string, place: Place): void {
  write(book, apex, [{ ...place, ttl: 0, values: [] }])
}

function write(book: ZoneBook, apex: string, sets: readonly BookedRRset[]): void {
  for (const { type, name, values } of sets) {
    const isRepeated = new Set(values).size < values.length
    if (isRepeated || (type === 'CNAME' && values.length > 1)) throw duplicateRecord(type, recordNameText(apex, name))
  }
  const { conflict } = book.replace(apex, sets)
  if (!conflict) return
  const { rrset, why } = conflict
  throw why === 'cname' ? duplicateRecord(rrset.type, recordNameText(apex, rrset.name)) : invalidRecords()
}

/** The sets to which records belong, by {@link placeText}, with what is there before them. */
function setsOf(records: readonly NewRecord[], before: readonly BookedRRset[]): Map<string, BookedRRset> {
  const there = new Map(before.map((set) => [placeText(set), set]))
  const sets = new Map<string, BookedRRset>()
  for (const record of records) {
    const { type, name, ttl, value } = record
    const place = placeText(record)
    const values = (sets.get(place) ?? there.get(place))?.values ?? []
    sets.set(place, { type, name, ttl, values: [...values, value] })
  }
  return sets
}

function placeText({ type, name }: Pick<BookedRRset, 'type' | 'name'>): string {
  return `${type} ${name}`
}
