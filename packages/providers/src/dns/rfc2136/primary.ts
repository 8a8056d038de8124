import { type Clock, DomainctlError, type Random } from '@domainctl/core'
import { type Answer, CLASS, decodeAnswer, encodeRequest, OPCODE, type Request, TYPE } from './message.ts'
import { canonicalName } from './name.ts'
import { RCODE } from './rcode.ts'
import { formatServer, type ServerAddress, tcpTransport } from './transport.ts'
import { signRequest, type TsigKey, verifyAnswer } from './tsig.ts'

/** The name server that takes the updates of a zone, and whose answers are signed. */
export interface Primary {
  /** `host:port`, for messages. */
  readonly label: string
  /**
   * The answer, whatever its rcode, after its signature was checked. Only a refusal may come without a signature: what
   * then follows is a failure, and nothing is taken for true.
   *
   * @throws `PROVIDER_AUTH`, `PROVIDER_UNREACHABLE`, or the signal's reason.
   */
  ask(request: Request, signal: AbortSignal): Promise<Answer>
  close(): void
}

/** A question for one name and type, as a request. */
export function query(name: string, type: number): Request {
  // Recursion is not desired: what counts is what this server has, not what it could find out elsewhere.
  return { opcode: OPCODE.QUERY, question: { name, type, class: CLASS.IN } }
}

/** A primary that is talked to over TCP, every message signed with `key`. */
export function signedPrimary(
  server: ServerAddress,
  key: TsigKey,
  timeoutMs: number,
  runtime: { clock: Clock; random: Random },
): Primary {
  const { clock, random } = runtime
  const transport = tcpTransport(server, timeoutMs, clock)
  const label = formatServer(server)

  function freeId(): number {
    let id = Buffer.from(random.bytes(2)).readUInt16BE()
    while (!transport.isFree(id)) id = (id + 1) & 0xffff
    return id
  }

  return {
    label,
    async ask(request, signal) {
      const signed = signRequest(encodeRequest(freeId(), request), key, clock.now())
      const bytes = await transport.exchange(signed.message, signal)
      const answer = decodeAnswer(bytes)
      if (!belongsTo(request, answer)) throw strayAnswer(label)
      if (isBareRefusal(answer)) return answer
      verifyAnswer(bytes, answer, { key, requestMac: signed.mac, now: clock.now(), server: label })
      return answer
    },
    close: () => transport.close(),
  }
}

/**
 * Some servers refuse before they look at the signature: Knot does for a zone that it does not have, others where they
 * do no updates at all. A refusal of the signature itself bears a TSIG record with the reason (RFC 8945 §5.2).
 */
function isBareRefusal({ rcode, additionals }: Answer): boolean {
  const refused =
    rcode === RCODE.REFUSED ||
    rcode === RCODE.NOTAUTH ||
    rcode === RCODE.NOTIMP ||
    rcode === RCODE.FORMERR ||
    rcode === RCODE.SERVFAIL
  return refused && !additionals.some(({ type }) => type === TYPE.TSIG)
}

/** An UPDATE may come back without its sections, and an error without its question (RFC 2136 §3.8). */
function belongsTo(request: Request, answer: Answer): boolean {
  if (!answer.response || answer.truncated || answer.opcode !== request.opcode) return false
  const question = answer.questions[0]
  if (question === undefined) return answer.rcode !== 0 || request.opcode === OPCODE.UPDATE
  return canonicalName(question.name) === canonicalName(request.question.name) && question.type === request.question.type
}

function strayAnswer(label: string): DomainctlError {
  return new DomainctlError('PROVIDER_UNREACHABLE', `What ${label} sent is not the answer to the question that it was asked.`, {
    hint: 'Check that RFC2136_NAMESERVER is an authoritative name server and no proxy.',
    actor: 'operator',
  })
}
