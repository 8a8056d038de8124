import { explained, type Finding, type PlainRecord } from './finding.ts'
import { andMore } from './sentence.ts'
import { listed } from './standing.ts'

/** Some of the addresses lead to our host: only the others have to go. */
export function someOurs(o: {
  name: string
  target: string
  asked: string
  ours: PlainRecord[]
  foreign: PlainRecord[]
  kept: string
}): Finding {
  const { name, target, ours, foreign, asked, kept } = o
  const [good, bad] = [ours, foreign].map((records) => listed(records.map(({ value }) => value)))
  const isFamily = ours.every(({ type }) => type === 'A') && foreign.every(({ type }) => type === 'AAAA')
  const text = isFamily
    ? explained(
        `${name} has the IPv4 address ${good} of ${target}, but the AAAA record ${bad} leads elsewhere ${asked}. Visitors with IPv6 go there, and so does the CA when it looks.`,
        ['Remove the AAAA record.'],
        kept,
      )
    : explained(
        `${name} has the address ${good} of ${target}, and ${bad}, which is not its address ${asked}. Some visitors reach ${target} and others do not.`,
        [`Remove what is not ${target}'s.`],
        kept,
      )
  const problem = isFamily ? 'ROUTING_AAAA_ELSEWHERE' : 'ROUTING_MIXED'
  return { state: 'wrong', problem, ...text, action: 'remove', actor: 'customer', remove: foreign }
}

/** Some servers of the zone have the new records and others have not. */
export function partial(name: string, target: string, behind: readonly string[]): Finding {
  const explanation = `${name} leads to ${target} at some servers of its zone, but not yet at ${andMore(behind)}. A change reaches all servers of a domain within minutes.`
  return { state: 'missing', problem: 'RECORD_PARTIAL', explanation, action: 'wait', actor: 'provider' }
}
