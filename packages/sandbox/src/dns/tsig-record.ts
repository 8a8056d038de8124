import { readName } from './name-reader.ts'
import { CLASS, TYPE } from './resource-record.ts'
import { viewOf, type WireRecord } from './wire-message.ts'
import { WireError, writeName } from './wire-name.ts'

/** A TSIG record (RFC 8945 §4.2). */
export interface TsigRecord {
  /** Name of the key. */
  readonly name: string
  readonly algorithm: string
  /** Seconds since 1970, 48 bits. */
  readonly timeSigned: number
  /** Seconds that the clocks may be apart. */
  readonly fudge: number
  readonly mac: Uint8Array
  readonly originalId: number
  readonly error: number
  readonly other: Uint8Array
}

/** Values of a TSIG's error field (RFC 8945 §3). */
export const TSIG_ERROR = { NONE: 0, BADSIG: 16, BADKEY: 17, BADTIME: 18, BADTRUNC: 22 } as const

/** Octets of RDATA between the algorithm and the MAC, and between the MAC and the other data. */
const BEFORE_MAC = 10
const AFTER_MAC = 6

/**
 * Reads the TSIG of a request.
 * @throws WireError
 */
export function readTsig(message: Uint8Array, record: WireRecord): TsigRecord {
  if (record.class !== CLASS.ANY || record.ttl !== 0) throw new WireError('a TSIG is of class ANY and TTL 0')
  const { name: algorithm, next } = readName(message, record.rdataStart)
  // RFC 8945 §4.2: the algorithm's name is never compressed, or the MAC would not cover what stands there.
  if (next - record.rdataStart !== writeName(algorithm).length) throw new WireError("a TSIG's algorithm is compressed")
  const view = viewOf(message)
  const macAt = next + BEFORE_MAC
  if (macAt > record.end) throw new WireError('a TSIG is cut off')
  const macEnd = macAt + view.getUint16(next + 8)
  const otherAt = macEnd + AFTER_MAC
  if (otherAt > record.end) throw new WireError('a TSIG is cut off')
  if (otherAt + view.getUint16(macEnd + 4) !== record.end) throw new WireError("a TSIG's lengths do not fit its RDATA")
  return {
    name: record.name,
    algorithm,
    timeSigned: view.getUint16(next) * 2 ** 32 + view.getUint32(next + 2),
    fudge: view.getUint16(next + 6),
    mac: message.subarray(macAt, macEnd),
    originalId: view.getUint16(macEnd),
    error: view.getUint16(macEnd + 2),
    other: message.subarray(otherAt, record.end),
  }
}

/** The octets of the whole record. */
export function writeTsig(tsig: TsigRecord): Uint8Array {
  const rdata = Buffer.concat([
    writeName(tsig.algorithm),
    timers(tsig),
    uint16(tsig.mac.length),
    tsig.mac,
    uint16(tsig.originalId),
    uint16(tsig.error),
    uint16(tsig.other.length),
    tsig.other,
  ])
  return Buffer.concat([writeName(tsig.name), uint16(TYPE.TSIG), uint16(CLASS.ANY), uint32(0), uint16(rdata.length), rdata])
}

/** What the MAC covers of the record itself (RFC 8945 §4.3.3). */
export function tsigVariables(tsig: TsigRecord): Uint8Array {
  return Buffer.concat([
    writeName(tsig.name),
    uint16(CLASS.ANY),
    uint32(0),
    writeName(tsig.algorithm),
    timers(tsig),
    uint16(tsig.error),
    uint16(tsig.other.length),
    tsig.other,
  ])
}

/** What it covers in all but the first message of an answer (RFC 8945 §5.3.1): time and fudge. */
export function timers({ timeSigned, fudge }: Pick<TsigRecord, 'timeSigned' | 'fudge'>): Uint8Array {
  return Buffer.concat([uint48(timeSigned), uint16(fudge)])
}

/** A MAC with its length, as it goes into the next one (RFC 8945 §4.3.1). */
export function macWithLength(mac: Uint8Array): Uint8Array {
  return Buffer.concat([uint16(mac.length), mac])
}

/** A time as TSIG has it. */
export function uint48(value: number): Uint8Array {
  const octets = Buffer.alloc(6)
  octets.writeUIntBE(value, 0, 6)
  return octets
}

function uint32(value: number): Uint8Array {
  const octets = Buffer.alloc(4)
  octets.writeUInt32BE(value)
  return octets
}

function uint16(value: number): Uint8Array {
  const octets = Buffer.alloc(2)
  octets.writeUInt16BE(value)
  return octets
}
