import type { RRset } from '@domainctl/core'
import { CLASS, encodeRecord, OPCODE, type Request, type ResourceRecord, TYPE } from './message.ts'
import { encodeRdata } from './rdata.ts'

const NO_RDATA = new Uint8Array(0)

/** What one change asks of the zone: if all `prerequisites` hold, the server makes all `updates`, else none. */
export interface UpdatePart {
  prerequisites: ResourceRecord[]
  updates: ResourceRecord[]
}

/** Prerequisite: there is no record of this name and type (RFC 2136 §2.4.3), else YXRRSET. */
export function rrsetIsAbsent(name: string, type: number): ResourceRecord {
  return { name, type, class: CLASS.NONE, ttl: 0, rdata: NO_RDATA }
}

/** Prerequisite: there is a record of this name and type (RFC 2136 §2.4.1), else NXRRSET. */
export function rrsetIsPresent(name: string, type: number): ResourceRecord {
  return { name, type, class: CLASS.ANY, ttl: 0, rdata: NO_RDATA }
}

/** Prerequisite: the set has exactly these records (RFC 2136 §2.4.2), else NXRRSET. TTLs do not count. */
export function rrsetIs(name: string, type: number, rdata: readonly Uint8Array[]): ResourceRecord[] {
  return rdata.map((octets) => ({ name, type, class: CLASS.IN, ttl: 0, rdata: octets }))
}

/** Prerequisite: the name has no record of any type (RFC 2136 §2.4.5), else YXDOMAIN. */
export function nameIsUnused(name: string): ResourceRecord {
  return { name, type: TYPE.ANY, class: CLASS.NONE, ttl: 0, rdata: NO_RDATA }
}

/** Update: adds the values to the set (RFC 2136 §2.5.1); one that is there stays, and its TTL becomes this one. */
export function addToRRset(rrset: RRset): ResourceRecord[] {
  return rrset.values.map((value) => ({
    name: rrset.name,
    type: TYPE[rrset.type],
    class: CLASS.IN,
    ttl: rrset.ttl,
    rdata: encodeRdata(rrset.type, value),
  }))
}

/** Update: removes these values and no others (RFC 2136 §2.5.4). */
export function deleteFromRRset(rrset: RRset): ResourceRecord[] {
  return addToRRset(rrset).map((record) => ({ ...record, class: CLASS.NONE, ttl: 0 }))
}

/** Update: removes all records of this name and type (RFC 2136 §2.5.2). */
export function deleteRRset(name: string, type: number): ResourceRecord {
  return { name, type, class: CLASS.ANY, ttl: 0, rdata: NO_RDATA }
}

/** Octets that a part takes in a message at most. */
export function sizeOf(part: UpdatePart): number {
  return [...part.prerequisites, ...part.updates].reduce((size, record) => size + encodeRecord(record).length, 0)
}

/**
 * One UPDATE that carries the parts in their order (RFC 2136 §3.4.2: the updates are made in the order in which they
 * stand). A prerequisite that several parts share is written once.
 */
export function updateOf(zone: string, parts: readonly UpdatePart[]): Request {
  const prerequisites = new Map<string, ResourceRecord>()
  for (const record of parts.flatMap((part) => part.prerequisites)) {
    prerequisites.set(encodeRecord(record).toString('latin1'), record)
  }
  return {
    opcode: OPCODE.UPDATE,
    question: { name: zone, type: TYPE.SOA, class: CLASS.IN },
    prerequisites: [...prerequisites.values()],
    updates: parts.flatMap((part) => part.updates),
  }
}
