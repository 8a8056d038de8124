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
  /** NS names as the parent delegates; those of the resolver where the parent delegates nothing. Sorted. */
  nameServers: string[]
  /** `resolver`: no zone above delegates it, yet the resolver knows it (an internal view, or a parent that is silent). */
  source: 'parent' | 'resolver'
  /** Name servers that were left out because they must not be asked: addresses that are not public. */
  refused: AuthoritativeServer[]
  /** Things that are not as they should be but do not stop the work: a parent that could not be asked, a name server without an address. */
  warnings: string[]
}

export type RecordType = 'TXT' | 'CNAME' | 'A' | 'AAAA' | 'NS' | 'SOA' | 'CAA' | 'MX'

/** What one server said. */
export interface ServerAnswer {
  server: AuthoritativeServer
  /** `NOERROR`, `NXDOMAIN`, `SERVFAIL`, `REFUSED` …, or why there was no usable answer, such as `NOERROR without authority`. */
  rcode: string
  outcome: 'answer' | 'lame' | 'unreachable' | 'error'
  /** Values of the asked type at the asked name: TXT strings joined, names without final dot. */
  values: string[]
  /** The CNAME at the asked name, where there is one. */
  cname?: string
  /** Seconds, of the values seen. */
  ttl?: number
  /** Seconds for which caches keep that there is nothing, of a negative answer (RFC 2308 §5). */
  negativeTtl?: number
}

/** One name and type as each authoritative server of its zone shows it. */
export interface Observation {
  name: string
  type: RecordType
  zone: ZoneAuthority
  answers: ServerAnswer[]
}

/** Where the CNAME records from a name lead, by the authoritative servers of each zone on the way. */
export interface AddressTrace {
  /** The name, then the target of each CNAME in turn. */
  path: string[]
  /**
   * `addresses` · `none`: the last name exists and has no address · `missing`: it does not exist (NXDOMAIN), or nobody
   * has its zone · `loop` · `too-long`: more than 16 hops · `silent`: no server on the way answers.
   */
  end: 'addresses' | 'none' | 'missing' | 'loop' | 'too-long' | 'silent'
  /** IPv4 and IPv6, at the last name. */
  addresses: string[]
  /** Seconds: the least on the way. */
  ttl?: number
  /** Of `missing` and `silent`: what was said, for people. */
  why?: string
}

/** What one recursive resolver says, from its cache or after looking. */
export interface ResolverAnswer {
  /** As it was configured: an address or a URL. */
  resolver: string
  rcode: string
  /** `answer`: NOERROR or NXDOMAIN · `error`: another rcode · `unreachable`: no reply. */
  outcome: 'answer' | 'error' | 'unreachable'
  /** Values of the asked type, at the end of the CNAMEs. */
  values: string[]
  /** The CNAME at the asked name itself. */
  cname?: string
  /** Seconds that the answer stays in its cache; of the CNAME or the values, whichever goes first. */
  ttl?: number
  /** Seconds for which it keeps that there is nothing (RFC 2308 §5). */
  negativeTtl?: number
}

/** How one server of a zone stands to it, asked for the SOA of the apex. */
export interface ZoneServer {
  server: AuthoritativeServer
  outcome: ServerAnswer['outcome']
  rcode: string
  /** Of its SOA. */
  serial?: number
  primary?: string
  /** NS names that it gives for the zone. Sorted. */
  nameServers?: string[]
}

/** Everything about a zone that keeps records in it from being seen. */
export interface ZoneInspection {
  /**
   * The zone that holds the name; absent where none is delegated. Below a suffix that is no registry's (`lan`) the zone above
   * may hold the name itself.
   */
  zone?: ZoneAuthority
  /** What was looked for: the registrable domain of the name, or the name where it has none. */
  registrable: string
  /**
   * Whether the zone above the registrable domain delegates it: `missing`: it says with authority that there is no such
   * name (never registered, expired, on hold) · `none`: the name exists there and is delegated to nobody · `unknown`: no
   * server above could be asked.
   */
  delegation: 'delegated' | 'missing' | 'none' | 'unknown'
  /** Each server that the delegation names, with what it says of itself. */
  servers: ZoneServer[]
  /** Name servers without an address, as sentences. */
  warnings: string[]
  /** What each resolver says of the SOA at the apex: with and, where that failed, without checking of DNSSEC (CD=1). */
  resolvers: (ResolverAnswer & { primary?: string; unchecked?: { rcode: string; outcome: ResolverAnswer['outcome'] } })[]
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
 * A call asks some 250 questions at most (but for `waitForRecords`, which asks until its time is over), whatever the answers
 * lead to; one that comes to more ends with `DNS_UNREACHABLE`, a trace with `silent`.
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
  /**
   * How the zone of `name` stands: parent and child, each server, what resolvers make of it (one question each, for the
   * SOA of an apex that is there, so nothing is planted). Names no zone that it cannot find. Known for a minute; what is
   * not right for 5 s.
   */
  inspectZone(name: string, o: CallOptions): Promise<ZoneInspection>
  /** Where `name` leads and the addresses there; never throws for what the DNS says. Known for a minute where it ends in
   * addresses, unless the name is observed meanwhile. */
  trace(name: string, o: CallOptions): Promise<AddressTrace>
  /**
   * Each recursive resolver, asked on its own. Only for names and types that every authoritative server shows already:
   * a resolver keeps a negative answer, and shows it to the CA (RFC 2308 §5).
   */
  askResolvers(name: string, type: RecordType, o: CallOptions): Promise<ResolverAnswer[]>
  /** The name at the end of the CNAME chain that starts at `name` (itself when there is none), at most 16 hops. */
  followCname(name: string, o: CallOptions): Promise<string>
  /**
   * The CAA records in force for `name` (without `*.`): those of the first name on the way up to its top-level domain
   * that has any, a CNAME on the way followed (RFC 8659 §3), as each authoritative server shows them. Throws
   * `DNS_CAA_FAILED` when none of a zone's servers gives a usable answer. That there are none is kept for half a minute;
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
