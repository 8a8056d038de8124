import { keptFor } from './caches.ts'
import { addressType, canonicalAddress, quoted } from './canonical.ts'
import type { PlainRecord } from './finding.ts'
import { askedOf } from './record.ts'
import type { Route, Shown } from './route.ts'
import { andMore, duration } from './sentence.ts'

/** The addresses that stand at a name, told apart by whether they are wanted. */
export interface Standing {
  /** The wanted ones, as they were seen. */
  ours: PlainRecord[]
  foreign: PlainRecord[]
  /** Servers that show addresses, none of them foreign. */
  right: string[]
  /** Servers that show none of ours. */
  behind: string[]
  /** Servers that show a foreign address. */
  astray: string[]
}

/** Those that gave an authoritative answer, also a negative one. */
export function usableOf(shown: readonly Shown[] | undefined): Shown[] {
  return (shown ?? []).filter(({ usable }) => usable)
}

/** The addresses that servers show at the name, of one family or both, compared with `wanted` by what they mean. */
export function standingOf(name: string, shown: readonly Shown[], wanted: readonly string[]): Standing {
  const isOurs = among(wanted)
  const byServer = new Map<string, string[]>()
  const seen = new Map<string, string>()
  for (const { server, values } of usableOf(shown)) {
    byServer.set(server, [...(byServer.get(server) ?? []), ...values])
    for (const value of values) seen.set(canonicalAddress(value), value)
  }
  const servers = (test: (addresses: string[]) => boolean) =>
    [...byServer].filter(([, addresses]) => test(addresses)).map(([server]) => server)
  const records = [...seen.values()].map((value) => ({ type: addressType(value), name, value }))
  return {
    ours: records.filter(({ value }) => isOurs(value)),
    foreign: records.filter(({ value }) => !isOurs(value)),
    right: servers((addresses) => addresses.length > 0 && addresses.every(isOurs)),
    behind: servers((addresses) => !addresses.some(isOurs)),
    astray: servers((addresses) => addresses.some((address) => !isOurs(address))),
  }
}

/** Whether an address is one of these, however it is spelled. */
export function among(addresses: readonly string[]): (address: string) => boolean {
  const set = new Set(addresses.map(canonicalAddress))
  return (address) => set.has(canonicalAddress(address))
}

/** Whether a route ends in addresses that are all among these. */
export function endsAmong({ end, addresses }: Route, wanted: readonly string[]): boolean {
  return end === 'addresses' && addresses.length > 0 && addresses.every(among(wanted))
}

/** Whether a route ends in exactly these addresses. */
export function endsInAll(route: Route, wanted: readonly string[]): boolean {
  return endsAmong(route, wanted) && wanted.every(among(route.addresses))
}

/** `"a", "b", "c", and 4 more`, for a sentence. */
export function listed(values: readonly string[]): string {
  return andMore(values.map(quoted))
}

/** The servers that gave an answer, for a sentence. */
export function serversOf(shown: readonly Shown[] | undefined): string {
  return askedOf(usableOf(shown))
}

const HOUR = 3600

/** A sentence with a blank before it when resolvers keep what stands there now for an hour or longer; else empty. */
export function lateChange(shown: readonly Shown[]): string {
  const seconds = Math.max(0, ...usableOf(shown).map(({ ttl }) => keptFor(ttl)))
  if (seconds < HOUR) return ''
  return ` After the change some visitors may see the old place for up to ${duration(seconds)}, because the TTL of the record says so.`
}

/** That a route leads nowhere, to go on from the name where it starts; undefined where it does not, or nobody could say. */
export function deadEnd({ path, end }: Pick<Route, 'path' | 'end'>): string | undefined {
  const way = path.length > 1 ? `leads to ${quoted(path.at(-1) ?? '')}${by(path.slice(1, -1))}, which ` : ''
  switch (end) {
    case 'none':
      return `${way}has no address`
    case 'missing':
      return `${way}does not exist`
    case 'loop':
      return `leads in a circle (${andMore(path.map(quoted), ' → ')})`
    case 'too-long':
      return 'leads through more than 16 other names, where resolvers give up'
    default:
      return undefined
  }
}

/** Whether a route has no end. */
export function isEndless({ end }: Pick<Route, 'end'>): boolean {
  return end === 'loop' || end === 'too-long'
}

/** What was said where nobody gave an answer, in brackets and with a blank before it. */
export function because({ why }: Pick<Route, 'why'>): string {
  return why === undefined ? '' : ` (${why.replace(/\.$/, '')})`
}

function by(names: readonly string[]): string {
  return names.length > 0 ? ` by way of ${listed(names)}` : ''
}
