import type { NameReader } from './name-reader.ts'
import { CLASS, RCODE, TYPE } from './resource-record.ts'
import { type IsInZone, isMetaType } from './update-zone.ts'
import type { WireMessage, WireRecord } from './wire-message.ts'
import { readRdata } from './wire-rdata.ts'
import type { ChangeableZone } from './zone-changes.ts'

/** An RRset that a value-dependent prerequisite builds up, its RDATA in hex. */
interface ExpectedRrset {
  readonly name: string
  readonly type: number
  readonly values: Set<string>
}

/**
 * Checks the prerequisites of an update in their order (RFC 2136 §3.2.5).
 * @returns NOERROR, or the RCODE of the first that does not hold
 * @throws WireError
 */
export function checkPrerequisites({ answers, names }: WireMessage, zone: ChangeableZone, isInZone: IsInZone): number {
  const expected = new Map<string, ExpectedRrset>()
  for (const record of answers) {
    if (record.ttl !== 0) return RCODE.FORMERR
    if (!isInZone(record.name)) return RCODE.NOTZONE
    const rcode = record.class === CLASS.IN ? expectValue(names, record, expected) : checkPresence(record, zone)
    if (rcode !== RCODE.NOERROR) return rcode
  }
  return [...expected.values()].every((rrset) => stands(rrset, zone)) ? RCODE.NOERROR : RCODE.NXRRSET
}

/** RFC 2136 §2.4.1 and §2.4.3–2.4.5: whether a name is in use or an RRset there, whatever its values. */
function checkPresence({ name, type, class: cls, rdataStart, end }: WireRecord, zone: ChangeableZone): number {
  if (cls !== CLASS.ANY && cls !== CLASS.NONE) return RCODE.FORMERR
  if (rdataStart !== end) return RCODE.FORMERR
  const wholeName = type === TYPE.ANY
  if (!wholeName && isMetaType(type)) return RCODE.FORMERR
  const present = zone.types(name).some((other) => wholeName || other === type)
  if (present === (cls === CLASS.ANY)) return RCODE.NOERROR
  if (wholeName) return present ? RCODE.YXDOMAIN : RCODE.NXDOMAIN
  return present ? RCODE.YXRRSET : RCODE.NXRRSET
}

/** RFC 2136 §2.4.2: takes the record into the RRset that must be there with just these values. */
function expectValue(names: NameReader, record: WireRecord, expected: Map<string, ExpectedRrset>): number {
  const { name, type, rdataStart, end } = record
  if (isMetaType(type)) return RCODE.FORMERR
  const key = `${type} ${name}`
  const rrset = expected.get(key) ?? { name, type, values: new Set() }
  rrset.values.add(hex(readRdata(names, type, rdataStart, end)))
  expected.set(key, rrset)
  return RCODE.NOERROR
}

function stands({ name, type, values }: ExpectedRrset, zone: ChangeableZone): boolean {
  const there = new Set(zone.at(name).flatMap((record) => (record.type === type ? [hex(record.rdata)] : [])))
  return there.size === values.size && [...there].every((value) => values.has(value))
}

function hex(octets: Uint8Array): string {
  return Buffer.from(octets).toString('hex')
}
