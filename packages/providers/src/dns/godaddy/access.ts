import type { ProviderAccess, Zone, ZoneAccess } from '@domainctl/core'
import type { GodaddyApi } from './client.ts'
import { ApiFault } from './fault.ts'
import { canonicalName } from './values.ts'

/** More are not told (`ProviderAccess` of the contract). */
const MOST_ZONES = 1000

/** What opens the API (Posh-ACME#547). */
const FOR_WHOM = 'GoDaddy opens it to accounts with 10 or more domains, or with a Discount Domain Club Premier plan'

/**
 * The domains that the key sees, those that have their DNS elsewhere among them: which these are is told only when the records of
 * each are asked for. So is what may be written.
 *
 * @throws {@link ApiFault}: 401 for a wrong key or secret, while 403 is said to a right one of an account that may not do this
 */
export async function accessOf(api: GodaddyApi, zone: string | undefined, signal: AbortSignal): Promise<ProviderAccess> {
  if (zone !== undefined) return await configured(api, zone, signal)
  try {
    const domains = (await api.domains(signal, MOST_ZONES)).map(({ domain }) => domain).sort()
    return { zones: domains.slice(0, MOST_ZONES).map(zoneNamed), complete: domains.length <= MOST_ZONES, warnings: [] }
  } catch (thrown) {
    if (!(thrown instanceof ApiFault) || !thrown.isForbidden) throw thrown
    const warning =
      `The account may not list its domains (${thrown.details.code}): ${FOR_WHOM}. The domain of a name is still found where its ` +
      'records may be read; where they may not, set GODADDY_ZONE.'
    return { zones: [], complete: false, warnings: [warning] }
  }
}

/** Taken at its word, as it is when it is looked for: some accounts that may write its records are told that it is not there (acme.sh#6517). */
async function configured(api: GodaddyApi, zone: string, signal: AbortSignal): Promise<ProviderAccess> {
  const told = (warnings: string[]): ProviderAccess => ({ zones: [zoneNamed(zone)], complete: true, warnings })
  try {
    await api.records(apexOf(zone), signal)
    return told([])
  } catch (thrown) {
    if (!(thrown instanceof ApiFault) || !thrown.isHidden) throw thrown
    const { code } = thrown.details
    if (!thrown.isForbidden) {
      return told([
        `GoDaddy has no records of ${zone} for this account (${code}): check that the domain is in it, and has its DNS at GoDaddy.`,
      ])
    }
    return told([
      `The account may not read the records of ${zone} (${code}): ${FOR_WHOM}. Where it may write all the same, records are added, and none is removed.`,
    ])
  }
}

/**
 * What the NS records of the apex say: these are GoDaddy's own. `nameServers` of `GET /v1/domains/{domain}` would be those to which
 * the registry delegates, which are others where a domain has its DNS elsewhere. None where the account may not read them.
 */
export async function nameServersOf(api: GodaddyApi, zone: Zone, signal: AbortSignal): Promise<string[]> {
  try {
    const records = await api.records(apexOf(canonicalName(zone.name)), signal)
    return [...new Set(records.map(({ data }) => canonicalName(data)))]
  } catch (thrown) {
    if (thrown instanceof ApiFault && thrown.isForbidden) return []
    throw thrown
  }
}

function apexOf(domain: string) {
  return { domain, type: 'NS', name: '@' } as const
}

/** The name of a domain is its id. */
function zoneNamed(name: string): ZoneAccess {
  return { id: name, name }
}
