import type { AuthoritativeServer, RecordType, ServerAnswer } from '../contracts/dns.ts'
import { printable } from '../domain/printable.ts'
import type { Message } from './message.ts'
import { negativeTtlOf } from './soa.ts'
import type { NoReply } from './wire.ts'

const UNAUTHORIZED = ' without authority'

/**
 * What one authoritative server shows of a name and type. `answer`: with authority, also that there is nothing.
 * `lame`: it does not serve the zone (no authority, REFUSED, NOTAUTH). `unreachable`: no reply. `error`: any other
 * reply, such as SERVFAIL or one that cannot be read.
 */
export function serverAnswer(
  server: AuthoritativeServer,
  question: { name: string; type: RecordType },
  reply: Message | NoReply,
): ServerAnswer {
  if ('failure' in reply) {
    return { server, rcode: reply.reason, outcome: reply.failure === 'garbage' ? 'error' : 'unreachable', values: [] }
  }
  const here = reply.answers.filter((record) => record.name === question.name)
  const seen = here.filter((record) => record.type === question.type)
  const cname = here.find((record) => record.type === 'CNAME')?.value
  const ttls = seen.map(({ ttl }) => ttl)
  // Beside a CNAME the rcode is that of its target (RFC 6604 §3).
  const outcome = cname !== undefined && reply.aa ? 'answer' : outcomeOf(reply)
  const isNegative = outcome === 'answer' && seen.length === 0 && cname === undefined
  const negativeTtl = isNegative ? negativeTtlOf(question.name, reply) : undefined
  return {
    server,
    rcode: outcome === 'lame' ? rcodeSaid(reply) : reply.rcode,
    outcome,
    values: seen.map(({ value }) => value),
    ...(cname !== undefined && { cname }),
    ...(ttls.length > 0 && { ttl: Math.min(...ttls) }),
    ...(negativeTtl !== undefined && { negativeTtl }),
  }
}

/** The rcode, with the reason why it is of no use where the rcode alone does not tell: a server that refers elsewhere says NOERROR. */
export function rcodeSaid({ rcode, aa }: Pick<Message, 'rcode' | 'aa'>): string {
  return (rcode === 'NOERROR' || rcode === 'NXDOMAIN') && !aa ? `${rcode}${UNAUTHORIZED}` : rcode
}

/** One server's answer in a few words, for messages: what it shows, or why it shows nothing. */
export function describeAnswer(answer: ServerAnswer): string {
  if (answer.outcome === 'unreachable') return `unreachable (${answer.rcode})`
  if (answer.outcome === 'lame') return answer.rcode.endsWith(UNAUTHORIZED) ? `answers${UNAUTHORIZED}` : `answers ${answer.rcode}`
  if (answer.outcome === 'error') return answer.rcode
  if (answer.cname !== undefined) return `shows a CNAME to ${printable(answer.cname)}`
  if (answer.values.length === 0) return 'does not have it'
  const [first = '', ...others] = answer.values
  return `shows ${printable(first)}${others.length > 0 ? ` and ${others.length} more` : ''}`
}

function outcomeOf({ rcode, aa }: Message): ServerAnswer['outcome'] {
  if (rcode === 'REFUSED' || rcode === 'NOTAUTH') return 'lame'
  if (rcode !== 'NOERROR' && rcode !== 'NXDOMAIN') return 'error'
  return aa ? 'answer' : 'lame'
}
