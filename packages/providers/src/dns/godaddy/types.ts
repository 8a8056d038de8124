/** Seconds. GoDaddy takes no less (lego#416). */
export const TTL = { min: 600 } as const

/** A domain of the account whose records it has. */
export interface ApiDomain {
  domain: string
}

/** One record of a set; all fields are kept as they came, so that what is written back is what was read. */
export interface ApiRecord extends Readonly<Record<string, unknown>> {
  /** TXT without quotes; names without a final dot, or `@` for the apex. */
  data: string
  /** Seconds; the documentation does not promise it. */
  ttl?: number
}

/** A record to be added to whatever is there. `name` is relative to the domain, `@` for the apex. */
export interface NewRecord {
  name: string
  type: string
  data: string
  ttl: number
}

/**
 * Types that can be written and read (the enum of `DNSRecord` in the documentation); CAA is none of them, and refused with
 * 422 (lexicon#545).
 */
export type ApiType = 'A' | 'AAAA' | 'CNAME' | 'MX' | 'NS' | 'SRV' | 'TXT'

/** Which set is meant: `name` relative to the domain, `@` for the apex. */
export interface SetKey {
  domain: string
  type: ApiType
  name: string
}
