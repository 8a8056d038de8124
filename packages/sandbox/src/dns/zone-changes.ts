import type { ResourceRecord } from './resource-record.ts'

/** One step of an update (RFC 2136 §3.4.2). */
export type ZoneChange =
  | { readonly change: 'add'; readonly record: ResourceRecord }
  /** The one record of this name, type and RDATA. */
  | { readonly change: 'remove'; readonly record: Omit<ResourceRecord, 'ttl'> }
  | { readonly change: 'remove-rrset'; readonly name: string; readonly type: number }
  | { readonly change: 'remove-name'; readonly name: string }

/** What an update sees of a zone, and does to it. */
export interface ChangeableZone {
  /** In lower case, without the final dot. */
  readonly apex: string
  /** The types of which there are records at exactly this name. */
  types(name: string): readonly number[]
  /** All records at exactly this name. */
  at(name: string): readonly ResourceRecord[]
  /**
   * Carries all of them out, in order, as one version of the zone: SOA serial + 1 when anything changed, and the other
   * servers show it after their lag. Adding follows RFC 2136 §3.4.2.2: CNAME and other data never meet, a duplicate only
   * changes the TTL of its set; the SOA and the last NS of the apex stay.
   */
  apply(changes: readonly ZoneChange[]): void
}
