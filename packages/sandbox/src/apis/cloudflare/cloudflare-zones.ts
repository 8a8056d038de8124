import { DomainctlError } from '@domainctl/core'
import type { SandboxRuntime } from '../../runtime.ts'
import { shown } from '../../shown.ts'
import type { ZoneBook } from '../zone-book.ts'
import { newId } from './ids.ts'
import { readName } from './names.ts'
import { createZoneRecords, unservedBook, type ZoneRecords } from './zone-records.ts'

/** A zone that the user sees. */
export interface CloudflareZone {
  readonly id: string
  readonly name: string
  /** `pending` until the name servers of the zone are where its domain is delegated to. */
  readonly status: 'active' | 'pending'
  readonly account: { readonly id: string; readonly name: string }
  readonly createdOn: Date
  readonly records: ZoneRecords
  readonly nameServers: () => readonly string[]
}

/** The zones of all accounts of the user. */
export interface CloudflareZones {
  /** The account that has the zones of the book. */
  readonly accountId: string
  /** Those of the book first. */
  all(): readonly CloudflareZone[]
  /**
   * Adds one that no name server serves, in an account of its own.
   * @throws DomainctlError `USAGE` for what is no name
   */
  addUnserved(name: string): CloudflareZone
}

/** What a new zone is to be delegated to. */
const UNSERVED_NAME_SERVERS = ['ada.ns.cloudflare.com', 'bob.ns.cloudflare.com']

/** The zones of the book, known under ids of their own from the first time they are seen. */
export function createCloudflareZones(book: ZoneBook, runtime: SandboxRuntime): CloudflareZones {
  const account = { id: newId(runtime), name: 'Sandbox' }
  const served = new Map<string, CloudflareZone>()
  const unserved: CloudflareZone[] = []
  const make = (name: string, more: Pick<CloudflareZone, 'status' | 'account' | 'records' | 'nameServers'>): CloudflareZone => ({
    id: newId(runtime),
    name,
    createdOn: runtime.clock.now(),
    ...more,
  })
  return {
    accountId: account.id,
    all() {
      const now = book.zones().map((apex) => {
        const records = () => createZoneRecords(book, apex, runtime)
        const nameServers = () =>
          book.rrsets(apex).find(({ name, type }) => name === apex && type === 'NS')?.values ?? UNSERVED_NAME_SERVERS
        const zone = served.get(apex) ?? make(apex, { status: 'active', account, records: records(), nameServers })
        served.set(apex, zone)
        return zone
      })
      return [...now, ...unserved]
    },
    addUnserved(text) {
      const name = readName(text)
      if (name === undefined || name.includes('*')) {
        throw new DomainctlError('USAGE', `${shown(text)} is no name of a zone.`, { hint: 'Write it as example.test.' })
      }
      const zone = make(name, {
        status: 'pending',
        account: { id: newId(runtime), name: `Sandbox ${unserved.length + 2}` },
        records: createZoneRecords(unservedBook(name), name, runtime),
        nameServers: () => UNSERVED_NAME_SERVERS,
      })
      unserved.push(zone)
      return zone
    },
  }
}

/**
 * A zone as it stands in answers (Zone in the types of the SDK).
 * @param permissions of the token that asks, by the names of `x-cfPermissionsRequired` in Cloudflare's OpenAPI
 *   (https://github.com/cloudflare/api-schemas); the types of the SDK call the field deprecated, and answers still have it
 */
export function zoneJson(
  { id, name, status, account, createdOn, nameServers }: CloudflareZone,
  permissions: readonly string[],
): object {
  return {
    id,
    name,
    status,
    paused: false,
    type: 'full',
    development_mode: 0,
    name_servers: nameServers(),
    original_name_servers: null,
    original_registrar: null,
    original_dnshost: null,
    created_on: createdOn.toISOString(),
    modified_on: createdOn.toISOString(),
    activated_on: status === 'active' ? createdOn.toISOString() : null,
    meta: {},
    owner: { id: null, type: 'user', email: null },
    account,
    permissions,
    plan: { name: 'Free Website', price: 0, currency: 'USD', is_subscribed: false, legacy_id: 'free' },
  }
}
