import { CLASS, RCODE, TYPE } from './resource-record.ts'
import { isInZone, isMetaType, type ZoneOf } from './update-zone.ts'
import type { WireRecord } from './wire-message.ts'
import { readRdata } from './wire-rdata.ts'
import type { ChangeableZone, ZoneChange } from './zone-changes.ts'

/** RFC 2181 §8: a TTL above it counts as 0. */
const LONGEST_TTL = 2 ** 31 - 1

/**
 * Reads the update section to its end before anything is changed (RFC 2136 §3.4.1).
 * @returns the changes in their order, or the RCODE that refuses them all
 * @throws WireError
 */
export function readChanges(
  message: Uint8Array,
  records: readonly WireRecord[],
  zone: ChangeableZone,
  zoneOf: ZoneOf,
): readonly ZoneChange[] | number {
  const changes: ZoneChange[] = []
  for (const record of records) {
    if (!isInZone(record.name, zone, zoneOf)) return RCODE.NOTZONE
    const change = readChange(message, record)
    if (!change) return RCODE.FORMERR
    changes.push(change)
  }
  return changes
}

/** RFC 2136 §2.5: the class says what is to be done. */
function readChange(message: Uint8Array, record: WireRecord): ZoneChange | undefined {
  const { name, type, ttl, rdataStart, end } = record
  const rdata = () => readRdata(message, type, rdataStart, end)
  switch (record.class) {
    case CLASS.IN:
      if (isMetaType(type)) return undefined
      return { change: 'add', record: { name, type, ttl: ttl > LONGEST_TTL ? 0 : ttl, rdata: rdata() } }
    case CLASS.NONE:
      if (ttl !== 0 || isMetaType(type)) return undefined
      return { change: 'remove', record: { name, type, rdata: rdata() } }
    case CLASS.ANY:
      if (ttl !== 0 || rdataStart !== end) return undefined
      if (type === TYPE.ANY) return { change: 'remove-name', name }
      return isMetaType(type) ? undefined : { change: 'remove-rrset', name, type }
    default:
      return undefined
  }
}
