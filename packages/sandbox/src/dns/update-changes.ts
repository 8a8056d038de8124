import type { NameReader } from './name-reader.ts'
import { CLASS, RCODE, TYPE } from './resource-record.ts'
import { type IsInZone, isMetaType } from './update-zone.ts'
import type { WireMessage, WireRecord } from './wire-message.ts'
import { readRdata } from './wire-rdata.ts'
import type { ZoneChange } from './zone-changes.ts'

/** RFC 2181 §8: a TTL above it counts as 0. */
const LONGEST_TTL = 2 ** 31 - 1

/**
 * Reads the update section to its end before anything is changed (RFC 2136 §3.4.1).
 * @returns the changes in their order, or the RCODE that refuses them all
 * @throws WireError
 */
export function readChanges({ authorities, names }: WireMessage, isInZone: IsInZone): readonly ZoneChange[] | number {
  const changes: ZoneChange[] = []
  for (const record of authorities) {
    if (!isInZone(record.name)) return RCODE.NOTZONE
    const change = readChange(names, record)
    if (typeof change === 'number') return change
    changes.push(change)
  }
  return changes
}

/** RFC 2136 §2.5: the class says what is to be done. */
function readChange(names: NameReader, record: WireRecord): ZoneChange | number {
  const { name, type, ttl, rdataStart, end } = record
  const rdata = () => readRdata(names, type, rdataStart, end)
  switch (record.class) {
    case CLASS.IN:
      if (isMetaType(type)) return RCODE.FORMERR
      // These servers redirect no subtree: they would say of the names below a DNAME that there are none (RFC 6672 §3.2).
      if (type === TYPE.DNAME) return RCODE.REFUSED
      return { change: 'add', record: { name, type, ttl: ttl > LONGEST_TTL ? 0 : ttl, rdata: rdata() } }
    case CLASS.NONE:
      if (ttl !== 0 || isMetaType(type)) return RCODE.FORMERR
      return { change: 'remove', record: { name, type, rdata: rdata() } }
    case CLASS.ANY:
      if (ttl !== 0 || rdataStart !== end) return RCODE.FORMERR
      if (type === TYPE.ANY) return { change: 'remove-name', name }
      return isMetaType(type) ? RCODE.FORMERR : { change: 'remove-rrset', name, type }
    default:
      return RCODE.FORMERR
  }
}
