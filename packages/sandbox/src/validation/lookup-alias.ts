import type { Answer } from 'dns-packet'
import type { LookupAnswer } from './lookup-message.ts'
import { LookupFailure, type LookupQuestion } from './lookup-question.ts'
import type { Lookup } from './stub-client.ts'

/** What a name has of a type, its CNAMEs followed. */
export interface Found {
  readonly rcode: LookupAnswer['rcode']
  /** The name asked for, then where CNAMEs led; the last one is where the records stand, or would. */
  readonly path: readonly [string, ...string[]]
  /** Of the type asked for, at the last name. None when there are none. */
  readonly records: readonly Answer[]
}

/** As many as resolvers of CAs follow at most. */
const MOST_HOPS = 16

/**
 * Asks for a name and goes where its CNAMEs lead, in the answer at first and by asking the same server again where the
 * answer ends (it does at the cut of a zone).
 * @throws LookupFailure; the signal's reason when it aborts
 */
export async function followAliases(lookup: Lookup, question: LookupQuestion, signal: AbortSignal): Promise<Found> {
  const path: [string, ...string[]] = [question.name]
  for (let name = question.name; ; ) {
    const { rcode, records } = await lookup({ ...question, name }, signal)
    const asked = name
    for (let target = aliasOf(name, records, question); target !== undefined; target = aliasOf(name, records, question)) {
      if (path.includes(target)) throw new LookupFailure(question, `A CNAME loop (${[...path, target].join(' → ')})`)
      if (path.push(target) > MOST_HOPS + 1) throw new LookupFailure(question, `More than ${MOST_HOPS} CNAMEs in a row`)
      name = target
    }
    const found = records.filter((record) => record.type === question.type && record.name === name)
    if (found.length > 0 && rcode === 'NXDOMAIN') {
      throw new LookupFailure(question, 'An NXDOMAIN that has the records')
    }
    // RFC 6604 §3: the RCODE of a chain is that of its last name, which this server may know nothing of. So it is asked.
    if (found.length > 0 || name === asked) return { rcode, path, records: found }
  }
}

/** Where a name's CNAME leads, in lower case. RFC 2181 §10.1: there is one at most. */
function aliasOf(name: string, records: readonly Answer[], question: LookupQuestion): string | undefined {
  const targets = new Set<string>()
  for (const record of records) if (record.type === 'CNAME' && record.name === name) targets.add(record.data.toLowerCase())
  if (targets.size > 1) throw new LookupFailure(question, `Several CNAMEs at ${name}`)
  const [target] = targets
  // Such a name could not be asked for as it is (dns-packet reads octets as UTF-8), nor be told to anyone.
  if (target !== undefined && !/^[!-~]+$/.test(target)) {
    throw new LookupFailure(question, `A CNAME at ${name} to a name that is no printable ASCII`)
  }
  return target
}
