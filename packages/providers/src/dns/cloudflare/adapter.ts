import {
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
import { inTurn, orAborted } from '../../calls/in-turn.ts'
import { accessOf } from './access.ts'
import { type ClientSettings, cloudflareApi } from './client.ts'
import { canonicalName } from './content.ts'
import { telling } from './refusal.ts'
import { replaceRRset, rrsetOf } from './rrset-writer.ts'
import { TTL } from './types.ts'
import { addTogether, removeTogether } from './values-writer.ts'
import { zoneFinder } from './zone-finder.ts'
import { zoneView } from './zone-view.ts'

/** Sets that are changed in one request; with a few values each it stays below the 200 changes that one may have. */
const MOST_SETS = 50

/** A set of which values are added or removed. */
interface Edit {
  zone: Zone
  rrset: RRset
}

/** What the adapter works with, read from the options of the manifest. */
export interface CloudflareSettings extends ClientSettings {
  /** The only zone; absent: the zones that the token sees are asked for. */
  zoneId?: string
}

/**
 * A provider for zones at Cloudflare. A value is a record of its own there, so any number of writers can share a name.
 * What is written is proxied only where it is asked for; `setRRset` takes a proxied record out of the proxy else, and
 * `previous` tells that it was there.
 */
export function cloudflareProvider(settings: CloudflareSettings, runtime: { clock: Clock; random: Random }): DnsProvider {
  const api = cloudflareApi(settings, runtime)
  const view = zoneView(api, runtime.clock)
  const finder = zoneFinder(api, settings.zoneId, view, runtime.clock)
  const replacing = inTurn()
  const adding = gathering<Edit>(MOST_SETS, (edits, signal) =>
    writing(edits, (zone, sets) => addTogether(api, zone, sets, view.recent(zone.id), signal)),
  )
  const removing = gathering<Edit>(MOST_SETS, (edits, signal) =>
    writing(edits, (zone, sets) => removeTogether(api, zone, sets, signal)),
  )

  /** By zone: additions that are under way, also those whose callers have gone. */
  const additions = new Map<string, Set<Promise<void>>>()

  /** What an aborted caller had added may be written all the same, for those who share the request: a removal waits for that. */
  function heeded(zoneId: string, added: Promise<void>): Promise<void> {
    const underWay = additions.get(zoneId) ?? new Set()
    additions.set(zoneId, underWay)
    const done = added.then(ignore, ignore).finally(() => {
      underWay.delete(done)
      if (underWay.size === 0) additions.delete(zoneId)
    })
    underWay.add(done)
    return added
  }

  /** Edits of one zone. What was seen of it holds no more when they are made. */
  async function writing<T>(edits: readonly Edit[], write: (zone: Zone, rrsets: RRset[]) => Promise<T>): Promise<T> {
    const [first] = edits
    if (first === undefined) throw new Error('no edit')
    try {
      return await write(
        first.zone,
        edits.map(({ rrset }) => rrset),
      )
    } finally {
      view.forget(first.zone.id)
    }
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
        if (rrset.values.length > 0) await orAborted(heeded(zone.id, adding(zone.id, { zone, rrset }, signal)), signal)
        return { status: 'applied' }
      }),

    removeValues: (zone, rrset, { signal }) =>
      calling(`remove ${rrset.type} records of ${rrset.name}`, async (): Promise<Change> => {
        check(signal, zone, rrset.name)
        await orAborted(Promise.all(additions.get(zone.id) ?? []), signal)
        const key = `${zone.id} ${rrset.type}`
        if (rrset.values.length > 0) await orAborted(removing(key, { zone, rrset }, signal), signal)
        return { status: 'applied' }
      }),

    setRRset: (zone, rrset, { signal }) =>
      calling(`set the ${rrset.type} records of ${rrset.name}`, async () => {
        check(signal, zone, rrset.name)
        // Two that read before either writes would leave the values of both.
        const key = `${zone.id} ${canonicalName(rrset.name)}`
        return await replacing(key, signal, () => writing([{ zone, rrset }], () => replaceRRset(api, zone, rrset, signal)))
      }),

    nameServers: (zone, { signal }) =>
      calling(`say at which name servers it serves ${zone.name}`, async () => {
        signal.throwIfAborted()
        return [...((await api.zone(zone.id, signal))?.nameServers ?? [])]
      }),

    access: ({ signal }) =>
      calling('say what the token may do', async () => {
        signal.throwIfAborted()
        return await accessOf(api, settings.zoneId, runtime.clock.now(), signal)
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

function ignore(): void {}
