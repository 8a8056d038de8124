import { quoted } from './canonical.ts'
import { explained, type Finding, type PlainRecord } from './finding.ts'
import { hostingCompanyOf } from './known-hosts.ts'
import { proxyOf } from './proxies.ts'
import { judgeRecord } from './record.ts'
import type { Route, RoutingObserved } from './route.ts'
import { apexOfTarget } from './routing-apex.ts'
import { besideOthers, keepOthers } from './routing-beside.ts'
import { partial, someOurs } from './routing-partly.ts'
import { among, because, deadEnd, endsAmong, isEndless, lateChange, listed, serversOf, standingOf, usableOf } from './standing.ts'

const ALONE = 'nothing can stand beside a CNAME (RFC 1034 §3.6.2)'

/** What looks like a slip in the host name, and may be another name of the same host. */
export const MAY_LEAD_HERE: ReadonlySet<string> = new Set(['RECORD_VALUE_WWW', 'RECORD_VALUE_CUT'])

/** Where a CNAME to `target` is wanted. What leads visitors to it all the same is right as well (requirements L2). */
export function judgeTarget(observed: RoutingObserved, target: string): Finding {
  const { name, zone, cname = [], a = [], aaaa = [], others = [] } = observed
  // A name with NS records is an apex, whoever holds the zone above it.
  if (name === zone || others.some(({ type }) => type === 'NS')) return apexOfTarget(observed, target)
  const judged = judgeRecord({ type: 'CNAME', name, values: [target], zone }, cname)
  if (judged.state === 'ok') return ownTarget(judged, target, observed.target)
  if (judged.problem === 'RECORD_WRONG') return otherAlias(observed, target)
  if (MAY_LEAD_HERE.has(judged.problem ?? '') && observed.leads) {
    const led = otherAlias(observed, target)
    if (led.state === 'ok') return led
  }
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
    const explanation = `${judged.explanation} But ${target} itself ${dead}, so visitors reach nothing. Whoever runs ${target} has to mend it; the record of the domain is right.`
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
  const kept = lateChange(cname)
  const change = [`Change the CNAME to ${target}.`]
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
    const text = explained(`${says}, and that ${dead}. Visitors reach nothing.`, change, kept)
    return { ...wrong, problem: isEndless(leads) ? 'CHAIN_LOOP' : 'CHAIN_BROKEN', ...text }
  }
  if (leads?.end === 'silent') {
    const why = `${says}, and no server answers for that${because(leads)}, so it cannot be seen whether it leads to ${target}.`
    return { ...wrong, state: 'unknown', problem: 'DNS_UNREACHABLE', ...explained(why, change, kept) }
  }
  const addresses = leads?.addresses ?? []
  const known = hostingCompanyOf([alias, ...path], [])
  const proxy = proxyOf(addresses)
  // A CNAME says more about where the site is than addresses that many companies share.
  if (known === undefined && proxy && !addresses.some(among(ours))) {
    const why = `${says}, which has addresses of ${proxy.title} (${listed(addresses)}): a proxy stands before the site, and the DNS cannot tell what it leads to.`
    return { ...wrong, problem: 'ROUTING_PROXIED', ...explained(why, change, kept) }
  }
  if (addresses.some(among(ours))) {
    const why = `${says}, and only some of the addresses there (${listed(addresses)}) are those of ${target}: visitors reach both.`
    return { ...wrong, problem: 'ROUTING_MIXED', ...explained(why, change, kept) }
  }
  const company = known ?? hostingCompanyOf([], addresses)
  const where = company === undefined ? 'which is another host' : `which is ${company}`
  const why = `${says}, ${where}. Visitors go there, and not to ${target}.`
  return { ...wrong, problem: 'ROUTING_ELSEWHERE', ...explained(why, change, kept) }
}

