import {
  type Change,
  type Clock,
  type DnsProvider,
  DomainctlError,
  defineDnsProvider,
  isWithin,
  type Random,
  type Zone,
} from '@domainctl/core'
import { inTurn } from '../../calls/in-turn.ts'
import { type ClientSettings, cloudflareApi } from './client.ts'
import { canonicalName } from './content.ts'
import { telling } from './refusal.ts'
import { addValues, removeValues, replaceRRset, rrsetOf } from './rrset-writer.ts'
import { TTL } from './types.ts'
import { zoneFinder } from './zone-finder.ts'

/** What the adapter works with, read from the options of the manifest. */
export interface CloudflareSettings extends ClientSettings {
  /** The only zone; absent: the zones that the token sees are asked for. */
  zoneId?: string
}

/**
 * A provider for zones at Cloudflare. A value is a record of its own there, so any number of writers can share a name.
 * What is written is never proxied; `setRRset` takes a proxied record out of the proxy, and `previous` does not tell that
 * it was there.
 */
export function cloudflareProvider(settings: CloudflareSettings, runtime: { clock: Clock; random: Random }): DnsProvider {
  const api = cloudflareApi(settings, runtime)
  const finder = zoneFinder(api, settings.zoneId, runtime.clock)
  const replacing = inTurn()

  /** The zone may be gone since it was found: look for it anew next time. */
  async function calling<T>(what: string, calls: () => Promise<T>): Promise<T> {
    try {
      return await telling(what, calls)
    } catch (error) {
      if (error instanceof DomainctlError && error.code === 'PROVIDER_ZONE_NOT_FOUND') finder.forget()
      throw error
    }
  }

  return defineDnsProvider({
    capabilities: { minTtl: TTL.min, atomicRRset: true, proxied: true },

    findZone: (fqdn, { signal }) => calling(`say which zone holds ${fqdn}`, () => finder.find(fqdn, signal)),

    getRRset: (zone, name, type, { signal }) =>
      calling(`show the ${type} records of ${name}`, async () => {
        check(signal, zone, name)
        const owner = canonicalName(name)
        return rrsetOf(owner, type, await api.records(zone.id, { name: owner, type }, signal))
      }),

    addValues: (zone, rrset, { signal }) =>
      calling(`add ${rrset.type} records to ${rrset.name}`, async (): Promise<Change> => {
        check(signal, zone, rrset.name)
        if (rrset.values.length > 0) await addValues(api, zone, rrset, signal)
        return { status: 'applied' }
      }),

    removeValues: (zone, rrset, { signal }) =>
      calling(`remove ${rrset.type} records of ${rrset.name}`, async (): Promise<Change> => {
        check(signal, zone, rrset.name)
        if (rrset.values.length > 0) await removeValues(api, zone, rrset, signal)
        return { status: 'applied' }
      }),

    setRRset: (zone, rrset, { signal }) =>
      calling(`set the ${rrset.type} records of ${rrset.name}`, async () => {
        check(signal, zone, rrset.name)
        // Two that read before either writes would leave the values of both.
        const key = `${zone.id} ${canonicalName(rrset.name)}`
        return await replacing(key, signal, () => replaceRRset(api, zone, rrset, signal))
      }),
  })
}

function check(signal: AbortSignal, zone: Zone, name: string): void {
  signal.throwIfAborted()
  if (isWithin(canonicalName(name), canonicalName(zone.name))) return
  throw new DomainctlError('PROVIDER_ZONE_NOT_FOUND', `${name} is not in the zone ${zone.name}.`, {
    hint: `Choose the zone that holds ${name}.`,
  })
}
