import { isWithin } from '../names.ts'
import { explained, type Finding } from './finding.ts'
import { andMore, listOf, plainName } from './sentence.ts'
import { logInAtParent, type ServerView, type ZoneView } from './zone-view.ts'

/**
 * Of a zone whose servers show different records: whether they are of several companies, each of which has a copy of its own.
 * They then name different primaries, and no change at the one ever reaches the others. Where all name one primary, a server
 * is late, and undefined is the answer. Several primaries alone are no fault: two companies can be kept alike.
 */
export function judgeCopies({ zone, servers, registrable }: ZoneView): Finding | undefined {
  const usable = servers.filter(({ outcome, primary }) => outcome === 'answer' && primary !== undefined)
  const copies = Map.groupBy(usable, ({ primary = '' }) => primary.toLowerCase())
  if (!zone || copies.size < 2) return undefined
  const apex = plainName(zone.apex)
  const at = { isBelow: zone.apex !== registrable && isWithin(zone.apex, registrable) }
  const shown = [...copies].map(([primary, alike]) => `${serversOf(alike)} (copy of ${plainName(primary)}${serialOf(alike)})`)
  return {
    state: 'wrong',
    problem: 'ZONE_COPIES_DIFFER',
    ...explained(
      `The zone above ${apex} sends people to name servers that hold ${copies.size} copies of it: ${andMore(shown, '; ')}. A record that is made in one copy does not come into another, so only some visitors see it, however long you wait. Mostly the name servers of an old company were left in place after a move.`,
      [
        `Decide which company is to hold the DNS records of ${apex}.`,
        `${logInAtParent(at)} and remove the name servers of every other company.`,
      ],
      ' Until then a record has to be made at each of them.',
    ),
    actor: 'customer',
  }
}

function serversOf(servers: readonly ServerView[]): string {
  return listOf([...new Set(servers.map(({ server }) => server.name))])
}

function serialOf([first]: readonly ServerView[]): string {
  return first?.serial === undefined ? '' : `, number ${first.serial}`
}
