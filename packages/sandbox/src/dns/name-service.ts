import { type Answer, answerQuestion, LONGEST_CHAIN, refusal } from './answer.ts'
import { RCODE, type ResourceRecord, TYPE } from './resource-record.ts'
import type { Service } from './respond.ts'
import { transfer } from './transfer.ts'
import type { ZoneSet } from './zone-set.ts'

/** What a secondary, and a primary but for updates, says to questions. */
export function authoritative(zones: () => ZoneSet): Service['query'] {
  return ({ question: { name, type } }, transport) => {
    if (type !== TYPE.AXFR) return [answerQuestion(zones(), name, type)]
    const zone = zones().get(name)
    if (!zone) return [refusal(RCODE.NOTAUTH)]
    // RFC 5936 §4.2: never by UDP.
    return transport === 'tcp' ? transfer(zone) : [refusal(RCODE.REFUSED)]
  }
}

/** What a recursive resolver says to questions; those that do not ask for recursion are not for it. */
export function recursive(zones: () => ZoneSet): Service['query'] {
  return ({ question: { name, type }, recursionDesired }) => {
    const isForIt = recursionDesired && type !== TYPE.AXFR
    return [{ ...(isForIt ? resolve(zones(), name, type) : refusal(RCODE.REFUSED)), recursionAvailable: true }]
  }
}

/** Follows aliases through all zones. */
function resolve(zones: ZoneSet, name: string, type: number): Answer {
  const answer: ResourceRecord[] = []
  let at = name
  let hops = 0
  for (;;) {
    const { leadsTo, isReferral, ...found } = answerQuestion(zones, at, type)
    answer.push(...found.answer)
    hops += found.answer.filter((record) => record.type === TYPE.CNAME).length
    // A delegation leads to servers outside of this world; a chain this long is taken for a loop.
    if (isReferral || hops > LONGEST_CHAIN) return refusal(RCODE.SERVFAIL)
    if (leadsTo === undefined) return { ...found, authoritative: false, answer, additional: [] }
    at = leadsTo
  }
}
