import { addressType } from './canonical.ts'
import { explained, type Finding, type PlainRecord } from './finding.ts'
import { hostingCompanyOf } from './known-hosts.ts'
import { proxyOf } from './proxies.ts'
import { judgeRecord } from './record.ts'
import type { RoutingObserved } from './route.ts'
import { partial, someOurs } from './routing-partly.ts'
import { because, lateChange, listed, serversOf, standingOf, usableOf } from './standing.ts'

const WHY = 'where no CNAME can stand beside the SOA and NS records (RFC 1034 §3.6.2)'

/** Said of every apex; not true of a host that makes addresses of the CNAME by itself. */
export const NO_CNAME_HERE = `It is the main name of its domain, ${WHY}.`

/** Where a CNAME to `target` is wanted at the apex of a zone, which cannot have one (RFC 1034 §3.6.2). */
export function apexOfTarget(observed: RoutingObserved, target: string): Finding {
  const { name, cname = [], a = [], aaaa = [], target: route } = observed
  const shown = [...a, ...aaaa]
  const wanted = route?.end === 'addresses' ? route.addresses : []
  if (usableOf(shown).length === 0) return judgeRecord({ type: 'A', name, values: wanted }, a)
  const { ours, foreign, right, behind } = standingOf(name, shown, wanted)
  const asked = `(asked ${serversOf(shown)})`
  if (wanted.length === 0) {
    const isSilent = route === undefined || route.end === 'silent'
    const explanation = `${name} is the main name of its domain, ${WHY}: it needs the addresses of ${target}, and ${isSilent ? 'no server answers for that host' : 'that host has none'}${because(route ?? {})}. Whoever runs ${target} has to mend it, or to give addresses for this name (--address).`
    return {
      state: isSilent ? 'unknown' : 'wrong',
      problem: isSilent ? 'DNS_UNREACHABLE' : 'CNAME_AT_APEX',
      explanation,
      actor: 'operator',
    }
  }
  if (right.length > 0 && behind.length > 0) return partial(name, target, behind)
  if (ours.length > 0 && foreign.length === 0) {
    const explanation = `${name} has ${listed(ours.map(({ value }) => value))}, which ${target} has as well ${asked}. Visitors reach ${target}. It is an apex and cannot have a CNAME: an alias record of its provider (ALIAS, ANAME, flattening) follows when the addresses change, addresses that were entered by hand do not.`
    return { state: 'ok', problem: 'ROUTING_FLATTENED', explanation, actor: 'customer' }
  }
  const kept = lateChange([...cname, ...shown])
  if (ours.length > 0) return someOurs({ name, target, asked, ours, foreign, kept })

  const create = wanted.map((value): PlainRecord => ({ type: addressType(value), name, value }))
  const aliases = new Set(usableOf(cname).flatMap(({ values }) => values))
  const remove: PlainRecord[] = [...[...aliases].map((value): PlainRecord => ({ type: 'CNAME', name, value })), ...foreign]
  const fix = {
    action: remove.length > 0 ? 'change' : 'create',
    actor: 'customer',
    create,
    ...(remove.length > 0 && { remove }),
  } as const
  const addresses = foreign.map(({ value }) => value)
  const make = [
    `First choice: if your panel offers the type ALIAS or ANAME, make one for ${name} with the value ${target}.`,
    `If it does not, make the records that are given, and ask your hosting company to tell you when the addresses of ${target} change.`,
  ]
  const proxy = proxyOf(addresses)
  if (proxy) {
    const why = `${name} shows ${listed(addresses)}, which is ${proxy.title}'s and not ${target}'s ${asked}: a proxy stands before the site, and the DNS cannot tell what is behind it.`
    return { ...fix, state: 'wrong', problem: 'ROUTING_PROXIED', ...explained(why, [proxy.turnOff, ...make], kept) }
  }
  const company = hostingCompanyOf([], addresses)
  const now =
    addresses.length === 0
      ? `${name} has no address ${asked}, so visitors reach nothing.`
      : `${name} has ${listed(addresses)}${company === undefined ? '' : `, which is ${company}`} ${asked}, so visitors go there and not to ${target}.`
  const text = explained(`${now} ${NO_CNAME_HERE}`, make, kept)
  return { ...fix, state: addresses.length + aliases.size > 0 ? 'wrong' : 'missing', problem: 'CNAME_AT_APEX', ...text }
}
