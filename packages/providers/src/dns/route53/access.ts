import type { ProviderAccess, Zone } from '@domainctl/core'
import type { Route53Api } from './client.ts'
import { ApiFault } from './fault.ts'
import type { HostedZone } from './types.ts'
import { canonicalName } from './values.ts'

/** More are not told (`ProviderAccess` of the contract). */
const MOST_ZONES = 1000

/** How many zones a warning names. */
const MOST_NAMED = 3

/**
 * The zones that the credentials see. What they may do there is not told: IAM has an answer to that, and it takes rights of its
 * own to ask.
 *
 * @throws `PROVIDER_…`, {@link ApiFault}
 */
export async function accessOf(api: Route53Api, hostedZoneId: string | undefined, signal: AbortSignal): Promise<ProviderAccess> {
  if (hostedZoneId !== undefined) return await configured(api, hostedZoneId, signal)
  const all = await api.hostedZones(signal, MOST_ZONES)
  const zones = all.filter(({ isPrivate }) => !isPrivate).sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
  return {
    zones: zones.slice(0, MOST_ZONES).map(({ id, name }) => ({ id, name })),
    complete: zones.length <= MOST_ZONES,
    warnings: [...aboutPrivate(all.length - zones.length), ...aboutTwins(zones)],
  }
}

/** By its first record set, as it is found: to read records is allowed wherever it is allowed to write them. */
async function configured(api: Route53Api, id: string, signal: AbortSignal): Promise<ProviderAccess> {
  const first = await api.firstSet(id, signal)
  return { zones: first === null ? [] : [{ id, name: first.name }], complete: true, warnings: [] }
}

/**
 * Those that were given to the zone. Who may write its records need not be allowed to ask for them (route53:GetHostedZone); then
 * its NS records have to do, which are the same as long as nobody has changed them.
 */
export async function nameServersOf(api: Route53Api, zone: Zone, signal: AbortSignal): Promise<string[]> {
  const id = zone.id.replace(/^\/?hostedzone\//, '')
  try {
    return await api.delegationSet(id, signal)
  } catch (thrown) {
    if (!(thrown instanceof ApiFault) || !/^AccessDenied/.test(thrown.details.code)) throw thrown
    return await api.nameServersAt(id, canonicalName(zone.name), signal)
  }
}

function aboutPrivate(count: number): string[] {
  if (count === 0) return []
  const zones = count === 1 ? 'zone is left out: its records are' : 'zones are left out: their records are'
  return [`${count} private hosted ${zones} seen inside of a VPC alone.`]
}

/** {@link import('./zone-finder.ts')} takes none of them without being told which. */
function aboutTwins(zones: readonly HostedZone[]): string[] {
  const twice = [...new Set(zones.filter(({ name }, i) => zones[i - 1]?.name === name).map(({ name }) => name))]
  if (twice.length === 0) return []
  const more = twice.length > MOST_NAMED ? ` and ${twice.length - MOST_NAMED} more` : ''
  const names = `${twice.slice(0, MOST_NAMED).join(', ')}${more}`
  return [`There are several public hosted zones of one name (${names}): say which by AWS_HOSTED_ZONE_ID.`]
}
