import { isIPv6 } from 'node:net'
import type { Finding } from './finding.ts'
import { andMore, listOf, plainName } from './sentence.ts'
import type { DelegatedZone, ServerView } from './zone-view.ts'

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
      explanation: `Name servers of ${apex} have addresses that are not public: ${where}. Nobody outside of that network reaches them, and they are not asked. Enter name servers with public addresses at the registrar; in a lab or an internal network, allow them with --allow-private.`,
      actor: 'customer',
    })
  }
  if (!isUsable) {
    if (servers.length > 0) return [...findings, judgeSilence(apex, servers)]
    if (zone.refused.length > 0) return findings
    const why = warnings.length > 0 ? ` ${andMore(warnings, ' ')}` : ''
    const explanation = `None of the name servers of ${apex} (${listOf(zone.nameServers)}) has an address that can be asked.${why} So nobody can find its records. Enter name servers that exist at the registrar.`
    return [{ state: 'unknown', problem: 'ZONE_UNREACHABLE', explanation, actor: 'customer' }]
  }
  const refusing = servers.filter(({ outcome }) => outcome === 'lame' || outcome === 'error')
  if (refusing.length > 0) {
    const explanation = `${saidBy(refusing)}. The zone above ${apex} names these servers, but they do not serve the zone. A CA that asks one of them fails, now and then. Have the DNS provider load the zone there, or take them out at the registrar.`
    findings.push({ state: 'ok', problem: 'ZONE_SERVER_REFUSES', explanation, actor: 'customer' })
  }
  const dead = servers.filter((view) => view.outcome === 'unreachable' && !isWithoutRoute(view))
  if (dead.length > 0) {
    const explanation = `${saidBy(dead)}. These name servers of ${apex} do not answer; the others do. The DNS provider has to bring them back, or they have to be taken out at the registrar.`
    findings.push({ state: 'ok', problem: 'ZONE_SERVER_UNREACHABLE', explanation, actor: 'provider' })
  }
  if (warnings.length > 0) {
    const explanation = `${andMore(warnings, ' ')} Nobody can ask such a server; the others answer. Correct its name at the registrar, or give it an address.`
    findings.push({ state: 'ok', problem: 'ZONE_SERVER_ADDRESSLESS', explanation, actor: 'customer' })
  }
  return findings
}

/** No server gives an answer about the zone: one that refuses tells more than one that is silent. */
function judgeSilence(apex: string, servers: readonly ServerView[]): Finding {
  if (servers.some(({ outcome }) => outcome !== 'unreachable')) {
    const explanation = `No name server of ${apex} serves it: ${saidBy(servers)}. The zone above names these servers, but they do not have the zone, so nobody can find its records. Create the zone at this DNS provider, or enter at the registrar the name servers of the provider that has it.`
    return { state: 'wrong', problem: 'ZONE_REFUSED', explanation, actor: 'customer' }
  }
  if (servers.every(({ rcode }) => rcode.startsWith(NO_ROUTE))) {
    const explanation = `This machine has no route to any name server of ${apex}: ${saidBy(servers)}. What they show cannot be told from here. Check the network of this machine.`
    return { state: 'unknown', problem: 'ZONE_UNREACHABLE', explanation, actor: 'operator' }
  }
  const explanation = `No name server of ${apex} answers: ${saidBy(servers)}. So nobody can find its records. The DNS provider has to bring them back; where the domain has moved, enter the name servers of the new provider at the registrar.`
  return { state: 'unknown', problem: 'ZONE_UNREACHABLE', explanation, actor: 'provider' }
}

/** RFC 1034 §4.2.2: the NS records above and in the zone should be the same; a resolver may go by either. */
export function judgeNames({ apex, nameServers, source }: DelegatedZone, servers: readonly ServerView[]): Finding[] {
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
  const explanation = `${seen.join(' ')} Resolvers go by either list, so some of them may ask servers that are not meant. Enter the same name servers at the registrar and in the NS records of the zone.`
  return [{ state: 'ok', problem: 'ZONE_PARENT_DIFFERS', explanation, actor: 'customer' }]
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
