import {
  type Change,
  type Clock,
  type DnsProvider,
  DomainctlError,
  defineDnsProvider,
  type Random,
  type RRset,
  type Zone,
} from '@domainctl/core'
import { accessOf, nameServersOf } from './access.ts'
import { TYPE } from './message.ts'
import { canonicalName, isWithin } from './name.ts'
import { signedPrimary } from './primary.ts'
import { RCODE, refusedUpdate } from './rcode.ts'
import { cnameInTheWay, keepOtherCname, replaceRRset } from './rrset-writer.ts'
import { readRRset } from './stored-rrset.ts'
import type { ServerAddress } from './transport.ts'
import type { TsigKey } from './tsig.ts'
import { addToRRset, deleteFromRRset, rrsetIsAbsent, type UpdatePart } from './update.ts'
import { findApex, takesUpdates } from './zone-finder.ts'
import { type ZoneWriter, zoneWriter } from './zone-writer.ts'

/** What the adapter works with, read from the options of the manifest. */
export interface Rfc2136Settings {
  server: ServerAddress
  key: TsigKey
  /** Apex of the only zone, in canonical form; absent: the server is asked, and has those that it takes updates of. */
  zone?: string
  /** Longest wait for one answer. */
  timeoutMs: number
}

/**
 * A provider for name servers that take dynamic updates (RFC 2136) signed with TSIG (RFC 8945): BIND, Knot, PowerDNS.
 * Values are added and removed one by one at the server, so any number of writers can share a name. `removeValues`
 * finds a TXT value longer than 255 octets only when it is cut as `addValues` cuts it. All calls made at the same time
 * for one zone go in one UPDATE.
 */
export function rfc2136Provider(settings: Rfc2136Settings, runtime: { clock: Clock; random: Random }): DnsProvider {
  const primary = signedPrimary(settings.server, settings.key, settings.timeoutMs, runtime)
  /** By name; of zones that the server takes updates of. */
  const apexes = new Map<string, string>()
  const writers = new Map<string, ZoneWriter>()

  function submit(zone: Zone, part: UpdatePart, signal: AbortSignal): Promise<number> {
    const apex = canonicalName(zone.name)
    const writer = writers.get(apex) ?? zoneWriter(apex, primary)
    writers.set(apex, writer)
    return writer.submit(part, signal)
  }

  /** A zone that the server has for others, such as one whose secondary it is, is none of this provider's. */
  async function findOwnApex(name: string, signal: AbortSignal): Promise<string | null> {
    const apex = await findApex(primary, name, signal)
    if (apex === null) return null
    const isOwn = [...apexes.values()].includes(apex) || (await takesUpdates(primary, apex, signal))
    return isOwn ? apex : null
  }

  /** The server may have lost the zone since it was found: look for it anew next time. */
  async function mindingZone<T>(call: () => Promise<T>): Promise<T> {
    try {
      return await call()
    } catch (error) {
      if (error instanceof DomainctlError && error.code === 'PROVIDER_ZONE_NOT_FOUND') apexes.clear()
      throw error
    }
  }

  async function addValues(zone: Zone, rrset: RRset, signal: AbortSignal): Promise<Change> {
    if (rrset.values.length === 0) return { status: 'applied' }
    if (rrset.type === 'CNAME') {
      await replaceRRset(primary, zone, rrset, signal, keepOtherCname(rrset))
      return { status: 'applied' }
    }
    // Without this condition the server answers NOERROR and adds nothing beside a CNAME (RFC 2136 §3.4.2.2).
    const part = { prerequisites: [rrsetIsAbsent(rrset.name, TYPE.CNAME)], updates: addToRRset(rrset) }
    const rcode = await submit(zone, part, signal)
    if (rcode === RCODE.NOERROR) return { status: 'applied' }
    const conflict = rcode === RCODE.YXRRSET ? await cnameInTheWay(primary, zone, rrset, signal) : null
    throw conflict ?? refusedUpdate(rcode, rrset.name, zone.name, primary.label)
  }

  async function removeValues(zone: Zone, rrset: RRset, signal: AbortSignal): Promise<Change> {
    if (rrset.values.length === 0) return { status: 'applied' }
    const rcode = await submit(zone, { prerequisites: [], updates: deleteFromRRset(rrset) }, signal)
    if (rcode !== RCODE.NOERROR) throw refusedUpdate(rcode, rrset.name, zone.name, primary.label)
    return { status: 'applied' }
  }

  return defineDnsProvider({
    capabilities: { minTtl: 0, atomicRRset: true, proxied: false },

    async findZone(fqdn, { signal }) {
      signal.throwIfAborted()
      const name = canonicalName(fqdn)
      if (settings.zone !== undefined) return isWithin(name, settings.zone) ? { id: settings.zone, name: settings.zone } : null
      const apex = apexes.get(name) ?? (await findOwnApex(name, signal))
      if (apex === null) return null
      apexes.set(name, apex)
      return { id: apex, name: apex }
    },

    getRRset: (zone, name, type, { signal }) =>
      mindingZone(async () => {
        check(signal, zone, name)
        return (await readRRset(primary, zone, name, type, signal))?.rrset ?? null
      }),

    addValues: (zone, rrset, { signal }) =>
      mindingZone(async () => {
        check(signal, zone, rrset.name)
        return addValues(zone, rrset, signal)
      }),

    removeValues: (zone, rrset, { signal }) =>
      mindingZone(async () => {
        check(signal, zone, rrset.name)
        return removeValues(zone, rrset, signal)
      }),

    setRRset: (zone, rrset, { signal }) =>
      mindingZone(async () => {
        check(signal, zone, rrset.name)
        return replaceRRset(primary, zone, rrset, signal)
      }),

    nameServers: (zone, { signal }) =>
      mindingZone(async () => {
        signal.throwIfAborted()
        return await nameServersOf(primary, zone, signal)
      }),

    async access({ signal }) {
      signal.throwIfAborted()
      return await accessOf(primary, settings.key, settings.zone, signal)
    },

    async close() {
      primary.close()
    },
  })
}

/** One name outside of the zone would have the server refuse the whole message (NOTZONE, RFC 2136 §3.4.1.3). */
function check(signal: AbortSignal, zone: Zone, name: string): void {
  signal.throwIfAborted()
  if (isWithin(name, zone.name)) return
  throw new DomainctlError('PROVIDER_ZONE_NOT_FOUND', `${name} is not in the zone ${zone.name}.`, {
    hint: `Choose the zone that holds ${name}.`,
  })
}
