import { type Edns, readEdns } from './edns.ts'
import { RCODE, TYPE } from './resource-record.ts'
import { isMetaType } from './update-zone.ts'
import { viewOf, type WireMessage, type WireQuestion } from './wire-message.ts'
import { WireError } from './wire-name.ts'

/** A message of opcode QUERY. */
export interface Query {
  readonly question: WireQuestion
  readonly recursionDesired: boolean
  readonly checkingDisabled: boolean
  readonly edns: Edns | undefined
}

/**
 * Reads a query that has no TSIG any more.
 * @returns the query, or the RCODE that refuses it
 * @throws WireError when it is to be answered with FORMERR
 */
export function readQuery(sections: WireMessage): Query | number {
  const { question, answers, authorities, names } = sections
  if (!question) throw new WireError('a query has a question')
  // Older versions are not kept, so that there are no differences to send: the client asks for AXFR then.
  if (question.type === TYPE.IXFR) return RCODE.NOTIMP
  if (!isQuestionType(question.type)) throw new WireError('this type is none that can be asked for')
  if (answers.length > 0 || authorities.length > 0) throw new WireError('a query has records that do not belong there')
  const flags = viewOf(names.message).getUint16(2)
  return {
    question,
    recursionDesired: (flags & 0x0100) !== 0,
    checkingDisabled: (flags & 0x0010) !== 0,
    edns: readEdns(sections),
  }
}

/** RFC 6895 §3.1: of the types that are no data, these are questions. */
function isQuestionType(type: number): boolean {
  return !isMetaType(type) || type === TYPE.ANY || type === TYPE.AXFR
}
