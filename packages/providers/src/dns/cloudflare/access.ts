import { DomainctlError, type ProviderAccess, type ZoneAccess } from '@domainctl/core'
import type { CloudflareApi } from './client.ts'
import { ApiFault } from './fault.ts'
import type { ApiToken, ApiZone } from './types.ts'

/** More are not told (`ProviderAccess` of the contract). */
const MOST_ZONES = 1000

/** How many zones a warning names. */
const MOST_NAMED = 3

/**
 * What the token says of itself, and what the API shows to it.
 *
 * @throws `PROVIDER_AUTH` for a token that is disabled or has expired; {@link ApiFault} for one that nobody knows.
 */
export async function accessOf(
  api: CloudflareApi,
  zoneId: string | undefined,
  now: Date,
  signal: AbortSignal,
): Promise<ProviderAccess> {
  const token = await tokenAt(api, signal)
  if (token !== null && token.status !== 'active') throw unusable(token)
  const { zones, complete, warnings } = zoneId === undefined ? await listed(api, signal) : await configured(api, zoneId, signal)
  return {
    ...(token !== null && { identity: `API token ${token.id}` }),
    zones: zones.map(accessTo),
    complete,
    ...(token?.expiresOn && { expiresAt: token.expiresOn }),
    warnings: [...warnings, ...aboutToken(token, now), ...aboutZones(zones)],
  }
}

/** Null for one that is refused here: it may be one that an account owns, and then it is good all the same. */
async function tokenAt(api: CloudflareApi, signal: AbortSignal): Promise<ApiToken | null> {
  try {
    return await api.token(signal)
  } catch (thrown) {
    // What is no token at all (6003) is not asked for zones.
    if (!(thrown instanceof ApiFault) || thrown.isPassing || thrown.has(6003)) throw thrown
    return null
  }
}

interface Seen {
  zones: ApiZone[]
  complete: boolean
  warnings: string[]
}

async function listed(api: CloudflareApi, signal: AbortSignal): Promise<Seen> {
  try {
    const all = (await api.zones(MOST_ZONES, signal)).sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
    return { zones: all.slice(0, MOST_ZONES), complete: all.length <= MOST_ZONES, warnings: twins(all) }
  } catch (thrown) {
    // A token for some zones alone may be refused the list of them (certbot#8015), and is asked for each by its name.
    if (!(thrown instanceof ApiFault) || !thrown.mayNotList) throw thrown
    return {
      zones: [],
      complete: false,
      warnings: ['The token is for some zones alone and may not list them, so they are not shown.'],
    }
  }
}

async function configured(api: CloudflareApi, zoneId: string, signal: AbortSignal): Promise<Seen> {
  const zone = await api.zone(zoneId, signal)
  return { zones: zone === null ? [] : [zone], complete: true, warnings: [] }
}

function accessTo({ id, name, permissions }: ApiZone): ZoneAccess {
  return { id, name, ...(tellsOfRecords(permissions) && { mayWrite: permissions.includes('#dns_records:edit') }) }
}

/** The field is deprecated, so that one without a word of records says nothing. */
function tellsOfRecords(permissions: readonly string[] | undefined): permissions is readonly string[] {
  return permissions?.some((permission) => permission.startsWith('#')) ?? false
}

function aboutToken(token: ApiToken | null, now: Date): string[] {
  if (token === null) {
    return [
      'Cloudflare does not know the token as one of a user: if an account owns it, CLOUDFLARE_ACCOUNT_ID lets it be checked, with its end.',
    ]
  }
  const { notBefore } = token
  if (notBefore === undefined || notBefore.getTime() <= now.getTime()) return []
  return [`The token is good from ${notBefore.toISOString()} on, and not before.`]
}

function aboutZones(zones: readonly ApiZone[]): string[] {
  const readOnly = zones.filter(({ permissions }) => tellsOfRecords(permissions) && !permissions.includes('#dns_records:edit'))
  const asleep = zones.filter(({ status }) => status !== undefined && status !== 'active')
  return [
    ...(readOnly.length > 0
      ? [`The token may not write the records of ${named(readOnly)}: give it the permission DNS:Edit for them.`]
      : []),
    ...(asleep.length > 0
      ? [`Cloudflare does not serve ${named(asleep)} yet, or not any more: the status of the zone is not "active".`]
      : []),
  ]
}

/** Zones of one name, of which {@link import('./zone-finder.ts')} takes none without being told which. */
function twins(zones: readonly ApiZone[]): string[] {
  const active = zones.filter(({ status }) => status === 'active')
  const seen = new Set<string>()
  const twice = active.filter(({ name }) => seen.size === seen.add(name).size)
  if (twice.length === 0) return []
  return [
    `There are several active zones of one name (${named(twice)}): say which by CLOUDFLARE_ZONE_ID or CLOUDFLARE_ACCOUNT_ID.`,
  ]
}

function named(zones: readonly ApiZone[]): string {
  const names = zones.slice(0, MOST_NAMED).map(({ name }) => name)
  const more = zones.length - names.length
  return `${names.join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}

function unusable({ id, status, expiresOn }: ApiToken): DomainctlError {
  const since = status === 'expired' && expiresOn !== undefined ? ` since ${expiresOn.toISOString()}` : ''
  return new DomainctlError('PROVIDER_AUTH', `Cloudflare says that the API token ${id} is ${status}${since}.`, {
    hint: 'In the Cloudflare dashboard under My Profile, API Tokens: enable the token, or make another one, and set CLOUDFLARE_API_TOKEN to it.',
    cause: { status },
  })
}
