import {
  type CallOptions,
  type Change,
  type Clock,
  type DnsProvider,
  DomainctlError,
  defineDnsProvider,
  isWithin,
  type Random,
  type RRset,
  type Zone,
} from '@domainctl/core'
import { accessOf, nameServersOf } from './access.ts'
import { route53Api } from './client.ts'
import { type Edit, rrsetOf } from './plan.ts'
import { telling } from './refusal.ts'
import { syncWaiter } from './sync.ts'
import { type SdkSettings, TTL } from './types.ts'
import { canonicalName } from './values.ts'
import { zoneFinder } from './zone-finder.ts'
import { type ZoneWriter, zoneWriter } from './zone-writer.ts'

/** What the adapter works with, read from the options of the manifest. */
export interface Route53Settings extends SdkSettings {
  /** The only zone; absent: the public zones of the account are looked through. */
  hostedZoneId?: string
}

/**
 * A provider for public hosted zones at Route 53, where all values of a name and type are one set. A set is replaced only when
 * it still is what was read, so writers in other processes lose nothing either, unless they themselves overwrite.
 */
export function route53Provider(settings: Route53Settings, runtime: { clock: Clock; random: Random }): DnsProvider {
  const api = route53Api(settings, runtime)
  const finder = zoneFinder(api, settings.hostedZoneId, runtime.clock)
  const sync = syncWaiter(api, runtime.clock)
  const writers = new Map<string, ZoneWriter>()

  function writerOf(zone: Zone): ZoneWriter {
    const writer = writers.get(zone.id) ?? zoneWriter(zone.id, api, runtime)
    writers.set(zone.id, writer)
    return writer
  }

  /** The zone may be gone since it was found: look for it anew next time. */
  async function calling<T>(what: string, calls: () => Promise<T>): Promise<T> {
    try {
      return await telling(what, calls)
    } catch (error) {
      if (error instanceof DomainctlError && error.code === 'PROVIDER_ZONE_NOT_FOUND') finder.forget()
      throw error
    }
  }

  function edit(kind: Edit['kind'], zone: Zone, rrset: RRset, { signal }: CallOptions): Promise<Change> {
    const what = `${kind} ${rrset.type} records ${PREPOSITION[kind]} ${rrset.name}`
    return calling(what, async () => {
      check(signal, zone, rrset.name)
      if (kind !== 'set' && rrset.values.length === 0) return { status: 'applied' }
      return await writerOf(zone).submit({ kind, rrset }, what, signal)
    })
  }

  return defineDnsProvider({
    capabilities: { minTtl: TTL.min, atomicRRset: false, proxied: false },

    findZone: (fqdn, { signal }) => calling(`say which zone holds ${fqdn}`, () => finder.find(fqdn, signal)),

    getRRset: (zone, name, type, { signal }) =>
      calling(`show the ${type} records of ${name}`, async () => {
        check(signal, zone, name)
        const owner = canonicalName(name)
        return rrsetOf(owner, type, await api.setsOf(zone.id, owner, signal))
      }),

    addValues: (zone, rrset, o) => edit('add', zone, rrset, o),
    removeValues: (zone, rrset, o) => edit('remove', zone, rrset, o),
    setRRset: (zone, rrset, o) => edit('set', zone, rrset, o),

    waitForSync: ({ status, id }, { signal }) =>
      calling('say whether its name servers have the change', async () => {
        signal.throwIfAborted()
        if (status === 'pending' && id !== undefined) await sync.until(id, signal)
      }),

    nameServers: (zone, { signal }) =>
      calling(`say at which name servers it serves ${zone.name}`, async () => {
        signal.throwIfAborted()
        return await nameServersOf(api, zone, signal)
      }),

    access: ({ signal }) =>
      calling('say what the credentials may do', async () => {
        signal.throwIfAborted()
        return await accessOf(api, settings.hostedZoneId, signal)
      }),

    close: () => api.close(),
  })
}

const PREPOSITION = { add: 'to', remove: 'of', set: 'of' } as const

function check(signal: AbortSignal, zone: Zone, name: string): void {
  signal.throwIfAborted()
  if (isWithin(canonicalName(name), canonicalName(zone.name))) return
  throw new DomainctlError('PROVIDER_ZONE_NOT_FOUND', `${name} is not in the zone ${zone.name}.`, {
    hint: `Choose the zone that holds ${name}.`,
  })
}
