import { type Clock, isWithin, type Zone } from '@domainctl/core'
import { singleFlight } from '../../calls/single-flight.ts'
import type { GodaddyApi } from './client.ts'
import { ApiFault } from './fault.ts'
import { canonicalName, relativeName } from './values.ts'

/** What was found is asked for anew after this: domains come and go seldom, and a run with many names asks often. */
const KEPT_MS = 60_000
const KEPT_MOST = 10_000

/** Finds the domain of a name; a zone at GoDaddy is a domain of the account, and its name is its id. */
export interface ZoneFinder {
  /** @throws what {@link GodaddyApi} throws */
  find(fqdn: string, signal: AbortSignal): Promise<Zone | null>
  /** Forgets what was found. */
  forget(): void
}

/**
 * What the API says when it is asked for the NS records of a domain; the names that have some, where it shows them all.
 * `none`: there are no records of the domain here.
 */
type Sight = 'refused' | 'none' | { cuts: ReadonlySet<string> | null }

/**
 * Takes the one zone when it is given, at its word, else looks for a domain with records here, and at the list of those of the
 * account. `GET /v1/domains/{domain}` is not used: an account that may write records may be refused it (lego#2269).
 */
export function zoneFinder(api: GodaddyApi, zone: string | undefined, clock: Clock): ZoneFinder {
  const kept = new Map<string, { value: unknown; until: number }>()
  const flights = singleFlight<unknown>()

  function known<T>(key: string): { value: T } | undefined {
    const entry = kept.get(key)
    return entry !== undefined && clock.now().getTime() < entry.until ? { value: entry.value as T } : undefined
  }

  async function keeping<T>(key: string, signal: AbortSignal, ask: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const entry = known<T>(key)
    if (entry !== undefined) return entry.value
    const value = await flights(key, signal, ask)
    if (kept.size >= KEPT_MOST) kept.clear()
    kept.set(key, { value, until: clock.now().getTime() + KEPT_MS })
    return value as T
  }

  /** Whether there are records of the domain here: a domain may have its DNS elsewhere. */
  function sightOf(domain: string, signal: AbortSignal): Promise<Sight> {
    return keeping(`zone ${domain}`, signal, async (own): Promise<Sight> => {
      try {
        return { cuts: await api.namesWith(domain, 'NS', own) }
      } catch (thrown) {
        if (thrown instanceof ApiFault && thrown.has('UNKNOWN_DOMAIN')) return 'none'
        if (!isNoList(thrown)) throw thrown
      }
      try {
        await api.records({ domain, type: 'NS', name: '@' }, own)
        return { cuts: null }
      } catch (thrown) {
        if (!isNoList(thrown)) throw thrown
        return thrown.isForbidden ? 'refused' : 'none'
      }
    })
  }

  async function longestDomain(name: string, signal: AbortSignal): Promise<string | null> {
    // Its delegations are asked for anyway, and where they are shown there is no need for the list. Mostly it has two labels.
    const [guess] = namesBelow('', name).slice(1)
    if (guess !== undefined && known('domains') === undefined && isShown(await sightOf(guess, signal))) return guess
    let domains: string[]
    try {
      domains = (await keeping('domains', signal, (own) => api.domains(own))).map(({ domain }) => domain)
    } catch (thrown) {
      if (!(thrown instanceof ApiFault) || !thrown.isForbidden) throw thrown
      return await probedDomain(name, thrown, signal)
    }
    const fitting = domains.filter((domain) => isWithin(name, domain)).sort((a, b) => b.length - a.length)
    for (const domain of fitting) if ((await sightOf(domain, signal)) !== 'none') return domain
    return null
  }

  /**
   * For accounts with few domains, which may read records and not list domains (acme.sh#6849). The shortest first, which is
   * asked for once for all names below it: no domain of a registrar is below another one.
   */
  async function probedDomain(name: string, refused: ApiFault, signal: AbortSignal): Promise<string | null> {
    const sights: Sight[] = []
    for (const domain of namesBelow('', name).slice(1)) {
      const sight = await sightOf(domain, signal)
      if (isShown(sight)) return domain
      sights.push(sight)
    }
    if (sights.length > 0 && !sights.includes('none')) throw refused
    return null
  }

  /** Whether the name, or one above it in the zone, has name servers of others; what is written there is never served. */
  async function isDelegated(domain: string, name: string, signal: AbortSignal): Promise<boolean> {
    const sight = await sightOf(domain, signal)
    // Taken at its word where nothing is shown.
    if (!isShown(sight)) return false
    const { cuts } = sight
    const names = namesBelow(domain, name)
    if (cuts !== null) return names.some((above) => cuts.has(relativeName(above, domain)))
    for (const above of names) {
      const set = { domain, type: 'NS', name: relativeName(above, domain) } as const
      const hasNameServers = async (own: AbortSignal): Promise<boolean> => {
        try {
          return (await api.records(set, own)).length > 0
        } catch (thrown) {
          if (thrown instanceof ApiFault && thrown.isHidden) return false
          throw thrown
        }
      }
      if (await keeping(`cut ${above}`, signal, hasNameServers)) return true
    }
    return false
  }

  return {
    async find(fqdn, signal) {
      signal.throwIfAborted()
      const name = canonicalName(fqdn)
      const domain = zone ?? (await longestDomain(name, signal))
      if (domain === null || !isWithin(name, domain)) return null
      return (await isDelegated(domain, name, signal)) ? null : { id: domain, name: domain }
    },
    forget: () => kept.clear(),
  }
}

function isShown(sight: Sight): sight is Exclude<Sight, string> {
  return typeof sight !== 'string'
}

/** 422: not a name that a domain can have. */
function isNoList(thrown: unknown): thrown is ApiFault {
  if (!(thrown instanceof ApiFault)) return false
  const { status } = thrown.details
  return thrown.isForbidden || status === 404 || status === 422
}

/**
 * The names from just below the apex (the root when empty) down to `name`, in this order: what one cut holds is not asked for
 * beyond it.
 */
function namesBelow(apex: string, name: string): string[] {
  const labels = name.startsWith('*.') ? name.slice(2).split('.') : name.split('.')
  const below = labels.length - (apex === '' ? 0 : apex.split('.').length)
  return Array.from({ length: Math.max(0, below) }, (_, i) => labels.slice(below - 1 - i).join('.'))
}
