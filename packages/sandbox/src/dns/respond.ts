import type { Clock } from '@domainctl/core'
import { refusal } from './answer.ts'
import { BADVERS, readEdns, replyWithRcode } from './edns.ts'
import type { TsigKey } from './name-servers.ts'
import { type Query, readQuery } from './query.ts'
import { CLASS, RCODE } from './resource-record.ts'
import { longestResponse, type Reply, type Transport, writeResponse } from './response.ts'
import { openMessage } from './tsig.ts'
import type { Update } from './update.ts'
import { formErrorFor, HEADER_LENGTH, readMessage, viewOf, type WireMessage } from './wire-message.ts'

const OPCODE = { QUERY: 0, UPDATE: 5 } as const

/** What one server does. */
export interface Service {
  readonly key: TsigKey
  readonly clock: Pick<Clock, 'now'>
  /** Answers a question of class IN; several replies are the messages of one answer. */
  query(query: Query, transport: Transport): readonly Reply[]
  /**
   * Carries out an update (RFC 2136), or does not.
   * @returns the RCODE of the response, which says no more
   * @throws WireError when that is FORMERR
   */
  update(update: Update): number
}

/** A message as it came; gives the messages that are sent back, none when there is nothing to say. */
export type Responder = (message: Uint8Array, transport: Transport) => readonly Uint8Array[]

/** A message without its TSIG, and what that leaves to know. */
interface Incoming {
  readonly message: Uint8Array
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
  const opened = openMessage(message, service.key, service.clock.now())
  if (opened.kind === 'refused') return [opened.reply]
  if (opened.kind === 'unsigned') return answer(service, { message, transport, signed: false, room: 0 })
  const incoming = { message: opened.message, transport, signed: true, room: opened.signatureLength }
  return answer(service, incoming).map(opened.signer())
}

function answer(service: Service, incoming: Incoming): readonly Uint8Array[] {
  const { message } = incoming
  try {
    const sections = readMessage(message)
    const replies = rcodeOrReplies(service, incoming, sections)
    return typeof replies === 'number' ? [replyWithRcode(message, replies)] : replies
  } catch (error) {
    return [replyWithRcode(message, formErrorFor(error))]
  }
}

function rcodeOrReplies(service: Service, incoming: Incoming, sections: WireMessage): readonly Uint8Array[] | number {
  const { message, signed } = incoming
  // Whatever the opcode: what another version of EDNS means with it is not known.
  if ((readEdns(message, sections)?.version ?? 0) > 0) return BADVERS
  switch ((viewOf(message).getUint8(2) >> 3) & 0x0f) {
    case OPCODE.QUERY:
      return answerQuery(service, incoming, sections)
    case OPCODE.UPDATE:
      return service.update({ message, sections, signed })
    default:
      return RCODE.NOTIMP
  }
}

function answerQuery(service: Service, { message, transport, room }: Incoming, sections: WireMessage): Uint8Array[] | number {
  const query = readQuery(message, sections)
  if (typeof query === 'number') return query
  const limit = longestResponse(query, transport) - room
  const replies = query.question.class === CLASS.IN ? service.query(query, transport) : [refusal(RCODE.REFUSED)]
  return replies.map((reply) => writeResponse(message, query, reply, limit))
}

function isResponse(message: Uint8Array): boolean {
  return (viewOf(message).getUint8(2) & 0x80) !== 0
}
