import type { BookedRRset } from '../zone-book.ts'
import { caaData, priorityOf } from './content.ts'

/** What "automatic" is served as (https://github.com/kappataumu/letsencrypt-cloudflare-hook/issues/32). */
export const AUTOMATIC = { written: 1, served: 300 } as const

/** A record of a zone. */
export interface ZoneRecord {
  readonly id: string
  /** ASCII, lower case, no final dot; `*` for a wildcard label. */
  readonly name: string
  readonly type: BookedRRset['type']
  /** As the API shows it. */
  readonly content: string
  /** As the book of zones has it. */
  readonly plain: string
  /** Seconds; 1 for automatic. */
  readonly ttl: number
  readonly proxied: boolean
  readonly comment: string | null
  readonly createdOn: Date
  readonly modifiedOn: Date
}

/** The only types that can be proxied (https://developers.cloudflare.com/dns/proxy-status/limitations/). */
export const ADDRESS_TYPES: readonly string[] = ['A', 'AAAA', 'CNAME']

/** Private addresses cannot (https://github.com/cloudflare/python-cloudflare/issues/73). */
export function isProxiable({ type, plain }: Pick<ZoneRecord, 'type' | 'plain'>): boolean {
  return ADDRESS_TYPES.includes(type) && !(type === 'A' && /^(?:10|192\.168|172\.(?:1[6-9]|2\d|3[01]))\./.test(plain))
}

/** A record as it stands in answers (RecordResponse in the types of the SDK). */
export function recordJson(record: ZoneRecord): object {
  const { id, name, type, content, plain, ttl, proxied, comment, createdOn, modifiedOn } = record
  return {
    id,
    name,
    type,
    content,
    ...(type === 'MX' && { priority: priorityOf(plain) }),
    ...(type === 'CAA' && { data: caaData(plain) }),
    proxiable: isProxiable(record),
    proxied,
    ttl,
    settings: {},
    meta: {},
    comment,
    tags: [],
    created_on: createdOn.toISOString(),
    modified_on: modifiedOn.toISOString(),
  }
}
