import { RCODE } from './resource-record.ts'
import { readChanges } from './update-changes.ts'
import { checkPrerequisites } from './update-prerequisites.ts'
import { updatedZone, type ZoneOf } from './update-zone.ts'
import type { WireMessage } from './wire-message.ts'

/** A message of opcode UPDATE (RFC 2136 §2). */
export interface Update {
  /** Without its TSIG. */
  readonly message: Uint8Array
  /** The same, taken apart: zone, prerequisites, updates and additional data. */
  readonly sections: WireMessage
  /** Whether it had a good TSIG. */
  readonly signed: boolean
}

/**
 * Carries out an update (RFC 2136 §3) as a whole or not at all: what is refused has changed nothing. Who may ask for it has
 * been seen to before.
 * @param zoneOf asked for any name, in lower case and without the final dot; finds the zone with this very apex
 * @returns the RCODE of the response
 * @throws WireError when that is FORMERR
 */
export function carryOut({ message, sections }: Omit<Update, 'signed'>, zoneOf: ZoneOf): number {
  const zone = updatedZone(sections.questions, zoneOf)
  if (typeof zone === 'number') return zone
  const prerequisites = checkPrerequisites(message, sections.answers, zone, zoneOf)
  if (prerequisites !== RCODE.NOERROR) return prerequisites
  const changes = readChanges(message, sections.authorities, zone, zoneOf)
  if (typeof changes === 'number') return changes
  if (changes.length > 0) zone.apply(changes)
  return RCODE.NOERROR
}
