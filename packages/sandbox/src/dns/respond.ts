import type { Clock } from '@domainctl/core'
import { refusal } from './answer.ts'
import { BADVERS, readEdns, replyWithRcode } from './edns.ts'
import type { TsigKey } from './name-servers.ts'
import { type Query, readQuery } from './query.ts'
import { CLASS, RCODE } from './resource-record.ts'
import { longestResponse, type Reply, type Transport, writeResponse } from './response.ts'
import { openMessage } from './tsig.ts'
import { formErrorFor, HEADER_LENGTH, hasQuestion, replyTo, viewOf, type WireMessage } from './wire-message.ts'

const OPCODE = { QUERY: 0, UPDATE: 5 } as const

/** What one server does. */
export interface Service {
  readonly key: TsigKey
  readonly clock: Pick<Clock, 'now'>
  /** Answers a question of class IN; several replies are the messages of one answer. */
  query(query: Query, transport: Transport): readonly Reply[]
  /**
   * Takes updates (RFC 2136), or does not.
   * @param signed whether the update has a good TSIG
   * @returns what carries it out, or the RCODE that refuses any, whatever it asks for
   */
  updates(signed: boolean): CarryOut | number
}

/**
 * Carries out an update, or does not.
 * @param update without its TSIG
 * @returns the RCODE of the response, which says no more
 * @throws WireError when that is FORMERR
 */
export type CarryOut = (update: WireMessage) => number

/** A message as it came; gives the messages that are sent back, none when there is nothing to say. */
export type Responder = (message: Uint8Array, transport: Transport) => readonly Uint8Array[]

/** A message, and what its TSIG leaves to know. */
interface Incoming {
  readonly message: Uint8Array
  /** Without its TSIG. */
  readonly sections: WireMessage
  readonly transport: Transport
  readonly signed: boolean
  /** Octets that the answer's signature takes. */
  readonly room: number
}

/** Answers every message, whatever it is: what has no header, and responses, with silence (RFC 1035 §7.3). */
export function createResponder(service: Service): Responder {
  return (message, transport) => {
    if (message.length < HEADER_LENGTH || isResponse(message)) return []
    try {
      return open(service, message, transport)
    } catch {
      // A fault of this server; one message must not end all others.
      return [replyWithRcode(message, RCODE.SERVFAIL)]
    }
  }
}

function open(service: Service, message: Uint8Array, transport: Transport): readonly Uint8Array[] {
  const refused = isBareUpdate(message) ? service.updates(false) : undefined
  if (typeof refused === 'number') return [replyTo(message, hasQuestion(message) ? refused : RCODE.FORMERR)]
  const opened = openMessage(message, service.key, service.clock.now())
  if (opened.kind === 'refused') return [opened.reply]
  const incoming = { message, sections: opened.sections, transport }
  if (opened.kind === 'unsigned') return answer(service, { ...incoming, signed: false, room: 0 })
  return answer(service, { ...incoming, signed: true, room: opened.signatureLength }).map(opened.signer())
}

function answer(service: Service, incoming: Incoming): readonly Uint8Array[] {
  const { message } = incoming
  try {
    const replies = rcodeOrReplies(service, incoming)
    return typeof replies === 'number' ? [replyWithRcode(message, replies)] : replies
  } catch (error) {
    return [replyWithRcode(message, formErrorFor(error))]
  }
}

function rcodeOrReplies(service: Service, incoming: Incoming): readonly Uint8Array[] | number {
  const { message, sections, signed } = incoming
  // Whatever the opcode: what another version of EDNS means with it is not known.
  if ((readEdns(sections)?.version ?? 0) > 0) return BADVERS
  switch (opcodeOf(message)) {
    case OPCODE.QUERY:
      return answerQuery(service, incoming)
    case OPCODE.UPDATE: {
      const carryOut = service.updates(signed)
      return typeof carryOut === 'number' ? carryOut : carryOut(sections)
    }
    default:
      return RCODE.NOTIMP
  }
}

function answerQuery(service: Service, { message, sections, transport, room }: Incoming): Uint8Array[] | number {
  const query = readQuery(sections)
  if (typeof query === 'number') return query
  const limit = longestResponse(query, transport) - room
  const replies = query.question.class === CLASS.IN ? service.query(query, transport) : [refusal(RCODE.REFUSED)]
  return replies.map((reply) => writeResponse(message, query, reply, limit))
}

/**
 * Whether this is an update without additional records, and thus without a TSIG. When those are refused, no more than the zone
 * section is read. RFC 2136 §3.3 looks at permission later, but nobody without it shall learn by prerequisites what is there.
 */
function isBareUpdate(message: Uint8Array): boolean {
  return opcodeOf(message) === OPCODE.UPDATE && viewOf(message).getUint16(10) === 0
}

function opcodeOf(message: Uint8Array): number {
  return ((message[2] ?? 0) >> 3) & 0x0f
}

function isResponse(message: Uint8Array): boolean {
  return ((message[2] ?? 0) & 0x80) !== 0
}
