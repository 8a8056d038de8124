import { printable } from '../printable.ts'
import { explained, type Finding, type PlainRecord } from './finding.ts'
import { andMore, plainName } from './sentence.ts'

/** Where a CNAME at the name of the challenge leads. */
export type ChallengeLead =
  | { end: string }
  /** `nowhere`: a loop, or a name whose zone nobody has; `silent`: nobody answers on the way. */
  | { lost: 'nowhere' | 'silent'; why: string }

/**
 * A CNAME at the name of the challenge that is none of ours.
 * @param o.isWildcard a wildcard answers with it, for other names as well: it is never told to go
 */
export function judgeChallengeCname(name: string, cname: string, lead: ChallengeLead, o: { isWildcard?: boolean } = {}): Finding {
  if (o.isWildcard) return judgeChallengeWildcard(name, cname, lead)
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
    const why = `${stands}, and the servers of that name cannot be asked: ${lead.why} The challenge is to be written there, so no CA would see it.`
    const text = explained(why, ['The provider of that name has to mend it; or remove the CNAME.'])
    return { state: 'unknown', problem: 'CHALLENGE_UNREACHABLE', ...text, actor: 'provider' }
  }
  return {
    state: 'wrong',
    problem: 'CHALLENGE_UNREACHABLE',
    ...explained(`${stands}, which leads nowhere: ${lead.why} A CA follows it and finds no challenge.`, [
      'Remove the CNAME, or let it lead to a name that exists.',
    ]),
    action: 'remove',
    actor: 'customer',
    remove: [{ type: 'CNAME', name, value: cname }],
  }
}

/** Resolvers and CAs follow a CNAME from a wildcard like any other (RFC 4592 §2.2.3). */
function judgeChallengeWildcard(name: string, cname: string, lead: ChallengeLead): Finding {
  const stands = `${name} has no record, and a wildcard record, one whose name begins with "*.", answers for it with a CNAME to ${plainName(cname)}`
  const keep = 'Leave the wildcard as it is: your other names may need it.'
  if ('end' in lead) {
    const explanation = `${stands}. CAs follow it, so the challenge is written at ${plainName(lead.end)}. That works when the DNS provider of that name is configured. ${keep}`
    return { state: 'ok', problem: 'CHALLENGE_CNAME', explanation, actor: 'customer' }
  }
  const isSilent = lead.lost === 'silent'
  return {
    state: isSilent ? 'unknown' : 'wrong',
    problem: 'CHALLENGE_UNREACHABLE',
    ...explained(`${stands}. ${lead.why} A CA follows it, and finds no challenge.`, [
      keep,
      `Give ${name} a CNAME of its own, to a name where the challenge can be written: it goes before the wildcard.`,
    ]),
    actor: isSilent ? 'provider' : 'customer',
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
  const [left, they, them] =
    litter.length === 1 ? ['1 old TXT record is', 'It does', 'it'] : [`${litter.length} old TXT records are`, 'They do', 'them']
  return {
    state: 'ok',
    problem: 'CHALLENGE_LITTER',
    ...explained(
      `At ${name} ${left} left from an earlier certificate: ${values}. ${they} no harm yet, but a dozen make a CA miss the right one.`,
      [
        `Remove ${them} only if nobody else makes certificates for this name right now; ask your hosting company if you are not sure. Otherwise leave ${them}.`,
      ],
    ),
    action: 'remove',
    actor: 'customer',
    remove: litter.map((value): PlainRecord => ({ type: 'TXT', name, value })),
  }
}
