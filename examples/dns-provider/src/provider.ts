import {
  type CallOptions,
  type Change,
  type DnsProvider,
  DomainctlError,
  defineDnsProvider,
  isWithin,
  type RRset,
  type Zone,
} from '@domainctl/core'
import { inTurn, type ProviderRuntime } from '@domainctl/providers'
import { type ApiSettings, powerdnsApi, repeating } from './api.ts'
import { telling } from './refusal.ts'
import { contentOf, plainValue } from './values.ts'

/** A zone as the API has it; `id` is safe in a URL. */
interface ApiZone {
  id: string
  name: string
  kind: string
  rrsets?: { name: string; type: string; ttl: number; records: ApiRecord[] }[]
}

interface ApiRecord {
  content: string
  /** In the zone, and not served. */
  disabled?: boolean
}

/** A set as it is there, with the kind of its zone. */
interface StoredSet {
  zoneKind: string
  ttl?: number
  records: ApiRecord[]
}

/** Zones that are copied from elsewhere: what is written to them would be gone with the next transfer. */
const COPIES = ['Slave', 'Secondary', 'Consumer']

/** Those whose secondaries are to be told of changes. */
const PRIMARIES = ['Master', 'Primary', 'Producer']

const MOST_ZONES = 1_000

/** A provider for the zones of a PowerDNS Authoritative Server, by its HTTP API. */
export function powerdnsProvider(settings: ApiSettings, { clock }: ProviderRuntime): DnsProvider {
  const api = powerdnsApi(settings)
  const writing = inTurn()

  function calling<T>(what: string, { signal }: CallOptions, calls: () => Promise<T>): Promise<T> {
    return telling(what, () => repeating(clock, signal, calls))
  }

  async function read(zone: Zone, name: string, type: string, signal: AbortSignal): Promise<StoredSet> {
    const query = new URLSearchParams({ rrset_name: `${name}.`, rrset_type: type })
    const { kind, rrsets = [] } = (await api('GET', `/zones/${zone.id}?${query}`, signal)) as ApiZone
    // Old servers know no such query, and answer with the whole zone.
    const set = rrsets.find((one) => one.type === type && one.name.toLowerCase() === `${name}.`)
    return { zoneKind: kind, records: set?.records ?? [], ...(set && { ttl: set.ttl }) }
  }

  async function write(zone: Zone, name: string, type: string, { ttl, records, zoneKind }: StoredSet, signal: AbortSignal) {
    const change = records.length === 0 ? { changetype: 'DELETE' } : { changetype: 'REPLACE', ttl, records }
    await api('PATCH', `/zones/${zone.id}`, signal, { rrsets: [{ name: `${name}.`, type, ...change }] })
    if (!PRIMARIES.includes(zoneKind)) return
    // Without it secondaries hear of the change within a minute; so it is no failure when it does not get through.
    await api('PUT', `/zones/${zone.id}/notify`, signal).catch(() => signal.throwIfAborted())
  }

  /** Reads the set, and writes what is to be there instead; those of this process take turns. */
  async function edit(
    zone: Zone,
    rrset: RRset,
    o: CallOptions,
    make: (before: StoredSet) => StoredSet | null,
  ): Promise<StoredSet> {
    const { type } = rrset
    const name = rrset.name.toLowerCase()
    return calling(`write the ${type} records of ${name}`, o, () =>
      writing(`${name} ${type}`, o.signal, async () => {
        if (!isWithin(name, zone.name)) throw outside(name, zone)
        const before = await read(zone, name, type, o.signal)
        const after = make(before)
        if (after !== null) await write(zone, name, type, after, o.signal)
        return before
      }),
    )
  }

  return defineDnsProvider({
    // The API knows no way to add or remove one value alone, so that domainctl has to keep other processes away meanwhile.
    capabilities: { minTtl: 0, atomicRRset: false, proxied: false },

    findZone: (fqdn, o) =>
      calling(`say which zone holds ${fqdn}`, o, async () => {
        const suffixes = suffixesOf(fqdn.toLowerCase())
        const found = await Promise.all(
          suffixes.map(async (suffix) => {
            const zones = (await api('GET', `/zones?zone=${suffix}.`, o.signal)) as ApiZone[]
            // Old servers know no such query, and answer with all zones.
            return zones.find(({ name }) => plainName(name) === suffix)
          }),
        )
        const zone = found.find((one) => one !== undefined)
        if (zone === undefined || COPIES.includes(zone.kind)) return null
        const apex = { id: zone.id, name: plainName(zone.name) }
        // What the zone delegates it does not hold, though the server would take records there.
        const below = suffixes.slice(0, found.indexOf(zone))
        const cuts = await Promise.all(below.map((name) => read(apex, name, 'NS', o.signal)))
        return cuts.some(({ records }) => records.length > 0) ? null : apex
      }),

    getRRset: (zone, name, type, o) =>
      calling(`show the ${type} records of ${name}`, o, async () =>
        rrsetOf(name, type, await read(zone, name.toLowerCase(), type, o.signal)),
      ),

    async addValues(zone, rrset, o): Promise<Change> {
      await edit(zone, rrset, o, (before) => {
        const held = new Set(rrsetOf(rrset.name, rrset.type, before)?.values)
        const added = distinct(rrset).filter((value) => !held.has(value))
        if (added.length === 0) return null
        const others = before.records.filter(({ content }) => !added.includes(plainValue(rrset.type, content)))
        return { ...before, ttl: before.ttl ?? rrset.ttl, records: [...others, ...recordsOf(rrset.type, added)] }
      })
      return { status: 'applied' }
    },

    async removeValues(zone, rrset, o): Promise<Change> {
      const gone = new Set(distinct(rrset))
      await edit(zone, rrset, o, (before) => {
        const records = before.records.filter(({ content }) => !gone.has(plainValue(rrset.type, content)))
        return records.length === before.records.length ? null : { ...before, records }
      })
      return { status: 'applied' }
    },

    async setRRset(zone, rrset, o): Promise<Change> {
      const records = recordsOf(rrset.type, distinct(rrset))
      const before = await edit(zone, rrset, o, (stored) => ({ ...stored, ttl: rrset.ttl, records }))
      return { status: 'applied', previous: rrsetOf(rrset.name, rrset.type, before) }
    },

    nameServers: (zone, o) =>
      calling(`show the name servers of ${zone.name}`, o, async () => {
        const { records } = await read(zone, zone.name, 'NS', o.signal)
        return records.filter(({ disabled }) => !disabled).map(({ content }) => plainName(content))
      }),

    access: (o) =>
      calling('list its zones', o, async () => {
        const { version } = (await api('GET', '', o.signal)) as { version: string }
        // Whether a zone is signed takes a look into each of them, and is not asked here.
        const all = ((await api('GET', '/zones?dnssec=false', o.signal)) as ApiZone[]).map(({ id, name, kind }) => ({
          id,
          name: plainName(name),
          mayWrite: !COPIES.includes(kind),
        }))
        const zones = all.sort((a, b) => (a.name < b.name ? -1 : 1)).slice(0, MOST_ZONES)
        return { identity: `PowerDNS ${version}`, zones, complete: zones.length === all.length, warnings: [] }
      }),
  })
}

function rrsetOf(name: string, type: RRset['type'], { ttl = 0, records }: StoredSet): RRset | null {
  const values = records.filter(({ disabled }) => !disabled).map(({ content }) => plainValue(type, content))
  return values.length === 0 ? null : { name, type, ttl, values }
}

function recordsOf(type: RRset['type'], values: readonly string[]): ApiRecord[] {
  return values.map((value) => ({ content: contentOf(type, value), disabled: false }))
}

/** The values, each once, in the form in which those of the server are compared with them. */
function distinct({ type, values }: RRset): string[] {
  return [...new Set(values.map((value) => (type === 'TXT' ? value : plainValue(type, value))))]
}

/** `a.b.c`, `b.c`, `c`. */
function suffixesOf(name: string): string[] {
  const labels = name.split('.')
  return labels.map((_, i) => labels.slice(i).join('.'))
}

function plainName(name: string): string {
  return name.toLowerCase().replace(/\.$/, '')
}

function outside(name: string, zone: Zone): DomainctlError {
  return new DomainctlError('PROVIDER_ZONE_NOT_FOUND', `${name} is not in the zone ${zone.name}.`, {
    hint: `Choose the zone that holds ${name}.`,
  })
}
