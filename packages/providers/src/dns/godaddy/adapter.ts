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
import { gathering } from '../../calls/gathering.ts'
import { inTurn } from '../../calls/in-turn.ts'
import { accessOf, nameServersOf } from './access.ts'
import { type ClientSettings, godaddyApi } from './client.ts'
import { telling } from './refusal.ts'
import { addTogether, addValues, readRRset, removeValues, replaceRRset } from './rrset-writer.ts'
import { type NewRecord, TTL } from './types.ts'
import { canonicalName } from './values.ts'
import { zoneFinder } from './zone-finder.ts'

/** Sets that are added to by one call. */
const MOST_SETS = 50

/** What the adapter works with, read from the options of the manifest. */
export interface GodaddySettings extends ClientSettings {
  /** The only zone, in canonical form; absent: the domains of the account are looked through. */
  zone?: string
}

/**
 * A provider for domains with their DNS at GoDaddy. Values are added one by one there, but removed by writing the rest of
 * the set anew, since the API knows no conditional write: the core's lease on the set keeps other processes of domainctl
 * away meanwhile (ADR 9), and within one process they take turns. What another program adds in between is lost.
 */
export function godaddyProvider(settings: GodaddySettings, runtime: { clock: Clock; random: Random }): DnsProvider {
  const api = godaddyApi(settings, runtime)
  const finder = zoneFinder(api, settings.zone, runtime.clock)
  const writing = inTurn()
  const adding = gathering<{ domain: string; records: readonly NewRecord[] }>(MOST_SETS, async (edits, signal) => {
    const groups = edits.map(({ records }) => records)
    return await addTogether(api, edits[0]?.domain ?? '', groups, signal)
  })

  const addRecords = (domain: string, records: readonly NewRecord[], signal: AbortSignal): Promise<void> =>
    adding(domain, { domain, records }, signal)

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
        if (rrset.values.length > 0) await addValues(api, zone, rrset, addRecords, o.signal)
        return { status: 'applied' }
      }),

    removeValues: (zone, rrset, o) =>
      edit('remove … records of', zone, rrset, o, async () => {
        if (rrset.values.length > 0) await removeValues(api, zone, rrset, o.signal)
        return { status: 'applied' }
      }),

    setRRset: (zone, rrset, o) => edit('set the … records of', zone, rrset, o, () => replaceRRset(api, zone, rrset, o.signal)),

    nameServers: (zone, { signal }) =>
      calling(`say at which name servers it serves ${zone.name}`, async () => {
        signal.throwIfAborted()
        return await nameServersOf(api, zone, signal)
      }),

    access: ({ signal }) =>
      calling('say what the key may do', async () => {
        signal.throwIfAborted()
        return await accessOf(api, settings.zone, signal)
      }),
  })
}

function check(signal: AbortSignal, zone: Zone, name: string): void {
  signal.throwIfAborted()
  if (isWithin(canonicalName(name), canonicalName(zone.name))) return
  throw new DomainctlError('PROVIDER_ZONE_NOT_FOUND', `${name} is not in the domain ${zone.name}.`, {
    hint: `Choose the domain that holds ${name}.`,
  })
}
