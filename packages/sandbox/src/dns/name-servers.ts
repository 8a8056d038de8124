/** A record as people write it: names without a final dot, TXT as plain text, `10 mail.example.test` for MX. */
export interface SandboxRecord {
  name: string
  type: 'A' | 'AAAA' | 'CAA' | 'CNAME' | 'MX' | 'NS' | 'TXT'
  value: string
  /** Seconds; 60 when not given. */
  ttl?: number
}

/** A key for updates (RFC 8945). */
export interface TsigKey {
  readonly name: string
  readonly algorithm: 'hmac-sha256'
  /** Base64. */
  readonly secret: string
}

/** The name servers of a sandbox: the root, the top-level domains and the zones, each at every server. */
export interface NameServers {
  /** `address:port` of each authoritative server; the first is the primary, which takes updates. All have one port. */
  readonly servers: readonly [string, ...string[]]
  readonly port: number
  /** `address:port` of a recursive resolver over these servers that caches nothing. */
  readonly resolver: string
  readonly tsigKey: TsigKey
  /** Adds one record at the primary; one that is there already changes nothing but its TTL. @throws DomainctlError `USAGE` */
  add(record: SandboxRecord): void
  /** Takes away the record of this value, or all of the type without one. @throws DomainctlError `USAGE` */
  remove(record: Pick<SandboxRecord, 'name' | 'type'> & { value?: string }): void
  /** The values that the primary has, in the form of {@link SandboxRecord}. */
  values(name: string, type: SandboxRecord['type']): string[]
  /** How long after the primary the other servers show a change, in ms; may be changed at any time, for later changes. */
  lagMs: number
}
