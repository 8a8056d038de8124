import type { BookedRRset, ZoneBook } from '../apis/zone-book.ts'
import { canonicalName } from './canonical-name.ts'
import { ancestryOf } from './name-path.ts'
import type { Primary } from './primary.ts'
import { exampleOf, rdataOf, valueFrom } from './record-text.ts'
import { type ResourceRecord, TYPE } from './resource-record.ts'
import type { ChangeableZone, ZoneChange } from './zone-changes.ts'

/** RFC 2181 §8. */
const LONGEST_TTL = 2 ** 31 - 1

/** An RRset as it is to be in a zone; without records it is to be gone. */
interface Wanted {
  readonly rrset: BookedRRset
  readonly name: string
  readonly type: number
  readonly records: readonly ResourceRecord[]
}

type Conflict = NonNullable<ReturnType<ZoneBook['replace']>['conflict']>

/** The zones at the primary as the APIs of providers see and change them. */
export function bookOf(primary: Primary): ZoneBook {
  return {
    zones: () => Array.from(primary.zones, ({ apex }) => apex).filter((apex) => primary.zoneOf(apex)),
    rrsets(apex) {
      const rrsets = new Map<string, BookedRRset & { values: string[] }>()
      for (const { name, type, ttl, rdata } of (primary.zoneOf(apex) && primary.zones.get(apex)?.records()) ?? []) {
        const typeName = typeNamed(type)
        if (typeName === undefined) continue
        const key = `${type} ${name}`
        const rrset = rrsets.get(key) ?? { name, type: typeName, ttl, values: [] }
        rrset.values.push(valueFrom(typeName, rdata))
        rrsets.set(key, rrset)
      }
      return [...rrsets.values()]
    },
    replace(apex, rrsets) {
      const zone = primary.zoneOf(apex)
      const wanted = new Map<string, Wanted>()
      for (const rrset of rrsets) {
        const read = zone ? wantedOf(zone, rrset) : 'zone'
        if (typeof read === 'string') return { conflict: { rrset, why: read } }
        // The last word on a set counts.
        wanted.set(`${read.type} ${read.name}`, read)
      }
      const all = [...wanted.values()]
      if (!zone || all.length === 0) return {}
      const meeting = meetingOf(zone, all)
      if (meeting) return { conflict: { rrset: meeting, why: 'cname' } }
      zone.apply(changesTo(zone, all))
      return {}
    },
  }
}

function typeNamed(type: number): BookedRRset['type'] | undefined {
  return TYPES.find((name) => TYPE[name] === type)
}

const TYPES = ['A', 'AAAA', 'CAA', 'CNAME', 'MX', 'NS', 'TXT'] as const

function wantedOf(zone: ChangeableZone, rrset: BookedRRset): Wanted | Conflict['why'] {
  const name = canonicalName(rrset.name, true)
  if (name === undefined || !ancestryOf(name).includes(zone.apex)) return 'zone'
  const { ttl, values } = rrset
  const isType = exampleOf(rrset.type) !== undefined
  if (!isType || !Number.isInteger(ttl) || ttl < 0 || ttl > LONGEST_TTL) return 'value'
  const type = TYPE[rrset.type]
  const records = values.flatMap((value) => {
    const rdata = rdataOf(rrset.type, value)
    return rdata ? [{ name, type, ttl, rdata }] : []
  })
  if (records.length < values.length) return 'value'
  // A name has one CNAME at most (RFC 1034 §3.6.2), and a zone never loses the NS records of its apex.
  if (type === TYPE.CNAME && new Set(values).size > 1) return 'value'
  if (type === TYPE.NS && name === zone.apex && records.length === 0) return 'value'
  return { rrset, name, type, records }
}

/** The set by which a CNAME and other data would meet at a name, once all of them are as wanted (RFC 1034 §3.6.2). */
function meetingOf(zone: ChangeableZone, all: readonly Wanted[]): BookedRRset | undefined {
  const types = new Map<string, Set<number>>()
  for (const { name, type, records } of all) {
    const at = types.get(name) ?? new Set(zone.types(name))
    if (records.length > 0) at.add(type)
    else at.delete(type)
    types.set(name, at)
  }
  const isMeeting = (name: string) => types.get(name)?.has(TYPE.CNAME) && (types.get(name)?.size ?? 0) > 1
  return all.find(({ name, records }) => records.length > 0 && isMeeting(name))?.rrset
}

/** What goes first, so that a CNAME can take the place of others; what is added before what it replaces, so that no NS set is empty. */
function changesTo(zone: ChangeableZone, all: readonly Wanted[]): ZoneChange[] {
  const gone = all.filter(({ records }) => records.length === 0)
  const stays = all.filter(({ records }) => records.length > 0)
  return [
    ...gone.map(({ name, type }) => ({ change: 'remove-rrset', name, type }) as const),
    ...stays.flatMap(({ name, type, records }) => {
      const wanted = new Set(records.map(octetsOf))
      const old = zone.at(name).filter((record) => record.type === type && !wanted.has(octetsOf(record)))
      // A CNAME that is added replaces the other by itself.
      const leaving = type === TYPE.CNAME ? [] : old
      return [
        ...records.map((record) => ({ change: 'add', record }) as const),
        ...leaving.map((record) => ({ change: 'remove', record }) as const),
      ]
    }),
  ]
}

function octetsOf({ rdata }: Pick<ResourceRecord, 'rdata'>): string {
  return Buffer.from(rdata).toString('latin1')
}
