import type { Answer } from './answer.ts'
import { UDP_PAYLOAD, withEdns } from './edns.ts'
import type { Query } from './query.ts'
import { withRecords } from './record-writer.ts'
import { HEADER_LENGTH, replyTo, viewOf } from './wire-message.ts'

/** RFC 1035 §4.2.1, and the least that an OPT record can ask for (RFC 6891 §6.2.3). */
const UDP_WITHOUT_EDNS = 512
const TCP_PAYLOAD = 65_535

const AA = 0x0400
const TC = 0x0200
const RA = 0x0080
const CD = 0x0010

/** How a message came, and its answer goes. */
export type Transport = 'udp' | 'tcp'

/** An answer, and whether the server offers recursion. */
export interface Reply extends Answer {
  readonly recursionAvailable?: boolean
}

/** The octets that a response to a query may have. */
export function longestResponse({ edns }: Query, transport: Transport): number {
  if (transport === 'tcp') return TCP_PAYLOAD
  return edns ? Math.min(UDP_PAYLOAD, Math.max(UDP_WITHOUT_EDNS, edns.payload)) : UDP_WITHOUT_EDNS
}

/** Writes a response of at most `limit` octets; with TC and no records when they do not fit (RFC 2181 §9). */
export function writeResponse(request: Uint8Array, query: Query, reply: Reply, limit: number): Uint8Array {
  const whole = write(request, query, reply)
  if (whole.length <= limit) return whole
  // Addresses beside an answer are a courtesy, beside a referral they are not (RFC 9471 §3).
  const bare = { ...reply, additional: [] }
  const short = reply.isReferral ? whole : write(request, query, bare)
  return short.length <= limit ? short : write(request, query, { ...bare, answer: [], authority: [] }, TC)
}

function write(request: Uint8Array, query: Query, reply: Reply, moreFlags = 0): Uint8Array {
  const { name, end } = query.question
  const head = replyTo(request, reply.rcode, request.subarray(HEADER_LENGTH, end))
  const { answer, authority, additional } = reply
  const message = withRecords(head, name, [...answer, ...authority, ...additional])
  const view = viewOf(message)
  view.setUint16(6, answer.length)
  view.setUint16(8, authority.length)
  view.setUint16(10, additional.length)
  const flags = (reply.authoritative ? AA : 0) | (reply.recursionAvailable ? RA : 0) | (query.checkingDisabled ? CD : 0)
  view.setUint16(2, view.getUint16(2) | flags | moreFlags)
  return query.edns ? withEdns(message, reply.rcode, query.edns.dnssecOk) : message
}
