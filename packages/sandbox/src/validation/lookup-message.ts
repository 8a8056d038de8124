import type { Random } from '@domainctl/core'
import { type Answer, type DecodedPacket, decode, encode, type OptAnswer } from 'dns-packet'
import { LookupFailure, type LookupQuery, type LookupQuestion } from './lookup-question.ts'

/** An answer that its server has authority for. */
export interface LookupAnswer {
  readonly rcode: 'NOERROR' | 'NXDOMAIN'
  /** The answer section, names of records in lower case. */
  readonly records: readonly Answer[]
}

/** What passes every network unfragmented (DNS flag day 2020), as resolvers of CAs ask for. */
const UDP_SIZE = 1232

const HEADER_LENGTH = 12
/** QTYPE and QCLASS. */
const QUESTION_TAIL = 4
/** RFC 1035 §2.3.4, as text without the final dot. */
const LONGEST_NAME = 253

const OPT: OptAnswer = {
  type: 'OPT',
  name: '.',
  udpPayloadSize: UDP_SIZE,
  extendedRcode: 0,
  ednsVersion: 0,
  flags: 0,
  flag_do: false,
  options: [],
}

/** RFC 1035 §4.1.1, RFC 2136 §2.2 and RFC 6891 §9; what is not here goes by its number. */
const RCODES = ['NOERROR', 'FORMERR', 'SERVFAIL', 'NXDOMAIN', 'NOTIMP', 'REFUSED', 'YXDOMAIN', 'YXRRSET', 'NXRRSET', 'NOTAUTH']

/**
 * A question with a random ID and its letters in random case, which an answer has to repeat: so does Let's Encrypt
 * (draft-vixie-dnsext-dns0x20). Recursion is not asked for.
 * @throws LookupFailure when the name is one that DNS cannot have
 */
export function writeQuery(question: LookupQuestion, random: Random): LookupQuery {
  const { name, type } = question
  // dns-packet would write a label that is too long, or empty, as something else.
  if (name.length > LONGEST_NAME || !/^[!-~]+$/.test(name) || !name.split('.').every(isLabel)) {
    throw new LookupFailure(question, 'A name that DNS cannot have')
  }
  const id = Buffer.from(random.bytes(2)).readUInt16BE(0)
  const questions = [{ name: inRandomCase(name, random), type }]
  return { ...question, id, message: encode({ type: 'query', id, flags: 0, questions, additionals: [OPT] }) }
}

/** The ID of the query that a message claims to answer; undefined when it is no message. */
export function idOf(message: Buffer): number | undefined {
  return message.length >= HEADER_LENGTH ? message.readUInt16BE(0) : undefined
}

/** Whether a message claims to answer this query; what does not is no concern of it. */
export function claimsToAnswer(message: Buffer, { id }: LookupQuery): boolean {
  return idOf(message) === id
}

/** TC. Looked at before anything else is: what follows may be cut anywhere, and still make sense (RFC 2181 §9). */
export function isTruncated(message: Buffer): boolean {
  return (message.readUInt16BE(2) & 0x0200) !== 0
}

/**
 * Reads an answer. Nothing may be missing, and nothing may follow it.
 * @throws LookupFailure that says what is wrong with it
 */
export function readAnswer(message: Buffer, query: LookupQuery): LookupAnswer {
  const failure = (seen: string) => new LookupFailure(query, seen)
  if (!claimsToAnswer(message, query)) throw failure('An answer with another ID')
  const flags = message.readUInt16BE(2)
  // QR, and the opcode of a query.
  if ((flags & 0xf800) !== 0x8000) throw failure('A message that is no response to a query')

  const decoded = decodeWhole(message, query)
  const rcode = rcodeOf(decoded, flags)
  // A server that could not read the question need not repeat it.
  if (rcode !== 'NOERROR' && rcode !== 'NXDOMAIN') throw failure(rcode)
  const other = otherQuestion(message, query)
  if (other) throw failure(other)
  if (!decoded.flag_aa) throw failure('An answer without authority')

  const records = (decoded.answers ?? []).map((record) => ({ ...record, name: record.name.toLowerCase() }))
  // dns-packet takes the upper bit of the class for a flag of multicast DNS.
  if (!records.every((record) => record.type !== 'OPT' && record.class === 'IN' && !record.flush)) {
    throw failure('An answer with a record of another class')
  }
  return { rcode, records }
}

function decodeWhole(message: Buffer, query: LookupQuery): DecodedPacket {
  let decoded: DecodedPacket
  try {
    decoded = decode(message)
  } catch (cause) {
    throw new LookupFailure(query, 'An answer that cannot be read', { cause })
  }
  // dns-packet reads past the end of RDATA and of the message without a word, but counts what it should have read.
  if (decode.bytes !== message.length) throw new LookupFailure(query, 'An answer of another length than it says')
  return decoded
}

/** RFC 6891 §6.1.3: its upper eight bits are in the OPT record. */
function rcodeOf({ additionals = [] }: DecodedPacket, flags: number): string {
  const opt = additionals.find((record) => record.type === 'OPT')
  const rcode = ((opt?.extendedRcode ?? 0) << 4) | (flags & 0x0f)
  return RCODES[rcode] ?? `RCODE ${rcode}`
}

/** Octet for octet: dns-packet decodes names in a way that different ones may come out alike. */
function otherQuestion(message: Buffer, query: LookupQuery): string | undefined {
  const asked = query.message.subarray(HEADER_LENGTH, HEADER_LENGTH + query.name.length + 2 + QUESTION_TAIL)
  const repeated = message.subarray(HEADER_LENGTH, HEADER_LENGTH + asked.length)
  const isOne = message.readUInt16BE(4) === 1
  if (isOne && asked.equals(repeated)) return undefined
  const isSameName = asked.toString('latin1').toLowerCase() === repeated.toString('latin1').toLowerCase()
  return isOne && isSameName
    ? 'An answer that does not repeat the upper and lower case of the question'
    : 'An answer to another question'
}

function isLabel(label: string): boolean {
  return label.length > 0 && label.length <= 63
}

function inRandomCase(name: string, random: Random): string {
  const bits = random.bytes(Math.ceil(name.length / 8))
  return Array.from(name, (character, at) =>
    ((bits[at >> 3] ?? 0) >> (at & 7)) & 1 ? character.toUpperCase() : character.toLowerCase(),
  ).join('')
}
