/** All values of one name and type, as the API of a provider shows and changes them. */
export interface BookedRRset {
  /** ASCII, lower case, no final dot; `*` for a wildcard label. */
  name: string
  type: 'A' | 'AAAA' | 'CAA' | 'CNAME' | 'MX' | 'NS' | 'TXT'
  /** Seconds. */
  ttl: number
  /** Plain text: TXT strings joined, names without a final dot, `10 mail.example.test`, `0 issue "ca.test"`. */
  values: readonly string[]
}

/**
 * The zones of the sandbox's name servers, as the APIs of providers see them: one book, so that what is written by one way
 * is there by every other, and is served at once. SOA records are not in it.
 */
export interface ZoneBook {
  /** Apexes of the zones that may be changed. */
  zones(): readonly string[]
  /** What a zone holds, in no order. An empty list for a zone that is not there. */
  rrsets(apex: string): readonly BookedRRset[]
  /**
   * Replaces these RRsets; one without values takes it away. All or nothing: `conflict` names one that cannot be (a CNAME
   * beside others, a name outside of the zone, a value that is none of its type), and then nothing was changed.
   */
  replace(apex: string, rrsets: readonly BookedRRset[]): { conflict?: { rrset: BookedRRset; why: 'cname' | 'zone' | 'value' } }
}
