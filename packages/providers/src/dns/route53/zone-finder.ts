import { type Clock, DomainctlError, isWithin, type Zone } from '@domainctl/core'
import { singleFlight } from '../../calls/single-flight.ts'
import type { Route53Api } from './client.ts'
import type { HostedZone } from './types.ts'
import { canonicalName } from './values.ts'

/** What was found is asked for anew after this: zones come and go seldom, and a run with many names asks often. */
const KEPT_MS = 60_000
const KEPT_MOST = 10_000

/** Finds the zone of a name. */
export interface ZoneFinder {
  /**
   * @throws `PROVIDER_ZONE_NOT_FOUND` when there are several public zones of the name and nothing says which; else what
   * {@link Route53Api} throws.
   */
  find(fqdn: string, signal: AbortSignal): Promise<Zone | null>
  /** Forgets what was found. */
  forget(): void
}

/** Looks at the one zone of `hostedZoneId` when it is given, else at all public zones of the account. */
export function zoneFinder(api: Route53Api, hostedZoneId: string | undefined, clock: Clock): ZoneFinder {
  const kept = new Map<string, { value: unknown; until: number }>()
  const flights = singleFlight<unknown>()

  async function keeping<T>(key: string, signal: AbortSignal, ask: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const entry = kept.get(key)
    if (entry !== undefined && clock.now().getTime() < entry.until) return entry.value as T
    const value = await flights(key, signal, ask)
    if (kept.size >= KEPT_MOST) kept.clear()
    kept.set(key, { value, until: clock.now().getTime() + KEPT_MS })
    return value as T
  }

  /**
   * Of all that there are: when zones are asked for by a name, a private zone can stand before its public twin (libdns/route53
   * takes the first one).
   */
  async function longestZone(name: string, signal: AbortSignal): Promise<Zone | null> {
    const all = await keeping('zones', signal, (own) => api.hostedZones(own))
    const fitting = all.filter((zone) => !zone.isPrivate && isWithin(name, zone.name))
    const longest = Math.max(...fitting.map((zone) => zone.name.length))
    const [found, ...more] = fitting.filter((zone) => zone.name.length === longest)
    if (found === undefined) return null
    if (more.length > 0) throw ambiguous(found.name, [found, ...more])
    return { id: found.id, name: found.name }
  }

  /** By its first record set, which is one of the apex: reading records is allowed wherever writing them is. */
  async function configuredZone(id: string, signal: AbortSignal): Promise<Zone> {
    const first = await keeping('configured', signal, (own) => api.firstSet(id, own))
    if (first !== null) return { id, name: first.name }
    throw new DomainctlError('PROVIDER_ZONE_NOT_FOUND', `Route 53 shows no records in the hosted zone ${id}.`, {
      hint: 'Correct AWS_HOSTED_ZONE_ID: the id is in the list of hosted zones in the Route 53 console.',
    })
  }

  /** Whether the name, or one above it in the zone, has name servers of others; what is written there is never served. */
  async function isDelegated(zone: Zone, name: string, signal: AbortSignal): Promise<boolean> {
    const names = namesBelow(zone.name, name)
    if (names.length === 0) return false
    const cuts = await keeping(`cuts ${zone.id}`, signal, async (own) => {
      const all = await api.fewSets(zone.id, own)
      return all && new Set(all.filter(({ type }) => type === 'NS').map((set) => set.name))
    })
    if (cuts !== null) return names.some((above) => cuts.has(above))
    for (const above of names) {
      const key = `cut ${zone.id} ${above}`
      const servers = await keeping(key, signal, (own) => api.nameServersAt(zone.id, above, own))
      if (servers.length > 0) return true
    }
    return false
  }

  return {
    async find(fqdn, signal) {
      signal.throwIfAborted()
      const name = canonicalName(fqdn)
      const zone = hostedZoneId === undefined ? await longestZone(name, signal) : await configuredZone(hostedZoneId, signal)
      if (zone === null || !isWithin(name, zone.name)) return null
      return (await isDelegated(zone, name, signal)) ? null : zone
    },
    forget: () => kept.clear(),
  }
}

/** The names from just below the apex down to `name`, in this order: what one cut holds is not asked for beyond it. */
function namesBelow(apex: string, name: string): string[] {
  const labels = name.startsWith('*.') ? name.slice(2).split('.') : name.split('.')
  const below = labels.length - apex.split('.').length
  return Array.from({ length: Math.max(0, below) }, (_, i) => labels.slice(below - 1 - i).join('.'))
}

function ambiguous(name: string, zones: readonly HostedZone[]): DomainctlError {
  const ids = zones.map(({ id }) => id).join(', ')
  return new DomainctlError('PROVIDER_ZONE_NOT_FOUND', `Route 53 shows ${zones.length} public zones named ${name} (${ids}).`, {
    hint: 'Say which one is delegated to by AWS_HOSTED_ZONE_ID: its name servers are those that the parent zone names.',
  })
}
