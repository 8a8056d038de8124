/** Seconds; the API takes 60 to 86400, and 1 for "automatic", which is served as 300. */
export const TTL = { min: 60, max: 86_400, automatic: 1, served: 300 } as const

/** A zone as the API shows it; what nobody here needs is left out. */
export interface ApiZone {
  id: string
  name: string
  /** `active`: its name servers are Cloudflare's; others are not served yet, or not any more. */
  status?: string
  /** Host names in canonical form, those of the zone's own name included; none for a zone whose DNS is elsewhere. */
  nameServers: readonly string[]
  /**
   * What the token may do there, as `#dns_records:edit`. Deprecated (developers.cloudflare.com/api/resources/zones/methods/list):
   * absent where the answer has none.
   */
  permissions?: readonly string[]
}

/** What the API says of a token. */
export interface ApiToken {
  id: string
  /** `active`, `disabled` or `expired`. */
  status: string
  /** When it ends. */
  expiresOn?: Date
  /** From when on it is good. */
  notBefore?: Date
}

/** One record of a zone; a set of n values is n records. */
export interface ApiRecord {
  id: string
  name: string
  type: string
  /** Presentation form: TXT in quotes (old ones without), targets without a final dot. */
  content: string
  ttl: number
  /** Cloudflare answers with addresses of its own in place of the content. */
  proxied: boolean
}

/** A record to be made. CAA has `data`, all others `content`. */
export interface NewRecord {
  name: string
  type: string
  ttl: number
  content?: string
  data?: { flags: number; tag: string; value: string }
  /** Given for the types that can be proxied, and only for them. */
  proxied?: boolean
}

/** Changes that are made in one transaction, in this order. */
export interface RecordBatch {
  deletes: { id: string }[]
  patches: ({ id: string } & NewRecord)[]
  posts: NewRecord[]
}

/** One page of a list. Items are as they came: {@link import('./client.ts')} looks at their shape. */
export interface ApiPage {
  items: readonly unknown[]
  /** When the answer tells it. */
  totalPages?: number
}

/** A `fetch` that the SDK calls. */
export type Fetch = (url: string | URL | Request, init?: RequestInit) => Promise<Response>

/** What is used of Cloudflare's SDK, without its types: those of the published package must not ask for it. */
export interface CloudflareSdk {
  /** In the order of their names. */
  listZones(query: { name?: string; accountId?: string; page: number; perPage: number }, signal: AbortSignal): Promise<ApiPage>
  /** What the token is: one of a user, or one of this account, which the other place does not know. */
  verifyToken(accountId: string | undefined, signal: AbortSignal): Promise<unknown>
  getZone(id: string, signal: AbortSignal): Promise<unknown>
  listRecords(
    zoneId: string,
    query: { name?: string; type?: string; page: number; perPage: number },
    signal: AbortSignal,
  ): Promise<ApiPage>
  createRecord(zoneId: string, record: NewRecord, signal: AbortSignal): Promise<unknown>
  deleteRecord(zoneId: string, id: string, signal: AbortSignal): Promise<unknown>
  batch(zoneId: string, batch: RecordBatch, signal: AbortSignal): Promise<unknown>
}
