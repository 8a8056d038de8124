import type { BookedRRset, ZoneBook } from '../zone-book.ts'
import { readValue, writeValue } from './values.ts'

/** A record set as Route 53 keeps it, values as they were written. */
export interface RecordSet {
  /** ASCII, lower case, no final dot; `*` for a wildcard label. */
  readonly name: string
  readonly type: BookedRRset['type']
  /** Of one among several of a name and type, which answer together. */
  readonly setIdentifier?: string
  readonly multiValueAnswer?: boolean
  /** Seconds; 0 for an alias, which has that of its target. */
  readonly ttl: number
  /** None for an alias. */
  readonly values: readonly string[]
  readonly alias?: { readonly hostedZoneId: string; readonly name: string; readonly evaluateTargetHealth: string }
}

/** The record sets of a zone by {@link placeOf}: one, or those with an identifier. */
export type RecordSets = Map<string, readonly RecordSet[]>

/** What a hosted zone holds. */
export interface ZoneContents {
  /** Without the SOA. */
  read(): RecordSets
  /** Makes these of the places named; one without sets is emptied. False, and nothing done, when the zone cannot hold them. */
  replace(places: Iterable<string>, sets: RecordSets): boolean
}

/** Where record sets are that belong together. */
export function placeOf({ name, type }: Pick<RecordSet, 'name' | 'type'>): string {
  return `${name} ${type}`
}

/** A zone that no name server serves: a private one, or a twin to which nothing is delegated. */
export function unservedContents(initial: readonly RecordSet[]): ZoneContents {
  const contents: RecordSets = new Map(initial.map((set) => [placeOf(set), [set]]))
  return {
    read: () => new Map(contents),
    replace(places, sets) {
      for (const place of places) put(contents, place, sets.get(place))
      return true
    },
  }
}

/**
 * A zone that the sandbox's name servers serve. How its values were written is remembered, until somebody writes them by
 * another way.
 */
export function servedContents(book: ZoneBook, apex: string): ZoneContents {
  const written = new Map<string, { readonly sets: readonly RecordSet[]; readonly booked: string }>()
  const bookedByPlace = () => new Map(book.rrsets(apex).map((rrset) => [placeOf(rrset), rrset]))
  return {
    read() {
      const contents: RecordSets = new Map()
      const booked = bookedByPlace()
      for (const [place, rrset] of booked) {
        const known = written.get(place)
        contents.set(place, known?.booked === JSON.stringify(rrset) ? known.sets : [recordSetOf(rrset)])
      }
      for (const [place, { sets, booked: served }] of written)
        if (served === NOTHING && !booked.has(place)) contents.set(place, sets)
      return contents
    },
    replace(places, sets) {
      // An alias shows what its target has, whether or not it was itself changed.
      const aliases = [...sets.values()].flat().filter(({ alias }) => alias)
      const all = new Set([...places, ...aliases.map(placeOf)])
      if (
        book.replace(
          apex,
          Array.from(all, (place) => rrsetOf(place, sets)),
        ).conflict
      )
        return false
      const booked = bookedByPlace()
      for (const place of all) {
        const now = sets.get(place)
        if (now) written.set(place, { sets: now, booked: JSON.stringify(booked.get(place)) ?? NOTHING })
        else written.delete(place)
      }
      return true
    },
  }
}

/** Of an alias whose target is gone. */
const NOTHING = ''

function put(contents: RecordSets, place: string, sets: readonly RecordSet[] | undefined): void {
  if (sets) contents.set(place, sets)
  else contents.delete(place)
}

function recordSetOf({ name, type, ttl, values }: BookedRRset): RecordSet {
  return { name, type, ttl, values: values.map((value) => writeValue(type, value)) }
}

/** What name servers answer for a place: all values of the sets there, for an alias those of its target. */
function rrsetOf(place: string, sets: RecordSets): BookedRRset {
  const [name = '', type] = place.split(' ') as [string, BookedRRset['type']]
  const answered: RecordSet[] = []
  const seen = new Set<string>()
  const look = (at: string) => {
    if (seen.has(at)) return
    seen.add(at)
    for (const set of sets.get(at) ?? []) {
      if (set.alias) look(placeOf({ name: set.alias.name, type }))
      else answered.push(set)
    }
  }
  look(place)
  const values = answered.flatMap((set) => set.values.map((value) => readValue(type, value)))
  return {
    name,
    type,
    ttl: answered[0]?.ttl ?? 0,
    values: values.flatMap((value) => ('plain' in value ? [value.plain] : [])),
  }
}
