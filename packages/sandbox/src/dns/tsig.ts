import { timingSafeEqual } from 'node:crypto'
import { replyWithRcode } from './edns.ts'
import { readName } from './name-reader.ts'
import type { TsigKey } from './name-servers.ts'
import { RCODE, TYPE } from './resource-record.ts'
import { readTsig, TSIG_ERROR, type TsigRecord, tsigVariables, uint48, writeTsig } from './tsig-record.ts'
import { hmac, responseSigner, signResponse, type TsigSigning, unsignedTsig } from './tsig-signer.ts'
import { formErrorFor, readMessage, viewOf, type WireMessage, type WireRecord, withAdditional } from './wire-message.ts'
import { WireError, writeName } from './wire-name.ts'

/** Octets of an HMAC-SHA256. */
const MAC_LENGTH = 32
/** RFC 8945 §5.2.2.1: the larger of 10 and half of them. */
const SHORTEST_MAC = 16

/** What a message's TSIG says about it. */
export type OpenedMessage =
  | { readonly kind: 'unsigned'; readonly sections: WireMessage }
  | {
      readonly kind: 'signed'
      /** Without its TSIG. */
      readonly sections: WireMessage
      /** The octets that signing adds to a response, to be kept free below a limit. */
      readonly signatureLength: number
      /** Gives what signs the messages of one answer, in their order (RFC 8945 §5.3; of a transfer, §5.3.1). */
      signer(): (response: Uint8Array) => Uint8Array
    }
  /** The complete reply to a message that must not be looked at: FORMERR, or NOTAUTH with its TSIG. */
  | { readonly kind: 'refused'; readonly reply: Uint8Array }

/**
 * Opens a request: checks its TSIG, when it has one, and takes it off (RFC 8945 §5.2). What cannot be read to its end is
 * refused, signed or not. MACs must have their full length: shorter ones get BADTRUNC, as local policy (§5.2.4).
 */
export function openMessage(message: Uint8Array, key: TsigKey, now: Date): OpenedMessage {
  try {
    const sections = readMessage(message)
    const record = findTsig(sections)
    if (!record) return { kind: 'unsigned', sections }
    return verify(message, sections, record, key, Math.floor(now.getTime() / 1000))
  } catch (error) {
    return { kind: 'refused', reply: replyWithRcode(message, formErrorFor(error)) }
  }
}

/** RFC 8945 §5.1: there is one at most, and it is the last record of all. */
function findTsig({ answers, authorities, additionals }: WireMessage): WireRecord | undefined {
  const last = additionals.at(-1)
  const isMisplaced = (record: WireRecord) => record.type === TYPE.TSIG && record !== last
  if ([answers, authorities, additionals].some((section) => section.some(isMisplaced))) {
    throw new WireError('a TSIG is not the last additional record')
  }
  return last?.type === TYPE.TSIG ? last : undefined
}

function verify(message: Uint8Array, sections: WireMessage, record: WireRecord, key: TsigKey, now: number): OpenedMessage {
  const tsig = readTsig(message, record)
  // RFC 8945 §4.2: zero in requests.
  if (tsig.error !== TSIG_ERROR.NONE) throw new WireError('a request has a TSIG error')
  if (tsig.name !== canonical(key.name) || tsig.algorithm !== key.algorithm)
    return unsignedRefusal(message, tsig, TSIG_ERROR.BADKEY, now)
  if (tsig.mac.length > MAC_LENGTH || tsig.mac.length < SHORTEST_MAC) throw new WireError('a MAC has an impossible length')

  const secret = Buffer.from(key.secret, 'base64')
  if (!macFits(tsig, withoutTsig(message, record.start), secret)) return unsignedRefusal(message, tsig, TSIG_ERROR.BADSIG, now)

  const signing = { name: tsig.name, algorithm: tsig.algorithm, secret, requestMac: new Uint8Array(tsig.mac), timeSigned: now }
  if (Math.abs(now - tsig.timeSigned) > tsig.fudge) return badTime(message, { ...signing, timeSigned: tsig.timeSigned }, now)
  if (tsig.mac.length < MAC_LENGTH) {
    return {
      kind: 'refused',
      reply: signResponse(signing, replyWithRcode(message, RCODE.NOTAUTH), { error: TSIG_ERROR.BADTRUNC }),
    }
  }
  return {
    kind: 'signed',
    sections: { ...sections, additionals: sections.additionals.slice(0, -1) },
    signatureLength: writeTsig({ ...tsig, other: new Uint8Array() }).length,
    signer: () => responseSigner(signing),
  }
}

function macFits(tsig: TsigRecord, digested: Uint8Array, secret: Uint8Array): boolean {
  // RFC 8945 §4.3.2: who forwards an update gives it another ID.
  viewOf(digested).setUint16(0, tsig.originalId)
  const expected = hmac(secret, [digested, tsigVariables(tsig)])
  return timingSafeEqual(expected.subarray(0, tsig.mac.length), tsig.mac)
}

function withoutTsig(message: Uint8Array, start: number): Uint8Array {
  // A copy: the slice of a Buffer is none.
  const unsigned = new Uint8Array(message.subarray(0, start))
  const view = viewOf(unsigned)
  view.setUint16(10, view.getUint16(10) - 1)
  return unsigned
}

/** RFC 8945 §5.2.1–5.2.2 and §5.3.2: without a key that both have there is no MAC. */
function unsignedRefusal(message: Uint8Array, tsig: TsigRecord, error: number, now: number): OpenedMessage {
  const reply = replyWithRcode(message, RCODE.NOTAUTH)
  return { kind: 'refused', reply: withAdditional(reply, writeTsig(unsignedTsig({ ...tsig, timeSigned: now }, reply, error))) }
}

/** RFC 8945 §5.2.3: signed, with the client's time where it was and the server's time beside it. */
function badTime(message: Uint8Array, signing: TsigSigning, now: number): OpenedMessage {
  const reply = signResponse(signing, replyWithRcode(message, RCODE.NOTAUTH), { error: TSIG_ERROR.BADTIME, other: uint48(now) })
  return { kind: 'refused', reply }
}

function canonical(name: string): string {
  return readName(writeName(name), 0).name
}
