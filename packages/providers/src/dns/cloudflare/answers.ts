import { canonicalName } from './content.ts'
import { ApiFault } from './fault.ts'
import type { ApiRecord, ApiToken, ApiZone } from './types.ts'

// What stands in the answers of the API, looked at for its shape: null for what is none.

export function zoneOf(item: unknown): ApiZone | null {
  if (typeof item !== 'object' || item === null) return null
  const { id, name, status, name_servers, vanity_name_servers, permissions } = item as Record<string, unknown>
  if (typeof id !== 'string' || id === '' || typeof name !== 'string') return null
  // The zone's own names stand for the same servers. Both may be null, as in a zone that is only proxied ("partial").
  const nameServers = new Set([...textsIn(name_servers), ...textsIn(vanity_name_servers)].map(canonicalName))
  return {
    id,
    name: canonicalName(name),
    nameServers: [...nameServers],
    ...(typeof status === 'string' && { status }),
    ...(Array.isArray(permissions) && { permissions: textsIn(permissions) }),
  }
}

export function recordOf(item: unknown): ApiRecord | null {
  if (typeof item !== 'object' || item === null) return null
  const { id, name, type, content, ttl, proxied } = item as Record<string, unknown>
  if (typeof id !== 'string' || id === '' || typeof name !== 'string' || typeof type !== 'string') return null
  // Types that are not written here may have their value in `data` alone.
  if (typeof ttl !== 'number' || (typeof content !== 'string' && content !== undefined)) return null
  return { id, name, type, content: content ?? '', ttl, proxied: proxied === true }
}

/** The result of Verify Token, in the envelope as it came. @throws ApiFault for what is none */
export function tokenOf(answer: unknown): ApiToken {
  const { result } = objectOf(answer)
  const { id, status, expires_on, not_before } = objectOf(result)
  if (typeof id !== 'string' || typeof status !== 'string') {
    throw new ApiFault({ errors: [], reason: 'the answer is not one of the Cloudflare API' })
  }
  const [expiresOn, notBefore] = [dateOf(expires_on), dateOf(not_before)]
  return { id, status, ...(expiresOn && { expiresOn }), ...(notBefore && { notBefore }) }
}

function objectOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}

function textsIn(value: unknown): string[] {
  return (Array.isArray(value) ? value : []).filter((each) => typeof each === 'string' && each !== '')
}

function dateOf(value: unknown): Date | undefined {
  const time = typeof value === 'string' ? Date.parse(value) : Number.NaN
  return Number.isNaN(time) ? undefined : new Date(time)
}
