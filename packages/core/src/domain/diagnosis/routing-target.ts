import { quoted } from './canonical.ts'
import type { Finding, PlainRecord } from './finding.ts'
import { hostingCompanyOf } from './known-hosts.ts'
import { proxyOf } from './proxies.ts'
import { judgeRecord } from './record.ts'
import type { Route, RoutingObserved } from './route.ts'
import { apexOfTarget } from './routing-apex.ts'
import { partial, someOurs } from './routing-partly.ts'
import { andMore } from './sentence.ts'
import { among, because, deadEnd, endsAmong, isEndless, lateChange, listed, serversOf, standingOf, usableOf } from './standing.ts'

const ALONE = 'nothing can stand beside a CNAME (RFC 1034 §3.6.2)'

/** Where a CNAME to `target` is wanted. What leads visitors to it all the same is right as well (requirements L2). */
export function judgeTarget(observed: RoutingObserved, target: string): Finding {
  const { name, zone, cname = [], a = [], aaaa = [], others = [] } = observed
  // A name with NS records is an apex, whoever holds the zone above it.
  if (name === zone || others.some(({ type }) => type === 'NS')) return apexOfTarget(observed, target)
  const judged = judgeRecord({ type: 'CNAME', name, values: [target], zone }, cname)
  if (judged.state === 'ok') return ownTarget(judged, target, observed.target)
  if (judged.problem === 'RECORD_WRONG') return otherAlias(observed, target)
  if (judged.problem !== 'RECORD_MISSING') {
    const isSlip = judged.action === 'change'
    return isSlip ? { ...judged, explanation: `${judged.explanation}${lateChange(cname)}` } : judged
  }
  if (standingOf(name, [...a, ...aaaa], []).foreign.length > 0) return addressesInstead(observed, target)
  return nothing(observed, target, judged)
}

/** The customer has done all; what is left is whether our own host can be reached. */
function ownTarget(judged: Finding, target: string, route: Route | undefined): Finding {
  const dead = route && deadEnd(route)
  if (route && dead !== undefined) {
    const problem = isEndless(route) ? 'CHAIN_LOOP' : 'CHAIN_BROKEN'
    const explanation = `${judged.explanation} But ${target} itself ${dead}, so visitors reach nothing. Whoever runs ${target} has to mend it; the records of the customer are right.`
    return { state: 'wrong', problem, explanation, actor: 'operator' }
  }
  if (route?.end !== 'silent') return judged
  // A passing silence of our own servers must not take the proof from the customer.
  const explanation = `${judged.explanation} Whether ${target} has addresses could not be seen: no server answers for it${because(route)}.`
  return { ...judged, problem: 'DNS_UNREACHABLE', severity: 'warning', explanation, actor: 'operator' }
}

/** A CNAME to another host, without a slip of the pen. */
function otherAlias({ name, cname = [], leads, target: route }: RoutingObserved, target: string): Finding {
  const usable = usableOf(cname)
  const alias = usable.flatMap(({ values }) => values)[0] ?? ''
  const says = `${name} is a CNAME to ${quoted(alias)} (asked ${serversOf(cname)})`
  const change = `Change the CNAME to ${target}.${lateChange(cname)}`
  const remove: PlainRecord[] = [{ type: 'CNAME', name, value: alias }]
  const wrong = { state: 'wrong', action: 'change', actor: 'customer', remove } as const
  const path = leads?.path.slice(1) ?? []
  const ours = route?.end === 'addresses' ? route.addresses : []

  if (path.includes(target) || (leads && endsAmong(leads, ours))) {
    const late = usable.filter(({ values }) => !values.includes(alias)).map(({ server }) => server)
    if (late.length > 0) return partial(name, target, late)
    if (path.includes(target)) {
      const explanation = `${says}, which leads to ${target}: visitors reach it.`
      return ownTarget({ state: 'ok', problem: 'ROUTING_CHAINED', explanation, actor: 'customer' }, target, route)
    }
    const explanation = `${says}, which has addresses of ${target} (${listed(leads?.addresses ?? [])}): visitors reach it, as long as ${quoted(alias)} follows when those addresses change.`
    return { state: 'ok', problem: 'ROUTING_FLATTENED', explanation, actor: 'customer' }
  }
  const dead = leads && deadEnd(isEndless(leads) ? leads : { ...leads, path })
  if (leads && dead !== undefined) {
    const explanation = `${says}, and that ${dead}. Visitors reach nothing. ${change}`
    return { ...wrong, problem: isEndless(leads) ? 'CHAIN_LOOP' : 'CHAIN_BROKEN', explanation }
  }
  if (leads?.end === 'silent') {
    const explanation = `${says}, and no server answers for that${because(leads)}, so it cannot be seen whether it leads to ${target}. ${change}`
    return { ...wrong, state: 'unknown', problem: 'DNS_UNREACHABLE', explanation }
  }
  const addresses = leads?.addresses ?? []
  const known = hostingCompanyOf([alias, ...path], [])
  const proxy = proxyOf(addresses)
  // A CNAME says more about where the site is than addresses that many companies share.
  if (known === undefined && proxy && !addresses.some(among(ours))) {
    const explanation = `${says}, which has addresses of ${proxy.title} (${listed(addresses)}): a proxy stands before the site, and the DNS cannot tell what it leads to. ${change}`
    return { ...wrong, problem: 'ROUTING_PROXIED', explanation }
  }
  if (addresses.some(among(ours))) {
    const explanation = `${says}, and only some of the addresses there (${listed(addresses)}) are those of ${target}: visitors reach both. ${change}`
    return { ...wrong, problem: 'ROUTING_MIXED', explanation }
  }
  const company = known ?? hostingCompanyOf([], addresses)
  const where = company === undefined ? 'which is another host' : `which is ${company}`
  const explanation = `${says}, ${where}. Visitors go there, and not to ${target}. ${change}`
  return { ...wrong, problem: 'ROUTING_ELSEWHERE', explanation }
}

