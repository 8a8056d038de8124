import { encodeName } from './name.ts'
import { notDns, WireReader } from './wire-reader.ts'

// dns-packet knows neither class NONE nor TSIG, and a MAC has to be checked over the octets as they came: so the few
// parts of a message that RFC 2136 and RFC 8945 need are written and read here.

/** Numbers of the IANA registry "DNS Resource Record (RR) TYPEs". */
export const TYPE = { A: 1, NS: 2, CNAME: 5, SOA: 6, TXT: 16, AAAA: 28, TSIG: 250, ANY: 255, CAA: 257 } as const

/** `NONE` and `ANY` carry the meaning of prerequisites and deletions (RFC 2136 §2.4, §2.5). */
export const CLASS = { IN: 1, NONE: 254, ANY: 255 } as const

/** Bits of the second 16-bit word of the header (RFC 1035 §4.1.1). */
export const FLAG = { QR: 0x8000, AA: 0x0400, TC: 0x0200 } as const

/** RFC 1035 §4.1.1, RFC 2136 §1.3. */
export const OPCODE = { QUERY: 0, UPDATE: 5 } as const
export type Opcode = (typeof OPCODE)[keyof typeof OPCODE]

/** First section of a message: the question of a query, the zone of an UPDATE. */
export interface Question {
  name: string
  type: number
  class: number
}

/** `rdata` is self-contained: a name in it is never compressed. */
export interface ResourceRecord {
  name: string
  type: number
  class: number
  /** Seconds. */
  ttl: number
  rdata: Uint8Array
}

/** A query or an UPDATE before it has an id and a signature. Of an UPDATE, the sections are as RFC 2136 §2 names them. */
export interface Request {
  opcode: Opcode
  question: Question
  prerequisites?: readonly ResourceRecord[]
  updates?: readonly ResourceRecord[]
}

/** A message as it was received. */
export interface Answer {
  id: number
  opcode: number
  rcode: number
  response: boolean
  authoritative: boolean
  truncated: boolean
  questions: Question[]
  answers: ResourceRecord[]
  authorities: ResourceRecord[]
  additionals: ResourceRecord[]
  /** Where the last record starts: the signature covers what stands before it. */
  lastRecordAt: number
}

/** The message without a signature. */
export function encodeRequest(id: number, request: Request): Buffer {
  const prerequisites = request.prerequisites ?? []
  const updates = request.updates ?? []
  const header = Buffer.alloc(12)
  header.writeUInt16BE(id, 0)
  header.writeUInt16BE(request.opcode << 11, 2)
  header.writeUInt16BE(1, 4)
  header.writeUInt16BE(prerequisites.length, 6)
  header.writeUInt16BE(updates.length, 8)
  const { name, type, class: class_ } = request.question
  const question = Buffer.concat([encodeName(name), uint16(type), uint16(class_)])
  return Buffer.concat([header, question, ...prerequisites.map(encodeRecord), ...updates.map(encodeRecord)])
}

/** RFC 1035 §3.2.1, with an uncompressed owner. */
export function encodeRecord(record: ResourceRecord): Buffer {
  const fixed = Buffer.alloc(10)
  fixed.writeUInt16BE(record.type, 0)
  fixed.writeUInt16BE(record.class, 2)
  fixed.writeUInt32BE(record.ttl, 4)
  fixed.writeUInt16BE(record.rdata.length, 8)
  return Buffer.concat([encodeName(record.name), fixed, record.rdata])
}

/**
 * Reads a whole message.
 *
 * @throws `PROVIDER_UNREACHABLE` when the octets are not a DNS message; no other error, whatever the octets are.
 */
export function decodeAnswer(bytes: Uint8Array): Answer {
  const reader = new WireReader(bytes)
  const id = reader.uint16()
  const flags = reader.uint16()
  const counts = [reader.uint16(), reader.uint16(), reader.uint16(), reader.uint16()] as const
  let lastRecordAt = reader.offset
  const section = (count: number): ResourceRecord[] => {
    const records: ResourceRecord[] = []
    for (let i = 0; i < count; i++) {
      lastRecordAt = reader.offset
      records.push(readRecord(reader))
    }
    return records
  }
  const questions = Array.from({ length: counts[0] }, () => ({
    name: reader.name(),
    type: reader.uint16(),
    class: reader.uint16(),
  }))
  const answers = section(counts[1])
  const authorities = section(counts[2])
  const additionals = section(counts[3])
  if (reader.offset !== bytes.length) throw notDns('octets follow after its last record')
  return {
    id,
    opcode: (flags >> 11) & 0xf,
    rcode: flags & 0xf,
    response: (flags & FLAG.QR) !== 0,
    authoritative: (flags & FLAG.AA) !== 0,
    truncated: (flags & FLAG.TC) !== 0,
    questions,
    answers,
    authorities,
    additionals,
    lastRecordAt,
  }
}

function readRecord(reader: WireReader): ResourceRecord {
  const name = reader.name()
  const type = reader.uint16()
  const class_ = reader.uint16()
  const ttl = reader.uint32()
  const length = reader.uint16()
  const end = reader.offset + length
  // Of the types that are read here only CNAME and NS may have a compressed name inside (RFC 3597 §4).
  const rdata = (type === TYPE.CNAME || type === TYPE.NS) && length > 0 ? reader.uncompressedName() : reader.octets(length)
  if (reader.offset !== end) throw notDns('a record is not as long as it says')
  return { name, type, class: class_, ttl, rdata }
}

/** Big-endian, two octets. */
export function uint16(value: number): Buffer {
  const octets = Buffer.alloc(2)
  octets.writeUInt16BE(value)
  return octets
}
