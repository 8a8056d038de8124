import { isIPv6 } from 'node:net'
import { explained, type Finding } from './finding.ts'
import { andMore, listOf, lowerFirst, plainName, sentences } from './sentence.ts'
import { atParent, type DelegatedZone, logInAtParent, type ServerView } from './zone-view.ts'

/** Whether the servers of a delegation answer for the zone: none of them, or all but some. */
export function judgeServers(zone: DelegatedZone, servers: readonly ServerView[], warnings: readonly string[]): Finding[] {
  const apex = plainName(zone.apex)
  const isUsable = servers.some(({ outcome }) => outcome === 'answer')
  const findings: Finding[] = []
  if (zone.refused.length > 0) {
    const where = andMore(zone.refused.map(({ name, address }) => `${plainName(name)} at ${address}`))
    findings.push({
      state: isUsable ? 'ok' : 'wrong',
      problem: 'ZONE_SERVERS_PRIVATE',
      ...(isUsable && { severity: 'warning' }),
      ...explained(
        `Name servers of ${apex} have addresses that are not public: ${where}. Nobody outside of that network reaches them, and they are not asked.`,
        [
          `Enter name servers with public addresses ${atParent(zone)}; in a lab or an internal network, allow them with --allow-private.`,
        ],
      ),
      actor: 'customer',
    })
  }
  if (!isUsable) {
    if (servers.length > 0) return [...findings, judgeSilence(zone, servers)]
    if (zone.refused.length > 0) return findings
    const why = warnings.length > 0 ? ` ${sentences(warnings)}` : ''
    const text = explained(
      `None of the name servers of ${apex} (${listOf(zone.nameServers)}) has an address that can be asked.${why} So nobody can find its records.`,
      [`${logInAtParent(zone)} and enter name servers that exist.`],
    )
    return [{ state: 'unknown', problem: 'ZONE_UNREACHABLE', ...text, actor: 'customer' }]
  }
  const refusing = servers.filter(({ outcome }) => outcome === 'lame' || outcome === 'error')
  if (refusing.length > 0) {
    const why = `${saidBy(refusing)}. The zone above ${apex} names these servers, but they do not serve the zone. A CA that asks one of them fails, now and then.`
    const text = explained(why, [`Have the DNS provider load the zone there, or take these servers out ${atParent(zone)}.`])
    findings.push({ state: 'ok', problem: 'ZONE_SERVER_REFUSES', ...text, actor: 'customer' })
  }
  const dead = servers.filter((view) => view.outcome === 'unreachable' && !isWithoutRoute(view))
  if (dead.length > 0) {
    const why = `${saidBy(dead)}. These name servers of ${apex} do not answer; the others do.`
    const text = explained(why, [`The DNS provider has to bring them back, or they have to be taken out ${atParent(zone)}.`])
    findings.push({ state: 'ok', problem: 'ZONE_SERVER_UNREACHABLE', ...text, actor: 'provider' })
  }
  if (warnings.length > 0) {
    const why = `${sentences(warnings)} Nobody can ask such a server; the others answer.`
    const text = explained(why, [`Correct its name ${atParent(zone)}, or give it an address.`])
    findings.push({ state: 'ok', problem: 'ZONE_SERVER_ADDRESSLESS', ...text, actor: 'customer' })
  }
  return findings
}

/** No server gives an answer about the zone: one that refuses tells more than one that is silent. */
function judgeSilence(zone: DelegatedZone, servers: readonly ServerView[]): Finding {
  const apex = plainName(zone.apex)
  if (servers.some(({ outcome }) => outcome !== 'unreachable')) {
    const why = `No name server of ${apex} serves it: ${saidBy(servers)}. The zone above names these servers, but they do not have the zone, so nobody can find its records.`
    const text = explained(why, [
      `If ${apex} has moved to another company: ${lowerFirst(logInAtParent(zone))} and enter the name servers of that company.`,
      `If it has not: log in at the company of these name servers, and add the domain ${apex} there.`,
    ])
    return { state: 'wrong', problem: 'ZONE_REFUSED', ...text, actor: 'customer' }
  }
  if (servers.every(({ rcode }) => rcode.startsWith(NO_ROUTE))) {
    const why = `This machine has no route to any name server of ${apex}: ${saidBy(servers)}. What they show cannot be told from here.`
    return {
      state: 'unknown',
      problem: 'ZONE_UNREACHABLE',
      ...explained(why, ['Check the network of this machine.']),
      actor: 'operator',
    }
  }
  const text = explained(`No name server of ${apex} answers: ${saidBy(servers)}. So nobody can find its records.`, [
    'Ask the company that runs these name servers when they will be back.',
    `If the domain has moved to another company: ${lowerFirst(logInAtParent(zone))} and enter the name servers of that company.`,
  ])
  return { state: 'unknown', problem: 'ZONE_UNREACHABLE', ...text, actor: 'provider' }
}

/** RFC 1034 §4.2.2: the NS records above and in the zone should be the same; a resolver may go by either. */
export function judgeNames(zone: DelegatedZone, servers: readonly ServerView[]): Finding[] {
  const { apex, nameServers, source } = zone
  const ofZone = new Set(servers.flatMap((view) => (view.outcome === 'answer' ? (view.nameServers ?? []) : [])).map(canonical))
  const ofParent = new Set(nameServers.map(canonical))
  if (source !== 'parent' || ofZone.size === 0 || ofParent.size === 0) return []
  const above = [...ofParent].filter((name) => !ofZone.has(name))
  const inside = [...ofZone].filter((name) => !ofParent.has(name))
  if (above.length === 0 && inside.length === 0) return []
  const seen = [
    ...(above.length > 0 ? [`The zone above ${plainName(apex)} names ${listOf(above)}, and the zone itself does not.`] : []),
    ...(inside.length > 0 ? [`The zone ${plainName(apex)} names ${listOf(inside)}, and the zone above does not.`] : []),
  ]
  const why = `${seen.join(' ')} Resolvers go by either list, so some of them may ask servers that are not meant.`
  const text = explained(why, [`Enter the same name servers ${atParent(zone)} and in the NS records of the zone itself.`])
  return [{ state: 'ok', problem: 'ZONE_PARENT_DIFFERS', ...text, actor: 'customer' }]
}

/** What `dns` says of an address that this machine cannot reach by any way. */
const NO_ROUTE = 'no route from here'

/** A machine without IPv6 says nothing about servers with IPv6. */
function isWithoutRoute({ server, rcode }: ServerView): boolean {
  return isIPv6(server.address) && rcode.startsWith(NO_ROUTE)
}

function saidBy(servers: readonly ServerView[]): string {
  return andMore(
    servers.map(({ server, outcome, rcode }) => `${plainName(server.name)} (${server.address}): ${saying(outcome, rcode)}`),
  )
}

function saying(outcome: ServerView['outcome'], rcode: string): string {
  return outcome === 'lame' && (rcode === 'NOERROR' || rcode === 'NXDOMAIN') ? 'answers without authority' : rcode
}

function canonical(name: string): string {
  return name.toLowerCase().replace(/\.$/, '')
}
