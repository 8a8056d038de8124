import { printable } from '../printable.ts'
import type { Finding, PlainRecord } from './finding.ts'
import { andMore, plainName } from './sentence.ts'

/** Where a CNAME at the name of the challenge leads. */
export type ChallengeLead =
  | { end: string }
  /** `nowhere`: a loop, or a name whose zone nobody has; `silent`: nobody answers on the way. */
  | { lost: 'nowhere' | 'silent'; why: string }

/** A CNAME at the name of the challenge that is none of ours. */
export function judgeChallengeCname(name: string, cname: string, lead: ChallengeLead): Finding {
  const stands = `${name} is a CNAME to ${plainName(cname)}`
  if ('end' in lead) {
    const end = plainName(lead.end) === plainName(cname) ? 'there' : `where that leads, at ${plainName(lead.end)}`
    return {
      state: 'ok',
      problem: 'CHALLENGE_CNAME',
      explanation: `${stands}. CAs follow it, so the challenge is written ${end}. That works when the DNS provider of that name is configured; otherwise remove the CNAME.`,
      actor: 'customer',
    }
  }
  if (lead.lost === 'silent') {
    const explanation = `${stands}, and the servers of that name cannot be asked: ${lead.why} The challenge is to be written there, so no CA would see it. The provider of that name has to mend it; or remove the CNAME.`
    return { state: 'unknown', problem: 'CHALLENGE_UNREACHABLE', explanation, actor: 'provider' }
  }
  return {
    state: 'wrong',
    problem: 'CHALLENGE_UNREACHABLE',
    explanation: `${stands}, which leads nowhere: ${lead.why} A CA follows it and finds no challenge. Remove the CNAME, or let it lead to a name that exists.`,
    action: 'remove',
    actor: 'customer',
    remove: [{ type: 'CNAME', name, value: cname }],
  }
}

/**
 * TXT records at the name of the challenge that nobody waits for; undefined when there are none. A CA reads them all, and a
 * dozen make it miss the right one (acme.sh#5106).
 * @param seen what the servers show, of all of them
 * @param o.mine values of orders that are open here
 * @param o.wildcard what a name that nobody made shows: a wildcard record cannot be removed here, and harms nothing
 */
export function judgeLitter(
  name: string,
  seen: Iterable<string>,
  o: { mine: ReadonlySet<string>; wildcard?: ReadonlySet<string> },
): Finding | undefined {
  const litter = [...new Set(seen)].filter((value) => !o.mine.has(value) && !o.wildcard?.has(value))
  if (litter.length === 0) return undefined
  const values = andMore(litter.map((value) => printable(value)))
  const count = litter.length === 1 ? 'a TXT record that is' : `${litter.length} TXT records that are`
  return {
    state: 'ok',
    problem: 'CHALLENGE_LITTER',
    explanation: `At ${name} stands ${count} not from here: ${values}. Such records are left over when an ACME client is stopped; a dozen of them make a CA miss the right one. Remove them, unless another ACME client is at work for this name right now: it may be waiting for one of them.`,
    action: 'remove',
    actor: 'customer',
    remove: litter.map((value): PlainRecord => ({ type: 'TXT', name, value })),
  }
}
