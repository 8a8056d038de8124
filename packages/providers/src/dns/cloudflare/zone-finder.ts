import { type Clock, DomainctlError, isWithin, type Zone } from '@domainctl/core'
import type { CloudflareApi } from './client.ts'
import { canonicalName } from './content.ts'
import { ApiFault } from './fault.ts'
import type { ApiZone } from './types.ts'

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
export function zoneFinder(api: CloudflareApi, zoneId: string | undefined, clock: Clock): ZoneFinder {
  const kept = new Map<string, { value: unknown; until: number }>()

  async function keeping<T>(key: string, ask: () => Promise<T>): Promise<T> {
    const now = clock.now().getTime()
    const entry = kept.get(key)
    if (entry !== undefined && now < entry.until) return entry.value as T
    const value = await ask()
    if (kept.size >= KEPT_MOST) kept.clear()
    kept.set(key, { value, until: now + KEPT_MS })
    return value
  }

  /** The zone of just this name; the fault, where the token may not ask for the name. */
  async function zoneNamed(name: string, signal: AbortSignal): Promise<ApiZone | ApiFault | null> {
    let zones: ApiZone[]
    try {
      zones = await api.zonesNamed(name, signal)
    } catch (thrown) {
      if (thrown instanceof ApiFault && thrown.mayNotList) return thrown
      throw thrown
    }
    const [only, ...others] = zones
    if (only === undefined || others.length === 0) return only ?? null
    // One of another account that waits for its name servers changes nothing: the active one is served.
    const [active, ...rivals] = zones.filter(({ status }) => status === 'active')
    if (active === undefined || rivals.length > 0) throw ambiguous(name, zones)
    return active
  }

  async function longestZone(name: string, signal: AbortSignal): Promise<ApiZone | null> {
    let refused: ApiFault | undefined
    let mayAsk = false
    for (const candidate of candidates(name)) {
      const found = await keeping(`named ${candidate}`, () => zoneNamed(candidate, signal))
      if (found instanceof ApiFault) refused = found
      else if (found !== null) return found
      else mayAsk = true
    }
    // A token for some zones alone is refused for every name outside of them: then the name is not its own. A token that
    // is good for nothing is told as what it is.
    if (refused !== undefined && !mayAsk && !(await keeping('good', () => api.isTokenGood(signal)))) throw refused
    return null
  }

  async function configuredZone(id: string, signal: AbortSignal): Promise<ApiZone> {
    const zone = await keeping('configured', () => api.zone(id, signal))
    if (zone !== null) return zone
    throw new DomainctlError('PROVIDER_ZONE_NOT_FOUND', `Cloudflare shows no zone with the id ${id}.`, {
      hint: 'Correct CLOUDFLARE_ZONE_ID: the id is on the overview page of the zone.',
    })
  }

  /** Whether the name, or one above it in the zone, has name servers of others; what is written there is never served. */
  async function isDelegated(zone: ApiZone, name: string, signal: AbortSignal): Promise<boolean> {
    if (name === zone.name) return false
    const cuts = await keeping(`cuts ${zone.id}`, async () => {
      const records = await api.records(zone.id, { type: 'NS' }, signal)
      return new Set(records.map((record) => canonicalName(record.name)))
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
