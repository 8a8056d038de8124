/** A record as it stands in a zone. */
export interface ResourceRecord {
  /** In lower case, without the final dot; the root is the empty string. */
  readonly name: string
  /** The number of its type (RFC 1035 §3.2.2). */
  readonly type: number
  /** Seconds. */
  readonly ttl: number
  /** RDATA on the wire, names in it uncompressed and in lower case, so that equal records have equal bytes. */
  readonly rdata: Uint8Array
}

/** Numbers of the types that name servers treat in a way of their own. */
export const TYPE = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  PTR: 12,
  MX: 15,
  TXT: 16,
  AAAA: 28,
  SRV: 33,
  DNAME: 39,
  OPT: 41,
  TSIG: 250,
  IXFR: 251,
  AXFR: 252,
  ANY: 255,
  CAA: 257,
} as const

/** Classes (RFC 1035 §3.2.4), NONE and ANY as updates have them (RFC 2136 §2.5). */
export const CLASS = { IN: 1, NONE: 254, ANY: 255 } as const

/** Response codes of four bits (RFC 1035 §4.1.1, RFC 2136 §2.2). */
export const RCODE = {
  NOERROR: 0,
  FORMERR: 1,
  SERVFAIL: 2,
  NXDOMAIN: 3,
  NOTIMP: 4,
  REFUSED: 5,
  YXDOMAIN: 6,
  YXRRSET: 7,
  NXRRSET: 8,
  NOTAUTH: 9,
  NOTZONE: 10,
} as const
