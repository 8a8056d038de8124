import { RCODE } from './resource-record.ts'
import { readName, WireError } from './wire-name.ts'

/** Octets of the header (RFC 1035 §4.1.1). */
export const HEADER_LENGTH = 12

/** A question; in an update, the zone (RFC 2136 §2.3). */
export interface WireQuestion {
  readonly name: string
  readonly type: number
  readonly class: number
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
  readonly questions: readonly WireQuestion[]
  readonly answers: readonly WireRecord[]
  readonly authorities: readonly WireRecord[]
  readonly additionals: readonly WireRecord[]
}

/**
 * Takes a message apart, to its last octet: what is too short or too long for its counts is none.
 * @throws WireError
 */
export function readMessage(message: Uint8Array): WireMessage {
  if (message.length < HEADER_LENGTH) throw new WireError('a message is shorter than its header')
  const view = viewOf(message)
  const { questions, end } = readQuestions(message)
  let at = end
  const section = (countAt: number) =>
    Array.from({ length: view.getUint16(countAt) }, () => {
      const record = readRecord(message, at)
      at = record.end
      return record
    })
  const answers = section(6)
  const authorities = section(8)
  const additionals = section(10)
  if (at !== message.length) throw new WireError('a message goes on after its last record')
  return { questions, answers, authorities, additionals }
}

/**
 * A response without records: ID, opcode and the one question of the request, when it has one that can be read.
 * @param rcode only its lower four bits; the others belong into an OPT record (RFC 6891 §6.1.3)
 */
export function replyTo(request: Uint8Array, rcode: number): Uint8Array {
  const question = oneQuestion(request)
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

function readQuestions(message: Uint8Array): { questions: WireQuestion[]; end: number } {
  const view = viewOf(message)
  const questions: WireQuestion[] = []
  let at = HEADER_LENGTH
  for (let left = view.getUint16(4); left > 0; left--) {
    const { name, next } = readName(message, at)
    if (next + 4 > message.length) throw new WireError('a question is cut off')
    questions.push({ name, type: view.getUint16(next), class: view.getUint16(next + 2) })
    at = next + 4
  }
  return { questions, end: at }
}

function readRecord(message: Uint8Array, start: number): WireRecord {
  const view = viewOf(message)
  const { name, next } = readName(message, start)
  const rdataStart = next + 10
  if (rdataStart > message.length) throw new WireError('a record is cut off')
  const end = rdataStart + view.getUint16(next + 8)
  if (end > message.length) throw new WireError('RDATA is cut off')
  const [type, cls, ttl] = [view.getUint16(next), view.getUint16(next + 2), view.getUint32(next + 4)]
  return { name, type, class: cls, ttl, start, rdataStart, end }
}

function oneQuestion(request: Uint8Array): Uint8Array {
  if (request.length < HEADER_LENGTH || viewOf(request).getUint16(4) !== 1) return new Uint8Array()
  try {
    // The first name has nothing to point to, so that these octets stand for themselves.
    return request.subarray(HEADER_LENGTH, readQuestions(request).end)
  } catch (error) {
    formErrorFor(error)
    return new Uint8Array()
  }
}
