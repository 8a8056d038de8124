import { parentOf } from './name-path.ts'
import { CLASS, RCODE, TYPE } from './resource-record.ts'
import type { WireQuestion } from './wire-message.ts'
import type { ChangeableZone } from './zone-changes.ts'

/** Finds a zone of this server by its apex. */
export type ZoneOf = (apex: string) => ChangeableZone | undefined

/** The zone that an update is for (RFC 2136 §3.1), or the RCODE that refuses it. */
export function updatedZone(zone: WireQuestion | undefined, zoneOf: ZoneOf): ChangeableZone | number {
  if (zone?.type !== TYPE.SOA) return RCODE.FORMERR
  return (zone.class === CLASS.IN && zoneOf(zone.name)) || RCODE.NOTAUTH
}

/** Tells of names, in lower case and without the final dot, whether they belong to a zone. */
export type IsInZone = (name: string) => boolean

/**
 * What is at or below the apex of a nested zone belongs to that one (RFC 2136 §3.2.5, `zone_of`), although a server could keep
 * it here as glue. Each name is looked up once, those above it too: many names of an update end in the same long one.
 */
export function namesIn(zone: ChangeableZone, zoneOf: ZoneOf): IsInZone {
  const known = new Map<string, boolean>()
  return function isInZone(name): boolean {
    const before = known.get(name)
    if (before !== undefined) return before
    const closest = zoneOf(name)
    const isIn = closest ? closest.apex === zone.apex : name !== '' && isInZone(parentOf(name))
    known.set(name, isIn)
    return isIn
  }
}

/**
 * Types that are no data (RFC 6895 §3.1): questions and metadata, OPT and the reserved 0. They are never in a zone.
 */
export function isMetaType(type: number): boolean {
  return type === 0 || type === TYPE.OPT || (type >= 128 && type <= 255)
}
