import type { CaaSet } from '../domain/diagnosis/caa.ts'
import type { CallOptions } from './dns-provider.ts'

/** A name server of a zone at one of its addresses. */
export interface AuthoritativeServer {
  /** The NS name. */
  name: string
  /** IPv4 or IPv6. */
  address: string
}

/** A zone as the DNS delegates it, with the servers that the **parent** names (requirements L3). */
export interface ZoneAuthority {
  /** ASCII, no final dot; the root is the empty string. */
  apex: string
  servers: AuthoritativeServer[]
  /** Things that are not as they should be but do not stop the work: a parent that could not be asked, a name server without an address. */
  warnings: string[]
}

export type RecordType = 'TXT' | 'CNAME' | 'A' | 'AAAA' | 'NS' | 'SOA' | 'CAA'

/** What one server said. */
export interface ServerAnswer {
  server: AuthoritativeServer
  /** `NOERROR`, `NXDOMAIN`, `SERVFAIL`, `REFUSED` …, or why there was no usable answer. */
  rcode: string
  outcome: 'answer' | 'lame' | 'unreachable' | 'error'
  /** Values of the asked type at the asked name: TXT strings joined, names without final dot. */
  values: string[]
  /** The CNAME at the asked name, where there is one. */
  cname?: string
  /** Seconds, of the values seen. */
  ttl?: number
}

/** One name and type as each authoritative server of its zone shows it. */
export interface Observation {
  name: string
  type: RecordType
  zone: ZoneAuthority
  answers: ServerAnswer[]
}

/** Which servers decide that a written record can be seen (requirements D5). */
export type PropagationMode = 'authoritative' | 'recursive' | 'none'

export interface WantedRecord {
  name: string
  type: 'TXT'
  value: string
}

/**
 * The DNS as the lifecycle sees it. Never asks a recursive resolver for a name below the registrable domain before
 * the authoritative servers have agreed: that would plant the negative answer that the CA then sees.
 *
 * **Errors**: `DNS_ZONE_NOT_FOUND`, `DNS_UNREACHABLE`, `DNS_CNAME_LOOP`, `DNS_NOT_PROPAGATED`, `DNS_CAA_FAILED`. All methods may run
 * concurrently and end soon after the signal aborts.
 */
export interface Dns {
  /** The zone that holds `name` and the servers that its parent delegates to. */
  zoneOf(name: string, o: CallOptions): Promise<ZoneAuthority>
  /**
   * Asks every authoritative server of the zone; dead and lame ones are in the answers, none of them throws. Where `zone`
   * is given, its servers are asked and nothing is asked to find the zone.
   */
  observe(name: string, type: RecordType, o: CallOptions & { zone?: ZoneAuthority }): Promise<Observation>
  /** The name at the end of the CNAME chain that starts at `name` (itself when there is none), at most 16 hops. */
  followCname(name: string, o: CallOptions): Promise<string>
  /**
   * The CAA records in force for `name` (without `*.`): those of the first name on the way up to its top-level domain
   * that has any, a CNAME on the way followed (RFC 8659 §3), as each authoritative server shows them. Throws
   * `DNS_CAA_FAILED` when none of a zone's servers gives a usable answer. That there are none is kept for seconds;
   * records are looked up anew by every call, so that one that was mended counts at once.
   */
  caaFor(name: string, o: CallOptions): Promise<CaaSet>
  /**
   * Resolves when every reachable authoritative server (at least one) of each record's zone shows its value, polled
   * until `timeoutMs`. In mode `recursive`, 2 of 3 of the resolvers decide as well; in mode `none` it resolves at once.
   * Returns warnings, such as a server that could not be reached.
   */
  waitForRecords(records: WantedRecord[], o: CallOptions & { timeoutMs: number }): Promise<string[]>
}
