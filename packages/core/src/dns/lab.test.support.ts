import type { Answer } from 'dns-packet'
import { onTestFinished } from 'vitest'
import type { Dns } from '../contracts/dns.ts'
import type { Clock } from '../contracts/runtime.ts'
import { systemRandom } from '../runtime/random.ts'
import { type DnsHandler, type DnsServer, startDnsServers } from '../testing/dns-server.ts'
import { authoritative, recursive, type ZoneData, zoneData } from '../testing/dns-zone-data.ts'
import { loopbackClock } from '../testing/loopback-clock.ts'
import { createDns, type DnsOptions } from './dns.ts'

export interface Lab {
  /** The recursive resolver at 127.0.0.1. */
  resolver: DnsServer
  /** The authoritative servers at 127.0.0.2, 127.0.0.3, … */
  servers: DnsServer[]
  clock: Clock
  dns: Dns
}

export const NEVER: AbortSignal = new AbortController().signal

/** A recursive resolver and authoritative servers on one port, and a Dns that asks them; closed when the test ends. */
export async function startLab(resolver: DnsHandler, servers: DnsHandler[], o: Partial<DnsOptions> = {}): Promise<Lab> {
  const [first, ...others] = await startDnsServers([resolver, ...servers])
  if (!first) throw new Error('no server was started')
  onTestFinished(async () => {
    await Promise.all([first, ...others].map((server) => server.close()))
  })
  const clock = loopbackClock()
  const lab = { resolver: first, servers: others, clock }
  return { ...lab, dns: dnsOf(lab, o) }
}

/** Another Dns that asks the same servers. */
export function dnsOf({ resolver, clock }: Pick<Lab, 'resolver' | 'clock'>, o: Partial<DnsOptions>): Dns {
  const { endpoint, port } = resolver
  const usual = { resolvers: [endpoint], authoritativePort: port, allowPrivate: true, mode: 'authoritative' } as const
  return createDns({ ...usual, clock, random: systemRandom(), ...o })
}

/**
 * The zone `test` at 127.0.0.2, which delegates `example.test` to `ns1` … at 127.0.0.3 and the addresses after it;
 * `extra` are further records of `example.test`.
 */
export function exampleZones(o: { count?: number; extra?: string[] } = {}): { parent: ZoneData; zone: ZoneData } {
  const hosts = Array.from({ length: o.count ?? 1 }, (_, i) => ({ name: `ns${i + 1}.example.test`, address: `127.0.0.${i + 3}` }))
  const delegation = hosts.flatMap(({ name, address }) => [`example.test NS ${name}`, `${name} A ${address}`])
  const parent = zoneData('test', ['test NS ns.test', 'ns.test A 127.0.0.2', ...delegation])
  return { parent, zone: zoneData('example.test', [...delegation, ...(o.extra ?? [])]) }
}

/** The usual lab: `test` at the first server, `example.test` at `count` others that all serve the same data. */
export async function startExample(
  o: { count?: number; extra?: string[]; zones?: ZoneData[]; dns?: Partial<DnsOptions> } = {},
): Promise<Lab & { parent: ZoneData; zone: ZoneData }> {
  const { parent, zone } = exampleZones(o)
  const handlers = Array.from({ length: o.count ?? 1 }, () => authoritative([zone, ...(o.zones ?? [])]))
  const lab = await startLab(recursive([zone, parent]), [authoritative([parent]), ...handlers], o.dns)
  return { ...lab, parent, zone }
}

/** An SOA record for hand-made replies. */
export function soa(apex: string, o: { primary?: string; serial?: number; ttl?: number; minimum?: number } = {}): Answer {
  const { primary = 'ns.test', serial = 1, ttl = 300, minimum = 60 } = o
  const data = { mname: primary, rname: 'hostmaster.test', serial, refresh: 3600, retry: 600, expire: 86_400, minimum }
  return { type: 'SOA', name: apex, ttl, data }
}