/** Addresses in place of the CNAME: of our host (flattened, or entered by hand) or of another. */
function addressesInstead(observed: RoutingObserved, target: string): Finding {
  const { name, a = [], aaaa = [], target: route, others = [] } = observed
  const wanted = route?.end === 'addresses' ? route.addresses : []
  const shown = [...a, ...aaaa]
  const { ours, foreign, right, behind } = standingOf(name, shown, wanted)
  const asked = `(asked ${serversOf(shown)})`
  const create = besideOthers(name, others, wanted)
  const kept = lateChange(shown)
  const change = create ? keepOthers(target, others) : [`Remove what stands there and make the CNAME to ${target}.`]
  const says = `${name} has no CNAME to ${target}, but the address ${listed(foreign.map(({ value }) => value))} ${asked}`
  const remove = create ? foreign : [...foreign, ...ours]
  const wrong = {
    state: 'wrong',
    action: 'change',
    actor: 'customer',
    remove,
    ...(create && { create }),
  } satisfies Partial<Finding>
  if (route?.end === 'silent') {
    const explanation = `${says}. Whether it is an address of ${target} could not be seen: no server answers for that host${because(route)}.`
    return { state: 'unknown', problem: 'DNS_UNREACHABLE', explanation, action: 'wait', actor: 'operator' }
  }
  if (wanted.length === 0) {
    const text = explained(`${says}. Visitors go to that address, and ${ALONE}.`, change, kept)
    return { ...wrong, problem: 'RECORD_VALUE_KIND', ...text }
  }
  if (right.length > 0 && behind.length > 0) return partial(name, target, behind)
  if (foreign.length === 0) {
    const explanation = `${name} has no CNAME but ${listed(ours.map(({ value }) => value))}, which ${target} has as well ${asked}: its DNS provider puts the addresses in place of the CNAME, or they were entered by hand. Visitors reach ${target}. Addresses that were entered by hand have to be changed when those of ${target} change; a CNAME follows by itself.`
    return { state: 'ok', problem: 'ROUTING_FLATTENED', explanation, actor: 'customer' }
  }
  if (ours.length > 0) return someOurs({ name, target, asked, ours, foreign, kept })
  const addresses = foreign.map(({ value }) => value)
  const proxy = proxyOf(addresses)
  if (proxy) {
    const otherwise = `Otherwise remove what stands there and make the CNAME to ${target}.`
    const why = `${name} shows ${listed(addresses)}, which is ${proxy.title}'s and not ${target}'s ${asked}: a proxy stands before the site, and the DNS cannot tell what is behind it.`
    return { ...wrong, problem: 'ROUTING_PROXIED', ...explained(why, [proxy.turnOff, otherwise], kept) }
  }
  const company = hostingCompanyOf([], addresses)
  const whose = company === undefined ? 'That is another host, mostly where the site was before' : `That is ${company}`
  const text = explained(`${says}. ${whose}: visitors go there, and not to ${target}.`, change, kept)
  return { ...wrong, problem: 'ROUTING_ELSEWHERE', ...text }
}

/** The name has neither a CNAME nor addresses. */
function nothing({ name, others = [], wildcard, target: route }: RoutingObserved, target: string, judged: Finding): Finding {
  const ours = route?.end === 'addresses' ? route.addresses : []
  if (others.length > 0) {
    const values = listed(others.map(({ type, value }) => `${type} ${value}`))
    const create = besideOthers(name, others, ours)
    const text = explained(`${name} has other records (${values}) and no CNAME, and ${ALONE}.`, keepOthers(target, others))
    const fix = create && { action: 'create' as const, create }
    return { state: 'wrong', problem: 'CNAME_BESIDE_OTHERS', ...text, actor: 'customer', ...fix }
  }
  if (wildcard && (wildcard.path.includes(target) || endsAmong(wildcard, ours))) {
    const at = wildcard.path[0] ?? ''
    const why = `${at} leads to ${target}, but not ${name}: a record at ${name} or below it, such as the one that proves who owns it, keeps the wildcard away (RFC 4592 §2.2.1).`
    const text = explained(why, [`Make a CNAME of its own at ${name}.`])
    return { state: 'missing', problem: 'ROUTING_WILDCARD_SHADOWED', ...text, action: 'create', actor: 'customer' }
  }
  return judged
}
