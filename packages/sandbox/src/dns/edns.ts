import { TYPE } from './resource-record.ts'
import { formErrorFor, readMessage, replyTo, viewOf, type WireMessage, type WireRecord, withAdditional } from './wire-message.ts'
import { WireError } from './wire-name.ts'

/** What the servers take by UDP themselves, and send at most: it passes every network in one piece (RFC 6891 §6.2.5). */
export const UDP_PAYLOAD = 1232

/** The RCODE for an EDNS version above 0 (RFC 6891 §6.1.3): of its 12 bits, the OPT record has the upper eight. */
export const BADVERS = 16

/** What a client says of itself by an OPT record (RFC 6891). */
export interface Edns {
  readonly version: number
  /** Octets that it takes by UDP. */
  readonly payload: number
  readonly dnssecOk: boolean
}

/**
 * Reads the OPT record of a request, when it has one.
 * @throws WireError
 */
export function readEdns({ additionals, names }: WireMessage): Edns | undefined {
  const [opt, second] = additionals.filter(isOpt)
  if (!opt) return undefined
  // RFC 6891 §6.1.1 and §6.1.2.
  if (second || opt.name !== '') throw new WireError('there is one OPT record at most, at the root')
  const version = (opt.ttl >>> 16) & 0xff
  // Of another version nothing but the version is known.
  if (version === 0) checkOptions(names.message, opt)
  return { version, payload: opt.class, dnssecOk: isDnssecOk(opt) }
}

/** A response with the OPT record of the servers, which has the upper bits of its RCODE; DO is echoed (RFC 3225 §3). */
export function withEdns(response: Uint8Array, rcode: number, dnssecOk: boolean): Uint8Array {
  const flags = dnssecOk ? 0x80 : 0
  const opt = [0, 0, TYPE.OPT, UDP_PAYLOAD >> 8, UDP_PAYLOAD & 0xff, rcode >> 4, 0, flags, 0, 0, 0]
  return withAdditional(response, Uint8Array.from(opt))
}

/**
 * A response that is nothing but its RCODE, for a request of any kind. As RFC 6891 §6.1.1 asks, it has an OPT record when the
 * request has one, even a wrong one; of a request that cannot be read to its end nobody knows.
 */
export function replyWithRcode(request: Uint8Array, rcode: number): Uint8Array {
  const reply = replyTo(request, rcode)
  const opt = optOf(request)
  return opt ? withEdns(reply, rcode, isDnssecOk(opt)) : reply
}

function optOf(request: Uint8Array): WireRecord | undefined {
  try {
    return readMessage(request).additionals.find(isOpt)
  } catch (error) {
    formErrorFor(error)
    return undefined
  }
}

function isOpt({ type }: WireRecord): boolean {
  return type === TYPE.OPT
}

function isDnssecOk({ ttl }: WireRecord): boolean {
  return (ttl & 0x8000) !== 0
}

/** None is understood, cookies among them (RFC 7873 §5.2.1: as if they were not there), but all have to be whole. */
function checkOptions(message: Uint8Array, { rdataStart, end }: WireRecord): void {
  const view = viewOf(message)
  let at = rdataStart
  while (at + 4 <= end) at += 4 + view.getUint16(at + 2)
  if (at !== end) throw new WireError('an EDNS option is cut off')
}
