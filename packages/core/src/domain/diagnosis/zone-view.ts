/** A zone as it is delegated. */
export interface DelegatedZone {
  apex: string
  /** NS names as the zone above has them. */
  nameServers: string[]
  /** `resolver`: no zone above delegates it, yet the resolver knows it. */
  source: 'parent' | 'resolver'
  /** Servers that must not be asked: their addresses are not public. */
  refused: { name: string; address: string }[]
  /** Below the registrable domain: another zone of its owner delegates it, and no registrar knows of it. */
  isBelow?: boolean
}

/** Where the delegation of a zone is changed, to end a sentence with. */
export function atParent({ isBelow }: Pick<DelegatedZone, 'isBelow'>): string {
  return isBelow ? 'in the zone above it' : 'at the registrar'
}

/** How to get there, to begin a sentence with. */
export function logInAtParent({ isBelow }: Pick<DelegatedZone, 'isBelow'>): string {
  return isBelow ? 'Log in at the company that holds the zone above it' : 'Log in at the registrar'
}

/** One server of a zone's delegation, asked for what it says of the zone. */
export interface ServerView {
  /** NS name and address. */
  server: { name: string; address: string }
  outcome: 'answer' | 'lame' | 'unreachable' | 'error'
  rcode: string
  /** Of its SOA. */
  serial?: number
  /** MNAME of its SOA. */
  primary?: string
  /** NS names that it gives for the zone. */
  nameServers?: string[]
}

/** What one recursive resolver says of the SOA at the apex of a zone. */
export interface ResolverView {
  resolver: string
  rcode: string
  outcome: 'answer' | 'error' | 'unreachable'
  /** MNAME of the SOA. */
  primary?: string
  /** Seconds. */
  ttl?: number
  negativeTtl?: number
  /** The same asked without checking of DNSSEC (CD=1), where it had failed. */
  unchecked?: { rcode: string; outcome: 'answer' | 'error' | 'unreachable' }
}

/** How a zone stands in the DNS: what `Dns.inspectZone` observes. */
export interface ZoneView {
  /** Absent where no zone is delegated. */
  zone?: DelegatedZone
  registrable: string
  delegation: 'delegated' | 'missing' | 'none' | 'unknown'
  servers: ServerView[]
  /** Name servers without an address, as sentences. */
  warnings: string[]
  resolvers: ResolverView[]
}
