import type { RecordType } from '../contracts/dns.ts'
import { DomainctlError } from '../errors.ts'
import { type ResourceRecord, readSections, TYPE_NUMBERS } from './record-reader.ts'

export type { ResourceRecord } from './record-reader.ts'

/** What is asked: a lower-case ASCII name without final dot (the root is empty) and a type, class IN. */
export interface Question {
  name: string
  type: RecordType
}

/** A reply that fits its question. Records of other types than {@link RecordType} are left out. */
export interface Message {
  /** `NOERROR`, `NXDOMAIN`, …; `RCODE_<n>` for those without a name here. */
  rcode: string
  /** The server answers with authority (RFC 1035 §4.1.1). */
  aa: boolean
  answers: ResourceRecord[]
  authorities: ResourceRecord[]
  additionals: ResourceRecord[]
}

/** UDP payload that passes everywhere without fragments (DNS flag day 2020). */
const UDP_PAYLOAD = 1232

const HEADER = 12
const DOT = 0x2e
const RCODES = [
  'NOERROR',
  'FORMERR',
  'SERVFAIL',
  'NXDOMAIN',
  'NOTIMP',
  'REFUSED',
  'YXDOMAIN',
  'YXRRSET',
  'NXRRSET',
  'NOTAUTH',
  'NOTZONE',
]

/** Flags of the header (RFC 1035 §4.1.1, RFC 4035 §3.2.2). */
const [TRUNCATED, AUTHORITATIVE, RECURSION_DESIRED, CHECKING_DISABLED] = [0x0200, 0x0400, 0x0100, 0x0010]
const [IN, OPT] = [1, 41]

/** Labels of visible ASCII characters. Without `\\`, which in the text of a name begins an escape. */
const ASKABLE = /^[!-\-/-[\]-~]{1,63}(?:\.[!-\-/-[\]-~]{1,63})*$/

/** Whether a name can be put into a question: labels of 1 to 63 visible ASCII characters, 253 in all (RFC 1035 §2.3.4). */
export function canBeAsked(name: string): boolean {
  return name === '' || (name.length <= 253 && ASKABLE.test(name))
}

/**
 * A query with one question.
 * @throws DomainctlError `NAME_INVALID` for a name that does not fit into a question
 */
export function encodeQuery(
  question: Question,
  o: { id: number; recursionDesired: boolean; checkingDisabled?: boolean; edns: boolean },
): Buffer {
  const { name } = question
  if (!canBeAsked(name)) {
    throw new DomainctlError('NAME_INVALID', `${JSON.stringify(name.slice(0, 80))} cannot be looked up in the DNS.`, {
      hint: 'A name has labels of 1 to 63 ASCII characters and at most 253 in all (RFC 1035 §2.3.4).',
    })
  }
  const nameLength = name === '' ? 1 : name.length + 2
  const query = Buffer.alloc(HEADER + nameLength + 4 + (o.edns ? 11 : 0))
  query.writeUInt16BE(o.id, 0)
  query.writeUInt16BE((o.recursionDesired ? RECURSION_DESIRED : 0) | (o.checkingDisabled ? CHECKING_DISABLED : 0), 2)
  query.writeUInt16BE(1, 4)
  query.writeUInt16BE(o.edns ? 1 : 0, 10)
  // Each label stands where it does in the text, one byte later, and its length takes the place of the dot before it.
  if (name !== '') query.write(`.${name}`, HEADER, 'latin1')
  for (let end = HEADER + nameLength - 2, at = end; at >= HEADER; at -= 1) {
    if (query[at] !== DOT) continue
    query[at] = end - at
    end = at - 1
  }
  const at = HEADER + nameLength
  query.writeUInt16BE(TYPE_NUMBERS[question.type], at)
  query.writeUInt16BE(IN, at + 2)
  if (o.edns) {
    // The root as its name, and no options (RFC 6891 §6.1.2).
    query.writeUInt16BE(OPT, at + 5)
    query.writeUInt16BE(UDP_PAYLOAD, at + 7)
  }
  return query
}

/**
 * Reads what came back for `query`. `stray`: not a reply to this query (other id, other question, no reply at all), so
 * maybe a forgery (RFC 5452 §9.1). `truncated`: ask again over TCP. `garbage`: a reply to this query that cannot be read.
 * Never throws.
 */
export function readReply(reply: Buffer, query: Buffer): Message | 'stray' | 'truncated' | 'garbage' {
  if (reply.length < HEADER || reply.readUInt16BE(0) !== query.readUInt16BE(0)) return 'stray'
  const flags = reply.readUInt16BE(2)
  const isReply = (flags & 0xf800) === 0x8000 // QR set, opcode QUERY
  if (!isReply) return 'stray'
  const rcode = flags & 0xf
  // A server that does not know EDNS may send the header alone (RFC 6891 §7).
  if (rcode === 1 && reply.length === HEADER)
    return { rcode: 'FORMERR', aa: false, answers: [], authorities: [], additionals: [] }
  if (!isSameQuestion(reply, query)) return 'stray'
  // Before reading: a cut message may be read without an error, with records missing.
  if (flags & TRUNCATED) return 'truncated'
  const sections = readSections(reply)
  if (sections === undefined) return 'garbage'
  const { answers, authorities, additionals, extendedRcode } = sections
  return {
    rcode: rcodeName(extendedRcode * 16 + rcode),
    aa: (flags & AUTHORITATIVE) !== 0,
    answers,
    authorities,
    additionals,
  }
}

/** The reply repeats our question, letters in any case (RFC 1035 §2.3.3), octet for octet otherwise. */
function isSameQuestion(reply: Buffer, query: Buffer): boolean {
  if (reply.readUInt16BE(4) !== 1) return false
  let end = HEADER
  while (end < query.length && query[end] !== 0) end += 1 + (query[end] ?? 0)
  end += 1
  if (reply.length < end + 4) return false
  for (let at = HEADER; at < end + 4; at += 1) {
    const ours = query[at] ?? 0
    const theirs = reply[at] ?? 0
    // The lengths of labels, at most 63, are no letters.
    if (ours !== theirs && (at >= end || lowerCase(ours) !== lowerCase(theirs))) return false
  }
  return true
}

function lowerCase(byte: number): number {
  return byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte
}

function rcodeName(rcode: number): string {
  return RCODES[rcode] ?? (rcode === 16 ? 'BADVERS' : `RCODE_${rcode}`)
}
