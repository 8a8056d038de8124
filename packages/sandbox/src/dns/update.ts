import { RCODE } from './resource-record.ts'
import { readChanges } from './update-changes.ts'
import { checkPrerequisites } from './update-prerequisites.ts'
import { namesIn, updatedZone, type ZoneOf } from './update-zone.ts'
import type { WireMessage } from './wire-message.ts'

/**
 * Carries out an update (RFC 2136 §3) as a whole or not at all: what is refused has changed nothing. Who may ask for it has
 * been seen to before.
 * @param sections of the message: zone, prerequisites, updates and additional data (RFC 2136 §2)
 * @param zoneOf asked for any name, in lower case and without the final dot; finds the zone with this very apex
 * @returns the RCODE of the response
 * @throws WireError when that is FORMERR
 */
export function carryOut(sections: WireMessage, zoneOf: ZoneOf): number {
  const zone = updatedZone(sections.question, zoneOf)
  if (typeof zone === 'number') return zone
  const isInZone = namesIn(zone, zoneOf)
  const prerequisites = checkPrerequisites(sections, zone, isInZone)
  if (prerequisites !== RCODE.NOERROR) return prerequisites
  const changes = readChanges(sections, isInZone)
  if (typeof changes === 'number') return changes
  if (changes.length > 0) zone.apply(changes)
  return RCODE.NOERROR
}
