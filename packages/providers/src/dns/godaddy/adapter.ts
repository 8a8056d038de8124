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
import { inTurn } from '../../calls/in-turn.ts'
import { type ClientSettings, godaddyApi } from './client.ts'
import { telling } from './refusal.ts'
import { addValues, readRRset, removeValues, replaceRRset } from './rrset-writer.ts'
import { TTL } from './types.ts'
import { canonicalName } from './values.ts'
import { zoneFinder } from './zone-finder.ts'

/** What the adapter works with, read from the options of the manifest. */
export interface GodaddySettings extends ClientSettings {
  /** The only zone, in canonical form; absent: the domains of the account are looked through. */
  zone?: string
}

/**
 * A provider for domains with their DNS at GoDaddy. Values are added one by one there, but removed by writing the rest of
 * the set anew: what another process adds between the reading and the writing is lost, since the API knows no conditional
 * write. Within one process they take turns.
 */
export function godaddyProvider(settings: GodaddySettings, runtime: { clock: Clock; random: Random }): DnsProvider {
  const api = godaddyApi(settings, runtime)
  const finder = zoneFinder(api, settings.zone, runtime.clock)
  const writing = inTurn()

  /** The domain may be gone since it was found: look for it anew next time. */
  async function calling<T>(what: string, calls: () => Promise<T>): Promise<T> {
    try {
      return await telling(what, calls)
    } catch (error) {
      if (error instanceof DomainctlError && error.code === 'PROVIDER_ZONE_NOT_FOUND') finder.forget()
      throw error
    }
  }

  /** One after the other for each name, of whatever type: a CNAME and its neighbours look at one another. */
  function edit(what: string, zone: Zone, { name, type }: RRset, { signal }: CallOptions, make: () => Promise<Change>) {
    return calling(`${what} ${name}`.replace('…', type), async () => {
      check(signal, zone, name)
      return await writing(canonicalName(name), signal, make)
    })
  }

  return defineDnsProvider({
    capabilities: { minTtl: TTL.min, atomicRRset: false, proxied: false },

    findZone: (fqdn, { signal }) => calling(`say which domain holds ${fqdn}`, () => finder.find(fqdn, signal)),

    getRRset: (zone, name, type, { signal }) =>
      calling(`show the ${type} records of ${name}`, async () => {
        check(signal, zone, name)
        return await readRRset(api, zone, { name, type }, signal)
      }),

    addValues: (zone, rrset, o) =>
      edit('add … records to', zone, rrset, o, async () => {
        if (rrset.values.length > 0) await addValues(api, zone, rrset, o.signal)
        return { status: 'applied' }
      }),

    removeValues: (zone, rrset, o) =>
      edit('remove … records of', zone, rrset, o, async () => {
        if (rrset.values.length > 0) await removeValues(api, zone, rrset, o.signal)
        return { status: 'applied' }
      }),

    setRRset: (zone, rrset, o) => edit('set the … records of', zone, rrset, o, () => replaceRRset(api, zone, rrset, o.signal)),
  })
}

function check(signal: AbortSignal, zone: Zone, name: string): void {
  signal.throwIfAborted()
  if (isWithin(canonicalName(name), canonicalName(zone.name))) return
  throw new DomainctlError('PROVIDER_ZONE_NOT_FOUND', `${name} is not in the domain ${zone.name}.`, {
    hint: `Choose the domain that holds ${name}.`,
  })
}
