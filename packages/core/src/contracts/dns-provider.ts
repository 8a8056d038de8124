/** A zone at a provider. `id` is the provider's own key for it, `name` its apex (ASCII, no final dot). */
export interface Zone {
  id: string
  name: string
}

/** All values of one name and type. Values are plain text: adapters quote, chunk and escape. */
export interface RRset {
  /** ASCII FQDN without the final dot. */
  name: string
  type: 'TXT' | 'CNAME' | 'A' | 'AAAA' | 'CAA'
  /** Seconds; raised by the adapter to the provider's minimum. */
  ttl: number
  values: string[]
}

/**
 * What became of a change. `applied`: the provider has it, though its name servers may still lag. `pending`: accepted,
 * {@link DnsProvider.waitForSync} tells when it is served. `by-hand`: nothing was written, a person has to do it.
 */
export interface Change {
  status: 'applied' | 'pending' | 'by-hand'
  /** The provider's id of the change, where it has one. */
  id?: string
  /** What stood there before, for `setRRset`. */
  previous?: RRset | null
}

/** Options of every call. The call rejects with the signal's reason soon after the signal aborts. */
export interface CallOptions {
  signal: AbortSignal
}

/**
 * A DNS provider's API, one RRset at a time. This comment and those below are the specification; the conformance
 * suite in `@domainctl/core/testing` checks them.
 *
 * **Errors** are `DomainctlError`: `PROVIDER_AUTH`, `PROVIDER_ZONE_NOT_FOUND`, `PROVIDER_REFUSED`,
 * `PROVIDER_CONFLICT`, `PROVIDER_UNREACHABLE`, with the provider's own code in the message and the answer as cause.
 * **Concurrency**: every method may be called while others run, also for the same name; adapters may send several
 * calls in one request. Adapters never lock across processes: the core does, where `atomicRRset` is false.
 * **Cancellation**: an aborted call may or may not have had its effect; repeating it is always safe.
 * **Retries** of passing faults are the adapter's affair, bounded by the signal.
 */
export interface DnsProvider {
  readonly capabilities: {
    /** Seconds. */
    minTtl: number
    /** Values are added and removed one by one at the server, so that concurrent writers cannot lose any. */
    atomicRRset: boolean
    /** Has a proxy in front of A, AAAA and CNAME records. */
    proxied: boolean
  }
  /** The zone with the longest suffix of `fqdn`, or null when this provider holds none for it. */
  findZone(fqdn: string, o: CallOptions): Promise<Zone | null>
  /** What the provider has at this name and type now, or null. */
  getRRset(zone: Zone, name: string, type: RRset['type'], o: CallOptions): Promise<RRset | null>
  /** Adds these values and keeps all others. Idempotent: a value that is there is success. */
  addValues(zone: Zone, rrset: RRset, o: CallOptions): Promise<Change>
  /** Removes these values and no others. Idempotent: an absent value is success. */
  removeValues(zone: Zone, rrset: RRset, o: CallOptions): Promise<Change>
  /** Replaces the whole set; `previous` of the answer is what was there. Idempotent. */
  setRRset(zone: Zone, rrset: RRset, o: CallOptions): Promise<Change>
  /** Resolves when a `pending` change is served by the provider's name servers. */
  waitForSync?(change: Change, o: CallOptions): Promise<void>
  /** Frees connections. No call may follow. */
  close?(): Promise<void>
}

/** Identity function that types a provider. */
export function defineDnsProvider<P extends DnsProvider>(provider: P): P {
  return provider
}
