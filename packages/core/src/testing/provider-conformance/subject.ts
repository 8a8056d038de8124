import type { CallOptions, Change, DnsProvider, RRset, Zone } from '../../contracts/dns-provider.ts'

/** A provider with a zone to write to, and eyes and hands that do not go through the provider. */
export interface ProviderSubject {
  provider: DnsProvider
  /** Apex of a zone that the provider writes to; the suite makes records below it, and TXT records at the apex. */
  zone: string
  /** A name below `zone` that is delegated to name servers of which the provider knows nothing. */
  delegated: string
  /** Values as an authoritative server serves them, TXT strings joined, names without the final dot; `[]` for none. */
  lookup(name: string, type: RRset['type']): Promise<string[]>
  /** Adds a TXT value as somebody else would, keeping the values that are there. */
  addForeign(name: string, value: string): Promise<void>
  /** The provider with a credential that its service refuses, where there is such a thing as a wrong one. */
  wrongCredential?(): DnsProvider
  /** The provider refuses text beyond printable ASCII in TXT values, where nobody knows what its API makes of it. */
  asciiTextOnly?: true
  /** Called once, at the end. */
  close(): Promise<void>
}

/** What the parts of the suite have in common. */
export interface Conformance {
  /** Those of the tests; not before they run. */
  subject(): ProviderSubject
  zone(): Zone
  o: CallOptions
  /** A name in the zone. */
  at(label: string): string
  txt(owner: string, ...values: string[]): RRset
  /** In their order as text. */
  served(owner: string, type?: RRset['type']): Promise<string[]>
  get(owner: string, type?: RRset['type']): Promise<RRset | null>
  /** Replaces the set, and waits until it is served. */
  set(rrset: RRset): Promise<Change>
}