/** Addresses in place of the CNAME: of our host (flattened, or entered by hand) or of another. */
function addressesInstead(observed: RoutingObserved, target: string): Finding {
  const { name, a = [], aaaa = [], target: route, others = [] } = observed
  const wanted = route?.end === 'addresses' ? route.addresses : []
  const shown = [...a, ...aaaa]
  const { ours, foreign, right, behind } = standingOf(name, shown, wanted)
  const asked = `(asked ${serversOf(shown)})`
  const beside =
    others.length > 0 ? ` ${andMore([...new Set(others.map(({ type }) => type))])} records there have to go too: ${ALONE}.` : ''
  const change = `Remove what stands there and make the CNAME to ${target}.${beside}${lateChange(shown)}`
  const says = `${name} has no CNAME to ${target}, but the address ${listed(foreign.map(({ value }) => value))} ${asked}`
  const remove = [...foreign, ...ours, ...others]
  const wrong = { state: 'wrong', action: 'change', actor: 'customer', remove } satisfies Partial<Finding>
  if (route?.end === 'silent') {
    const explanation = `${says}. Whether it is an address of ${target} could not be seen: no server answers for that host${because(route)}.`
    return { state: 'unknown', problem: 'DNS_UNREACHABLE', explanation, action: 'wait', actor: 'operator' }
  }
  if (wanted.length === 0) {
    const explanation = `${says}. Visitors go to that address, and ${ALONE}. ${change}`
    return { ...wrong, problem: 'RECORD_VALUE_KIND', explanation }
  }
  if (right.length > 0 && behind.length > 0) return partial(name, target, behind)
  if (foreign.length === 0) {
    const explanation = `${name} has no CNAME but ${listed(ours.map(({ value }) => value))}, which ${target} has as well ${asked}: its DNS provider puts the addresses in place of the CNAME, or they were entered by hand. Visitors reach ${target}. Addresses that were entered by hand have to be changed when those of ${target} change; a CNAME follows by itself.`
    return { state: 'ok', problem: 'ROUTING_FLATTENED', explanation, actor: 'customer' }
  }
  if (ours.length > 0) return someOurs({ name, target, asked, ours, foreign, kept: lateChange(shown) })
  const addresses = foreign.map(({ value }) => value)
  const proxy = proxyOf(addresses)
  if (proxy) {
    const explanation = `${name} shows ${listed(addresses)}, which is ${proxy.title}'s and not ${target}'s ${asked}: a proxy stands before the site, and the DNS cannot tell what is behind it. ${proxy.turnOff} Its value has to be a CNAME to ${target}.${beside}${lateChange(shown)}`
    return { ...wrong, problem: 'ROUTING_PROXIED', explanation }
  }
  const company = hostingCompanyOf([], addresses)
  const explanation = `${says}. ${company === undefined ? 'That is another host, mostly where the site was before' : `That is ${company}`}: visitors go there, and not to ${target}. ${change}`
  return { ...wrong, problem: 'ROUTING_ELSEWHERE', explanation }
}

/** The name has neither a CNAME nor addresses. */
function nothing({ name, others = [], wildcard, target: route }: RoutingObserved, target: string, judged: Finding): Finding {
  if (others.length > 0) {
    const values = listed(others.map(({ type, value }) => `${type} ${value}`))
    const explanation = `${name} has other records (${values}) and no CNAME, and ${ALONE}. Move them to another name or remove them, then make the CNAME to ${target}. If they have to stay, the name needs addresses in place of the CNAME (--address), or an alias record of its provider.`
    return { state: 'wrong', problem: 'CNAME_BESIDE_OTHERS', explanation, action: 'change', actor: 'customer', remove: others }
  }
  const ours = route?.end === 'addresses' ? route.addresses : []
  if (wildcard && (wildcard.path.includes(target) || endsAmong(wildcard, ours))) {
    const at = wildcard.path[0] ?? ''
    const explanation = `${at} leads to ${target}, but not ${name}: a record at ${name} or below it, such as the one that proves who owns it, keeps the wildcard away (RFC 4592 §2.2.1). Make a CNAME of its own at ${name}.`
    return { state: 'missing', problem: 'ROUTING_WILDCARD_SHADOWED', explanation, action: 'create', actor: 'customer' }
  }
  return judged
}
