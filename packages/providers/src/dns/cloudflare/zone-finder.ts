import { type Clock, DomainctlError, isWithin, type Zone } from '@domainctl/core'
import { singleFlight } from '../../calls/single-flight.ts'
import type { CloudflareApi } from './client.ts'
import { canonicalName } from './content.ts'
import { ApiFault } from './fault.ts'
import type { ApiZone } from './types.ts'
import type { ZoneView } from './zone-view.ts'

/** What was found is asked for anew after this: zones come and go seldom, and a run with many names asks often. */
const KEPT_MS = 60_000
const KEPT_MOST = 10_000

/** Finds the zone of a name. */
export interface ZoneFinder {
  /**
   * @throws `PROVIDER_ZONE_NOT_FOUND` when there are several zones of the name and nothing says which; else what
   * {@link CloudflareApi} throws.
   */
  find(fqdn: string, signal: AbortSignal): Promise<Zone | null>
  /** Forgets what was found. */
  forget(): void
}

/** Looks in the one zone of `zoneId` when it is given, else in all that the token sees. */
export function zoneFinder(api: CloudflareApi, zoneId: string | undefined, view: ZoneView, clock: Clock): ZoneFinder {
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

  /** What is asked of the list of zones; the fault, where the token may not ask for it. */
  async function asked<T>(ask: () => Promise<T>): Promise<T | ApiFault> {
    try {
      return await ask()
    } catch (thrown) {
      if (thrown instanceof ApiFault && thrown.mayNotList) return thrown
      throw thrown
    }
  }

  /** The one of the zones of a name that is meant. */
  function meant(name: string, zones: readonly ApiZone[]): ApiZone | null {
    const [only, ...others] = zones
    if (only === undefined || others.length === 0) return only ?? null
    // One of another account that waits for its name servers changes nothing: the active one is served.
    const [active, ...rivals] = zones.filter(({ status }) => status === 'active')
    if (active === undefined || rivals.length > 0) throw ambiguous(name, zones)
    return active
  }

  async function longestZone(name: string, signal: AbortSignal): Promise<ApiZone | null> {
    // One call for whoever has no more zones than a page holds; all others, and tokens that may not list, ask for each name.
    const all = await keeping('all', signal, (own) => asked(() => api.fewZones(own)))
    const isWhole = all !== null && !(all instanceof ApiFault) && all.length > 0
    let refused: ApiFault | undefined
    let mayAsk = isWhole
    for (const candidate of candidates(name)) {
      const zones = isWhole
        ? all.filter((zone) => zone.name === candidate)
        : await keeping(`named ${candidate}`, signal, (own) => asked(() => api.zonesNamed(candidate, own)))
      if (zones instanceof ApiFault) {
        refused = zones
        continue
      }
      const found = meant(candidate, zones)
      if (found !== null) return found
      mayAsk = true
    }
    // A token for some zones alone is refused for every name outside of them: then the name is not its own. A token that
    // is good for nothing is told as what it is.
    if (refused !== undefined && !mayAsk && !(await keeping('good', signal, isTokenGood))) throw refused
    return null
  }

  /** A token for some zones alone is refused for all others, and for the list of zones as well (godns#83). */
  async function isTokenGood(signal: AbortSignal): Promise<boolean> {
    try {
      const token = await api.token(signal)
      // What cannot be told is taken for good: another provider may have the name.
      return token === null || token.status === 'active'
    } catch (thrown) {
      if (thrown instanceof ApiFault && !thrown.isPassing) return false
      throw thrown
    }
  }

  async function configuredZone(id: string, signal: AbortSignal): Promise<ApiZone> {
    const zone = await keeping('configured', signal, (own) => api.zone(id, own))
    if (zone !== null) return zone
    throw new DomainctlError('PROVIDER_ZONE_NOT_FOUND', `Cloudflare shows no zone with the id ${id}.`, {
      hint: 'Correct CLOUDFLARE_ZONE_ID: the id is on the overview page of the zone.',
    })
  }

  /** Whether the name, or one above it in the zone, has name servers of others; what is written there is never served. */
  async function isDelegated(zone: ApiZone, name: string, signal: AbortSignal): Promise<boolean> {
    if (name === zone.name) return false
    const cuts = await keeping(`cuts ${zone.id}`, signal, async (own) => {
      const records = (await view.look(zone.id, own)) ?? (await api.records(zone.id, { type: 'NS' }, own))
      return new Set(records.filter(({ type }) => type === 'NS').map((record) => canonicalName(record.name)))
    })
    return candidates(name).some((above) => above !== zone.name && isWithin(above, zone.name) && cuts.has(above))
  }

  return {
    async find(fqdn, signal) {
      signal.throwIfAborted()
      const name = canonicalName(fqdn)
      const zone = zoneId === undefined ? await longestZone(name, signal) : await configuredZone(zoneId, signal)
      if (zone === null || !isWithin(name, zone.name)) return null
      return (await isDelegated(zone, name, signal)) ? null : { id: zone.id, name: zone.name }
    },
    forget: () => kept.clear(),
  }
}

/** The name and all above it, the longest first. A single label is left out: no top-level domain is a zone at Cloudflare. */
function candidates(name: string): string[] {
  const labels = (name.startsWith('*.') ? name.slice(2) : name).split('.')
  return labels.slice(0, -1).map((_, i) => labels.slice(i).join('.'))
}

function ambiguous(name: string, zones: readonly ApiZone[]): DomainctlError {
  const ids = zones.map(({ id }) => id).join(', ')
  return new DomainctlError('PROVIDER_ZONE_NOT_FOUND', `Cloudflare shows ${zones.length} zones named ${name} (${ids}).`, {
    hint: 'Say which one is meant by CLOUDFLARE_ZONE_ID, or its account by CLOUDFLARE_ACCOUNT_ID.',
  })
}
