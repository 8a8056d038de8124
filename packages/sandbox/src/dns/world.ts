import { LOOPBACK } from '../loopback.ts'
import { ancestryOf, joined, parentOf } from './name-path.ts'
import { type ResourceRecord, TYPE } from './resource-record.ts'
import { INFRASTRUCTURE_TTL, newSoa } from './soa.ts'
import { writeName } from './wire-name.ts'
import { Zone } from './zone.ts'
import { ZoneSet } from './zone-set.ts'

/** The address of the server of this number, counted from 1. */
export function addressOf(server: number): string {
  return LOOPBACK.replace(/\d+$/, String(server))
}

/**
 * A DNS in which nothing is but these zones: the root, a zone for each top-level label, and the zones themselves, each
 * delegated by the closest one above it to `ns1` … `nsN` of its own.
 * @param apexes canonical names
 */
export function createWorld(apexes: readonly string[], servers: number): ZoneSet {
  const all = new Set(['', ...apexes.map(topLevelOf), ...apexes])
  const closestAtOrAbove = (name: string) => ancestryOf(name).find((apex) => all.has(apex)) ?? ''
  const records = new Map([...all].map((apex) => [apex, [newSoa(apex)]]))
  const put = (zone: string, added: readonly ResourceRecord[]) => void records.get(zone)?.push(...added)

  for (const apex of all) {
    const ns = nameServerRecords(apex, servers)
    put(apex, ns)
    // An address belongs to the zone that holds the server's name, which may be a zone below: `ns1.example.test`.
    const addresses = addressRecords(apex, servers)
    for (const address of addresses) put(closestAtOrAbove(address.name), [address])
    // And to the parent as glue, without which nobody would ever get there.
    if (apex !== '') put(closestAtOrAbove(parentOf(apex)), [...ns, ...addresses])
  }
  return new ZoneSet([...records].map(([apex, own]) => new Zone(apex, own)))
}

function nameServerRecords(apex: string, servers: number): ResourceRecord[] {
  return numbers(servers).map((number) => ({
    name: apex,
    type: TYPE.NS,
    ttl: INFRASTRUCTURE_TTL,
    rdata: writeName(joined(`ns${number}`, apex)),
  }))
}

function addressRecords(apex: string, servers: number): ResourceRecord[] {
  return numbers(servers).map((number) => ({
    name: joined(`ns${number}`, apex),
    type: TYPE.A,
    ttl: INFRASTRUCTURE_TTL,
    rdata: Uint8Array.from(addressOf(number).split('.').map(Number)),
  }))
}

function topLevelOf(name: string): string {
  return ancestryOf(name).at(-2) ?? ''
}

function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1)
}
