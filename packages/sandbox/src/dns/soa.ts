import { joined } from './name-path.ts'
import { type ResourceRecord, TYPE } from './resource-record.ts'
import { writeName } from './wire-name.ts'

/** Behind its two names an SOA has five numbers of 32 bits, the serial first and MINIMUM last (RFC 1035 §3.3.13). */
const NUMBERS_LENGTH = 20

/** How long records of the servers' own may be cached, in seconds. */
export const INFRASTRUCTURE_TTL = 60

/** Who answers for a zone, below its apex. */
export const HOSTMASTER = 'hostmaster'

/** The SOA of a new zone. */
export function newSoa(apex: string): ResourceRecord {
  const numbers = Buffer.alloc(NUMBERS_LENGTH)
  // MINIMUM 0: that a name is not there is never cached (RFC 2308 §5), so that a record just made is seen at once.
  for (const [index, number] of [1, 3600, 600, 86_400, 0].entries()) numbers.writeUInt32BE(number, index * 4)
  const rdata = Buffer.concat([writeName(joined('ns1', apex)), writeName(joined(HOSTMASTER, apex)), numbers])
  return { name: apex, type: TYPE.SOA, ttl: INFRASTRUCTURE_TTL, rdata }
}

/** The serial in the RDATA of an SOA. */
export function serialOf(rdata: Uint8Array): number {
  return view(rdata).getUint32(0)
}

/** The RDATA of the SOA of the next version of a zone. */
export function nextSoa(rdata: Uint8Array): Uint8Array {
  const next = Uint8Array.from(rdata)
  // 0 is left out: some servers take it for "no serial".
  view(next).setUint32(0, (serialOf(rdata) % 0xffff_ffff) + 1)
  return next
}

/** How long a negative answer may be cached (RFC 2308 §3). */
export function negativeTtl(ttl: number, rdata: Uint8Array): number {
  return Math.min(ttl, view(rdata).getUint32(NUMBERS_LENGTH - 4))
}

/** Whether a serial is later than another (RFC 1982 §3.2). */
export function isLater(serial: number, than: number): boolean {
  const distance = (serial - than) >>> 0
  return distance > 0 && distance < 2 ** 31
}

function view(rdata: Uint8Array): DataView {
  return new DataView(rdata.buffer, rdata.byteOffset + rdata.byteLength - NUMBERS_LENGTH, NUMBERS_LENGTH)
}
