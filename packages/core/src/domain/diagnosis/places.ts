import type { RecordPurpose } from '../model.ts'
import { isWithin, parentOf } from '../names.ts'
import type { NeededRecord } from '../records.ts'
import { canonicalSeen, canonicalWanted, quoted } from './canonical.ts'
import { explained, type Finding, type PlainRecord } from './finding.ts'
import type { ProblemCode } from './problems.ts'
import type { Sighting } from './record.ts'
import { andMore } from './sentence.ts'
import { slipOf } from './slips.ts'

/** The records of one name and type that were looked for and not found. */
export interface WantedSet {
  purpose: RecordPurpose
  type: NeededRecord['type']
  name: string
  values: string[]
}

/** Where people put a record by mistake: what to ask, and what it means when the record is there. */
export interface Place {
  problem: ProblemCode
  type: NeededRecord['type']
  name: string
  /** A name that nobody makes: where the same stands there, a wildcard answers, and nothing was misplaced. */
  control?: string
}

/** A name has room for so many characters (RFC 1035 §2.3.4). */
const LONGEST_NAME = 253

/**
 * The usual wrong places of a record, the likeliest first: at most four, none outside of the zone.
 * @param routed the names that the domain wants routed
 */
export function placesOf({ purpose, type, name, values }: WantedSet, zone: string, routed: ReadonlySet<string>): Place[] {
  if (values.length === 0 || zone === '') return []
  const places: Place[] = [
    { problem: 'RECORD_ZONE_DOUBLED', type, name: `${name}.${zone}`, control: `domainctl-no-such-record.${zone}` },
  ]
  if (purpose === 'routing') {
    if (routed.has(`www.${name}`)) places.push({ problem: 'RECORD_WWW_ONLY', type, name: `www.${name}` })
    else if (name.startsWith('www.') && routed.has(parentOf(name)))
      places.push({ problem: 'RECORD_WWW_MISSING', type, name: parentOf(name) })
  } else {
    const base = parentOf(name)
    const label = name.slice(0, name.length - base.length - 1)
    places.push(
      { problem: 'RECORD_AT_NAME', type, name: base },
      { problem: 'RECORD_UNDERSCORE_MISSING', type, name: name.replace(/^_/, '') },
      { problem: 'RECORD_AT_APEX', type, name: `${label}.${zone}` },
    )
  }
  return places.filter(
    (place) => isWithin(place.name, zone) && place.name.length <= LONGEST_NAME && (place.name !== name || place.type !== type),
  )
}

/**
 * What it means that a record is missing when servers show this at one of its wrong places; undefined when it is not there.
 * @param control what a server shows at the place's `control`
 */
export function judgePlace(
  wanted: WantedSet,
  zone: string,
  place: Place,
  sightings: readonly Sighting[],
  control: readonly Sighting[] = [],
): Finding | undefined {
  const standing = standingAt(wanted, zone, place, sightings)
  const isWildcard = control.length > 0 && standingAt(wanted, zone, place, control).length > 0
  if (standing.length === 0 || isWildcard) return undefined
  const { problem } = place
  const remove = problem === 'RECORD_WWW_ONLY' || problem === 'RECORD_WWW_MISSING' ? [] : standing
  return {
    state: 'missing',
    problem,
    ...explain(wanted, zone, place, standing),
    action: 'create',
    actor: 'customer',
    ...(remove.length > 0 && { remove }),
  }
}

/** The record as it stands at a place, at every server that answers: right, or with a slip in its value. */
function standingAt(wanted: WantedSet, zone: string, place: Place, sightings: readonly Sighting[]): PlainRecord[] {
  const usable = sightings.filter(({ usable }) => usable)
  const [first, ...others] = usable.map(({ values }) => values)
  const common = (first ?? []).filter((value) => others.every((values) => values.includes(value)))
  const mine = common.filter((value) => wanted.values.some((is) => isMeant(is, value)))
  const isWhole = wanted.type === 'A' || wanted.type === 'AAAA' ? mine.length === wanted.values.length : mine.length > 0
  const { type, name } = place
  return isWhole ? mine.map((value) => ({ type, name, value })) : []

  function isMeant(value: string, seen: string): boolean {
    const { type, name } = wanted
    if (canonicalSeen(type, seen) === canonicalWanted(type, value)) return true
    // Any address would be one of the wrong kind.
    const slip = slipOf({ type, name, value, zone }, seen)?.problem
    return slip !== undefined && slip !== 'RECORD_VALUE_KIND' && slip !== 'RECORD_VALUE_NAME'
  }
}

function explain({ type, name }: WantedSet, zone: string, place: Place, standing: readonly PlainRecord[]) {
  const values = andMore(standing.map(({ value }) => quoted(value)))
  const stands = `${type} ${name} is not there, but ${place.name} has it (${values})`
  switch (place.problem) {
    case 'RECORD_ZONE_DOUBLED':
      return explained(`${stands}: the panel added ${zone} to a name that ended with it already.`, [
        `Your panel adds ".${zone}" to every name by itself: enter the name without it.`,
        `Then remove the wrong record, which your panel may list as ${name}.`,
      ])
    case 'RECORD_AT_NAME':
      return explained(`${stands}: it belongs to the name with ${name.slice(0, name.indexOf('.'))} in front.`, [
        `Enter the name with ${name.slice(0, name.indexOf('.'))} in front.`,
      ])
    case 'RECORD_UNDERSCORE_MISSING':
      return explained(`${stands}: the underscore (_) in front is part of the name.`, ['Enter the name with the underscore.'])
    case 'RECORD_AT_APEX':
      return explained(`${stands}: it was made for ${zone} and not for ${parentOf(name)}.`, [
        'Enter the subdomain as part of the name.',
      ])
    default:
      return explained(`${stands}: with and without www. are two names, and each needs a record of its own.`, [])
  }
}
