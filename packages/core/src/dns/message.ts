import { isIPv4, isIPv6 } from 'node:net'
import { type Answer, type CaaData, type DecodedPacket, decode, encode, RECURSION_DESIRED } from 'dns-packet'
import type { RecordType } from '../contracts/dns.ts'
import type { CaaProperty } from '../domain/diagnosis/caa.ts'
import { DomainctlError } from '../errors.ts'

/** What is asked: a lower-case ASCII name without final dot (the root is empty) and a type, class IN. */
export interface Question {
  name: string
  type: RecordType
}

/** One record of an answer. */
export interface ResourceRecord {
  /** Lower case, no final dot. */
  name: string
  type: RecordType
  /** Seconds. */
  ttl: number
  /**
   * In presentation format: TXT strings joined and read as UTF-8 (bytes that are not become U+FFFD), names without
   * final dot, CAA as `0 issue "ca.example"`, SOA as its seven fields.
   */
  value: string
  /** Of CAA alone: its fields as they came. */
  caa?: CaaProperty
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
const TYPES: readonly string[] = ['TXT', 'CNAME', 'A', 'AAAA', 'NS', 'SOA', 'CAA'] satisfies RecordType[]

/** Whether a name can be put into a question: labels of 1 to 63 visible ASCII characters, 253 in all (RFC 1035 §2.3.4). */
export function canBeAsked(name: string): boolean {
  return name === '' || (name.length <= 253 && name.split('.').every((label) => /^[!-~]{1,63}$/.test(label)))
}

/**
 * A query with one question.
 * @throws DomainctlError `NAME_INVALID` for a name that does not fit into a question
 */
export function encodeQuery(question: Question, o: { id: number; recursionDesired: boolean; edns: boolean }): Buffer {
  if (!canBeAsked(question.name)) {
    throw new DomainctlError('NAME_INVALID', `${JSON.stringify(question.name.slice(0, 80))} cannot be looked up in the DNS.`, {
      hint: 'A name has labels of 1 to 63 ASCII characters and at most 253 in all (RFC 1035 §2.3.4).',
    })
  }
  const opt = {
    type: 'OPT',
    name: '.',
    udpPayloadSize: UDP_PAYLOAD,
    extendedRcode: 0,
    ednsVersion: 0,
    flags: 0,
    flag_do: false,
    options: [],
  } as const
  return encode({
    type: 'query',
    id: o.id,
    flags: o.recursionDesired ? RECURSION_DESIRED : 0,
    questions: [{ name: question.name || '.', type: question.type, class: 'IN' }],
    additionals: o.edns ? [{ ...opt, options: [] }] : [],
  })
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
  // Before decoding: a cut message may decode without an error, with records missing.
  if (flags & 0x0200) return 'truncated'
  const packet = decodeSafely(reply)
  if (packet === undefined) return 'garbage'
  const additionals = packet.additionals ?? []
  const extended = additionals.find((record) => record.type === 'OPT')?.extendedRcode ?? 0
  return {
    rcode: rcodeName(extended * 16 + rcode),
    aa: (flags & 0x0400) !== 0,
    answers: readable(packet.answers),
    authorities: readable(packet.authorities),
    additionals: readable(additionals),
  }
}

function decodeSafely(reply: Buffer): DecodedPacket | undefined {
  // A record has 11 bytes at least; without this a header of 12 bytes could announce 196,605 records to be looped over.
  const records = reply.readUInt16BE(6) + reply.readUInt16BE(8) + reply.readUInt16BE(10)
  if (records * 11 > reply.length - HEADER) return undefined
  try {
    return decode(reply)
  } catch {
    // The decoder throws plain errors of many kinds at malformed input; all mean the same.
    return undefined
  }
}

/** The reply repeats our question, letters in any case (RFC 1035 §2.3.3), octet for octet otherwise. */
function isSameQuestion(reply: Buffer, query: Buffer): boolean {
  if (reply.readUInt16BE(4) !== 1) return false
  let end = HEADER
  while (end < query.length && query[end] !== 0) end += 1 + (query[end] ?? 0)
  end += 1
  const name = (message: Buffer) => message.toString('latin1', HEADER, end).toLowerCase()
  return (
    reply.length >= end + 4 && name(reply) === name(query) && reply.subarray(end, end + 4).equals(query.subarray(end, end + 4))
  )
}

function rcodeName(rcode: number): string {
  return RCODES[rcode] ?? (rcode === 16 ? 'BADVERS' : `RCODE_${rcode}`)
}

function readable(records: readonly Answer[] | undefined): ResourceRecord[] {
  return (records ?? []).flatMap((record) => {
    if (record.type === 'OPT' || record.class !== 'IN' || !TYPES.includes(record.type)) return []
    const value = presentation(record)
    if (value === undefined) return []
    const plain = { name: plainName(record.name), type: record.type as RecordType, ttl: record.ttl ?? 0, value }
    return [record.type === 'CAA' ? { ...plain, caa: caaOf(record.data) } : plain]
  })
}

/** Undefined when the data do not fit the type. */
function presentation(record: Answer): string | undefined {
  switch (record.type) {
    case 'A':
      return isIPv4(record.data) ? record.data : undefined
    case 'AAAA':
      return isIPv6(record.data) ? record.data : undefined
    case 'CNAME':
    case 'NS':
      return plainName(record.data)
    case 'TXT': {
      const strings = Array.isArray(record.data) ? record.data : [record.data]
      return Buffer.concat(strings.map((part) => Buffer.from(part))).toString('utf8')
    }
    case 'CAA':
      return `${record.data.flags ?? 0} ${record.data.tag} ${JSON.stringify(record.data.value)}`
    case 'SOA': {
      const { mname, rname, serial, refresh, retry, expire, minimum } = record.data
      return [plainName(mname), plainName(rname), serial, refresh, retry, expire, minimum].join(' ')
    }
    default:
      return undefined
  }
}

function caaOf({ flags = 0, tag, value }: CaaData): CaaProperty {
  return { flags, tag, value }
}

function plainName(name: string): string {
  return name === '.' ? '' : name.toLowerCase()
}
