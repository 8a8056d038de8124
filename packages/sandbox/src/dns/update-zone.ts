import { ancestryOf } from './name-path.ts'
import { CLASS, RCODE, TYPE } from './resource-record.ts'
import type { WireQuestion } from './wire-message.ts'
import type { ChangeableZone } from './zone-changes.ts'

/** Finds a zone of this server by its apex. */
export type ZoneOf = (apex: string) => ChangeableZone | undefined

/** The zone that an update is for (RFC 2136 §3.1), or the RCODE that refuses it. */
export function updatedZone(section: readonly WireQuestion[], zoneOf: ZoneOf): ChangeableZone | number {
  const [zone] = section
  if (!zone || section.length > 1 || zone.type !== TYPE.SOA) return RCODE.FORMERR
  return (zone.class === CLASS.IN && zoneOf(zone.name)) || RCODE.NOTAUTH
}

/**
 * Whether a name belongs to the zone: what is at or below the apex of a nested zone belongs to that one (RFC 2136 §3.2.5,
 * `zone_of`), although a server could keep it here as glue.
 */
export function isInZone(name: string, zone: ChangeableZone, zoneOf: ZoneOf): boolean {
  for (const apex of ancestryOf(name)) {
    const closest = zoneOf(apex)
    if (closest) return closest.apex === zone.apex
  }
  return false
}

/**
 * Types that are no data (RFC 6895 §3.1): questions and metadata, OPT and the reserved 0. They are never in a zone.
 */
export function isMetaType(type: number): boolean {
  return type === 0 || type === TYPE.OPT || (type >= 128 && type <= 255)
}
