import { CLASS, type ResourceRecord, TYPE } from './resource-record.ts'
import type { ChangeableZone, ZoneChange } from './zone-changes.ts'

/** A record of a request, its RDATA ready for the wire; class IN, TTL 0 and no RDATA when not given. */
export interface RequestRecord {
  name: string
  type: number
  class?: number
  ttl?: number
  rdata?: readonly number[] | Uint8Array
}

/** What is other than usual in a request. */
export interface Request {
  id?: number
  flags?: number
  zone?: readonly RequestRecord[]
  prerequisites?: readonly RequestRecord[]
  updates?: readonly RequestRecord[]
  additionals?: readonly RequestRecord[]
}

/** The opcode where the flags have it. */
export const OPCODE_UPDATE = 5 << 11

/** A name of plain labels on the wire, its case kept; written apart from what is tested. */
export function wireName(name: string): Buffer {
  const labels = name === '' ? [] : name.split('.')
  return Buffer.concat([...labels.map((label) => Buffer.from([label.length, ...Buffer.from(label, 'latin1')])), Buffer.alloc(1)])
}

/** A number in two octets. */
export function uint16(value: number): Buffer {
  return Buffer.of(value >> 8, value & 0xff)
}

/** The octets of an update for `example.test`, or of what is given instead. */
export function updateMessage(request: Request = {}): Buffer {
  const { id = 0x1234, flags = OPCODE_UPDATE, zone = [{ name: 'example.test', type: TYPE.SOA }] } = request
  const sections = [request.prerequisites ?? [], request.updates ?? [], request.additionals ?? []]
  return Buffer.concat([
    ...[id, flags, zone.length, ...sections.map((section) => section.length)].map(uint16),
    ...zone.flatMap(({ name, type, class: cls = CLASS.IN }) => [wireName(name), uint16(type), uint16(cls)]),
    ...sections.flat().map(recordOctets),
  ])
}

/** A whole record on the wire. */
export function recordOctets({ name, type, class: cls = CLASS.IN, ttl = 0, rdata = [] }: RequestRecord): Buffer {
  const ttlOctets = Buffer.alloc(4)
  ttlOctets.writeUInt32BE(ttl)
  return Buffer.concat([wireName(name), uint16(type), uint16(cls), ttlOctets, uint16(rdata.length), Uint8Array.from(rdata)])
}

/** A zone that only notes what is done to it. */
export function recordingZone(apex: string, records: readonly ResourceRecord[] = []) {
  const versions: (readonly ZoneChange[])[] = []
  const zone: ChangeableZone = {
    apex,
    types: (name) => zone.at(name).map(({ type }) => type),
    at: (name) => records.filter((record) => record.name === name),
    apply: (changes) => {
      versions.push(changes)
    },
  }
  return { zone, versions }
}

/** The lower four bits of the RCODE, which the header has. */
export function rcodeOf(message: Uint8Array): number {
  return (message[3] ?? 0) & 0x0f
}
