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
  /**
   * Behind the provider's proxy; said and heeded only where `capabilities.proxied`, for A, AAAA and CNAME. Absent: not
   * proxied, and what is written is not. A set of which only a part is proxied counts as proxied: so it is served.
   */
  proxied?: boolean
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

/** What a credential is good for, as far as its provider tells before anything is written. */
export interface ProviderAccess {
  /** Whom the provider takes the credential for, in its own words; never a secret. */
  identity?: string
  /** Zones that it may see, in the order of their names, at most 1,000. */
  zones: ZoneAccess[]
  /** False: there are more than `zones`, or this provider lists none. */
  complete: boolean
  /** When the credential ends. */
  expiresAt?: Date
  /** What is not as it should be, or cannot be told, a sentence each. */
  warnings: string[]
}

/** A zone with what a credential may do there. */
export interface ZoneAccess extends Zone {
  /** May records be written? Absent: the provider does not tell before one does. */
  mayWrite?: boolean
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
    /** Has a proxy in front of A, AAAA and CNAME records, and takes a CNAME at the apex of a zone, which it serves flattened. */
    proxied: boolean
    /**
     * A person makes the records: every change is answered with `by-hand`, and the zones that it has are those of nobody, so
     * that it is never chosen by them.
     */
    byHand?: true
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
  /**
   * The name servers at which the provider serves this zone, as it says itself: host names in lower case without the final
   * dot; empty where it does not say. Whether the zone above delegates to them is another question.
   */
  nameServers?(zone: Zone, o: CallOptions): Promise<string[]>
  /** Tries the credential and tells what it may do. Writes nothing. */
  access?(o: CallOptions): Promise<ProviderAccess>
  /** Frees connections. No call may follow. */
  close?(): Promise<void>
}

/** Identity function that types a provider. */
export function defineDnsProvider<P extends DnsProvider>(provider: P): P {
  return provider
}
