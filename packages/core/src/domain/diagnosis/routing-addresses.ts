import { addressType, quoted } from './canonical.ts'
import { explained, type Finding, type PlainRecord } from './finding.ts'
import { hostingCompanyOf } from './known-hosts.ts'
import { proxyOf } from './proxies.ts'
import { judgeRecord } from './record.ts'
import type { Route, RoutingObserved, Shown, WantedRoute } from './route.ts'
import { andMore } from './sentence.ts'
import {
  among,
  deadEnd,
  endsAmong,
  endsInAll,
  isEndless,
  lateChange,
  listed,
  serversOf,
  standingOf,
  usableOf,
} from './standing.ts'

type WantedAddresses = Exclude<WantedRoute, { type: 'CNAME' }>

/** Where exactly these addresses are wanted: those of one family, and the absence of the other where none of it is wanted. */
export function judgeAddresses(observed: RoutingObserved, wanted: WantedAddresses): Finding {
  const { name, zone, a = [], aaaa = [] } = observed
  const { type, addresses } = wanted
  const [own, other] = type === 'A' ? [a, aaaa] : [aaaa, a]
  const values = addresses.filter((address) => addressType(address) === type)
  const judged = judgeRecord({ type, name, values, zone }, own)
  if (judged.problem === 'RECORD_VALUE_KIND') return aliasInstead(observed, judged, addresses)
  if (judged.problem !== undefined && judged.problem !== 'RECORD_MISSING' && judged.problem !== 'RECORD_WRONG') return judged

  const isOnlyFamily = values.length === addresses.length
  const shown = isOnlyFamily ? [...own, ...other] : own
  const { ours, foreign } = standingOf(name, shown, values)
  const isThere = among(ours.map(({ value }) => value))
  const create = values.filter((value) => !isThere(value)).map((value): PlainRecord => ({ type, name, value }))
  if (foreign.length === 0) {
    if (create.length === 0) return judged
    if (ours.length > 0) return incomplete({ type, name, ours, create, shown })
    return shadowed(observed, wanted, values) ?? judged
  }
  const astray = isOnlyFamily ? standingOf(name, other, []).astray : []
  if (judged.state === 'ok' && astray.length < usableOf(other).length) {
    const explanation = `${judged.explanation} Addresses of the other family are still at ${andMore(astray)}, and gone elsewhere. A change reaches all servers of a domain within minutes.`
    return { state: 'missing', problem: 'RECORD_PARTIAL', explanation, action: 'wait', actor: 'provider' }
  }
  const isIpv4Right =
    type === 'A' ? create.length === 0 : !isOnlyFamily && ours.length === 0 && standingOf(name, other, addresses).ours.length > 0
  return astrayAddresses({ type, name, values, ours, foreign, create, shown, isIpv4Right })
}

interface SeenSet {
  type: 'A' | 'AAAA'
  name: string
  ours: PlainRecord[]
  /** Wanted, and not there. */
  create: PlainRecord[]
  shown: readonly Shown[]
}

