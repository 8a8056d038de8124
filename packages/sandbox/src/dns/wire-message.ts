import { NameReader } from './name-reader.ts'
import { RCODE } from './resource-record.ts'
import { WireError } from './wire-name.ts'

/** Octets of the header (RFC 1035 §4.1.1). */
export const HEADER_LENGTH = 12

/** A question; in an update, the zone (RFC 2136 §2.3). */
export interface WireQuestion {
  readonly name: string
  readonly type: number
  readonly class: number
  /** Where it ends in the message. */
  readonly end: number
}

/** A record as it stands in a message, whatever its class. RDATA may point into the message, hence only its place. */
export interface WireRecord {
  readonly name: string
  readonly type: number
  readonly class: number
  readonly ttl: number
  /** Where the record begins in the message. */
  readonly start: number
  readonly rdataStart: number
  /** Where its RDATA, and thus the record, ends. */
  readonly end: number
}

/** A message taken apart; in an update, the sections are zone, prerequisites, updates and additional data. */
export interface WireMessage {
  /** A message has one at most. */
  readonly question: WireQuestion | undefined
  readonly answers: readonly WireRecord[]
  readonly authorities: readonly WireRecord[]
  readonly additionals: readonly WireRecord[]
  /** Reads what names there are in RDATA. */
  readonly names: NameReader
}

/**
 * Takes a message apart, to its last octet: what is too short or too long for its counts is none.
 * @throws WireError
 */
export function readMessage(message: Uint8Array): WireMessage {
  if (message.length < HEADER_LENGTH) throw new WireError('a message is shorter than its header')
  const view = viewOf(message)
  const names = new NameReader(message)
  const question = readQuestion(names, view)
  let at = question?.end ?? HEADER_LENGTH
  const section = (countAt: number) => {
    const records: WireRecord[] = []
    for (let left = view.getUint16(countAt); left > 0; left--) {
      const record = readRecord(names, view, at)
      records.push(record)
      at = record.end
    }
    return records
  }
  const answers = section(6)
  const authorities = section(8)
  const additionals = section(10)
  if (at !== message.length) throw new WireError('a message goes on after its last record')
  return { question, answers, authorities, additionals, names }
}

/**
 * A response without records: ID, opcode and the one question of the request, when it has one that can be read.
 * @param rcode only its lower four bits; the others belong into an OPT record (RFC 6891 §6.1.3)
 * @param question its octets, for those who have read it already
 */
export function replyTo(request: Uint8Array, rcode: number, question = questionOctets(request)): Uint8Array {
  const reply = new Uint8Array(HEADER_LENGTH + question.length)
  reply.set(request.subarray(0, 3))
  const view = viewOf(reply)
  const opcode = view.getUint8(2) & 0x78
  // QR is set; AA, TC, RA and Z are not, and RD is kept in a query alone: in an update it is a part of Z (RFC 2136 §2.2).
  reply[2] = 0x80 | opcode | (opcode === 0 ? view.getUint8(2) & 0x01 : 0)
  reply[3] = rcode & 0x0f
  view.setUint16(4, question.length > 0 ? 1 : 0)
  reply.set(question, HEADER_LENGTH)
  return reply
}

/** Whether a message has the one question, or zone section, that it should have. */
export function hasQuestion(request: Uint8Array): boolean {
  return questionOctets(request).length > 0
}

/** The message with one more record in its additional section. */
export function withAdditional(message: Uint8Array, record: Uint8Array): Uint8Array {
  const longer = new Uint8Array(message.length + record.length)
  longer.set(message)
  longer.set(record, message.length)
  const view = viewOf(longer)
  view.setUint16(10, view.getUint16(10) + 1)
  return longer
}

/** A view of just these octets, which may be a part of a larger buffer. */
export function viewOf(octets: Uint8Array): DataView {
  return new DataView(octets.buffer, octets.byteOffset, octets.byteLength)
}

/** What a message that cannot be read is answered with; for any other error, that error. */
export function formErrorFor(error: unknown): number {
  if (error instanceof WireError) return RCODE.FORMERR
  throw error
}

/** RFC 9619, and RFC 2136 §3.1.1: one at most, which the header tells before any name is read. */
function readQuestion(names: NameReader, view: DataView): WireQuestion | undefined {
  const count = view.getUint16(4)
  if (count > 1) throw new WireError('a message has more than one question')
  if (count === 0) return undefined
  const { name, next } = names.read(HEADER_LENGTH)
  const end = next + 4
  if (end > view.byteLength) throw new WireError('a question is cut off')
  return { name, type: view.getUint16(next), class: view.getUint16(next + 2), end }
}

function readRecord(names: NameReader, view: DataView, start: number): WireRecord {
  const { name, next } = names.read(start)
  const rdataStart = next + 10
  if (rdataStart > view.byteLength) throw new WireError('a record is cut off')
  const end = rdataStart + view.getUint16(next + 8)
  if (end > view.byteLength) throw new WireError('RDATA is cut off')
  const [type, cls, ttl] = [view.getUint16(next), view.getUint16(next + 2), view.getUint32(next + 4)]
  return { name, type, class: cls, ttl, start, rdataStart, end }
}

function questionOctets(request: Uint8Array): Uint8Array {
  if (request.length < HEADER_LENGTH) return new Uint8Array()
  try {
    const question = readQuestion(new NameReader(request), viewOf(request))
    // The first name has nothing to point to, so that these octets stand for themselves.
    return request.subarray(HEADER_LENGTH, question?.end ?? HEADER_LENGTH)
  } catch (error) {
    formErrorFor(error)
    return new Uint8Array()
  }
}