/** Addresses that lead elsewhere, alone or beside the wanted ones. */
function astrayAddresses(o: SeenSet & { values: string[]; foreign: PlainRecord[]; isIpv4Right: boolean }): Finding {
  const { type, name, values, ours, foreign, create, shown } = o
  const asked = `(asked ${serversOf(shown)})`
  const kept = lateChange(shown)
  const addresses = foreign.map(({ value }) => value)
  const bad = listed(addresses)
  const fix: Pick<Finding, 'action' | 'create'> = create.length > 0 ? { action: 'change', create } : { action: 'remove' }
  const wrong = { state: 'wrong', actor: 'customer', remove: foreign, ...fix } satisfies Partial<Finding>
  const make = create.length > 0 ? ` and make ${type} ${listed(create.map(({ value }) => value))}` : ''
  if (o.isIpv4Right && foreign.every((record) => record.type === 'AAAA')) {
    const why = `The IPv4 address of ${name} is right, but AAAA ${bad} leads elsewhere ${asked}. Visitors with IPv6 go there, and so does the CA when it looks.`
    return { ...wrong, problem: 'ROUTING_AAAA_ELSEWHERE', ...explained(why, [`Remove it${make}.`], kept) }
  }
  if (ours.length > 0) {
    const why = `${name} has ${listed(ours.map(({ value }) => value))} as it should, and ${bad} beside it ${asked}. Some visitors reach the right place and others do not.`
    return { ...wrong, problem: 'ROUTING_MIXED', ...explained(why, [`Remove ${bad}${make}.`], kept) }
  }
  const proxy = proxyOf(addresses)
  if (proxy) {
    const why = `${name} shows ${bad}, which is ${proxy.title}'s, and should be ${listed(values)} ${asked}: a proxy stands before the site, and the DNS cannot tell what is behind it.`
    const text = explained(why, [proxy.turnOff, `Otherwise remove it${make}.`], kept)
    return { ...wrong, problem: 'ROUTING_PROXIED', ...text }
  }
  const company = hostingCompanyOf([], addresses)
  const whose = company === undefined ? 'That is another host, mostly where the site was before' : `That is ${company}`
  const why = `${name} has the address ${bad} and should have ${listed(values)} ${asked}. ${whose}: visitors go there.`
  return { ...wrong, problem: 'ROUTING_ELSEWHERE', ...explained(why, [`Remove it${make}.`], kept) }
}

/** Some of the wanted addresses and nothing else. */
function incomplete({ type, name, ours, create, shown }: SeenSet): Finding {
  const [there, lacking] = [ours, create].map((records) => listed(records.map(({ value }) => value)))
  const why = `${type} ${name} has ${there}, and ${lacking} is missing beside it (asked ${serversOf(shown)}).`
  const text = explained(why, [`Make it as well, and leave the other: a name may have several ${type} records.`])
  return { state: 'missing', problem: 'RECORD_MISSING', ...text, action: 'create', actor: 'customer', create }
}

/** A CNAME where addresses are wanted: right when it leads to just these. */
function aliasInstead({ name, a = [], aaaa = [], leads }: RoutingObserved, judged: Finding, addresses: string[]): Finding {
  const shown = [...a, ...aaaa]
  const alias = usableOf(shown).find(({ cname }) => cname !== undefined)?.cname ?? ''
  const says = `${name} is a CNAME to ${quoted(alias)} (asked ${serversOf(shown)})`
  if (leads && endsInAll(leads, addresses)) {
    const explanation = `${says}, which has just the wanted addresses (${listed(addresses)}): visitors reach them, as long as ${quoted(alias)} keeps them.`
    return { state: 'ok', problem: 'ROUTING_CHAINED', explanation, actor: 'customer' }
  }
  const dead = leads && deadEnd(isEndless(leads) ? leads : { ...leads, path: leads.path.slice(1) })
  if (!leads || dead === undefined) return judged
  const text = explained(`${says}, and that ${dead}. Visitors reach nothing.`, [
    `Remove the CNAME and enter ${listed(addresses)}.`,
  ])
  return { ...judged, problem: isEndless(leads) ? 'CHAIN_LOOP' : 'CHAIN_BROKEN', ...text }
}

/** The wildcard has the addresses, and does not count for the name. */
function shadowed(
  { name, wildcard }: RoutingObserved,
  { type, addresses }: WantedAddresses,
  values: string[],
): Finding | undefined {
  if (!wildcard || !endsAmong(wildcard, addresses)) return undefined
  return {
    state: 'missing',
    problem: 'ROUTING_WILDCARD_SHADOWED',
    ...explained(
      `${wildcardName(wildcard)} has the wanted addresses, but not ${name}: a record at ${name} or below it, such as the one that proves who owns it, keeps the wildcard away (RFC 4592 §2.2.1).`,
      [`Make ${type} ${listed(values)} at ${name} itself.`],
    ),
    action: 'create',
    actor: 'customer',
  }
}

function wildcardName({ path }: Route): string {
  return path[0] ?? 'The wildcard'
}
