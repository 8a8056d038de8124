import type { BookedRRset } from '../zone-book.ts'
import { type Content, caaData, priorityOf, readCaa, readContent } from './content.ts'
import { readRecordName } from './names.ts'
import { invalidBody, invalidRecord, notHere } from './refusal.ts'
import { ADDRESS_TYPES, AUTOMATIC, isProxiable, type ZoneRecord } from './zone-record.ts'

/** What a client says of a record, with whatever else stands in the JSON. */
export type RecordBody = Readonly<Record<string, unknown>>

/** What clients decide of a record. */
export type WantedRecord = Pick<ZoneRecord, 'name' | 'type' | 'content' | 'plain' | 'ttl' | 'proxied' | 'comment'>

const TYPES: readonly string[] = ['A', 'AAAA', 'CAA', 'CNAME', 'MX', 'NS', 'TXT']

/** Of zones that cost nothing. */
const TTL = { least: 60, most: 86_400 } as const

const LONGEST_COMMENT = 100

/**
 * Reads a record that is to be made, or to take the place of another: what is left out is as in a new one.
 * @throws CloudflareRefusal
 */
export function readRecord(body: RecordBody, apex: string): WantedRecord {
  const type = readType(body.type)
  const name = readRecordName(text(body.name), apex)
  // Cloudflare ignores them (https://github.com/octodns/octodns-cloudflare/issues/11), which nobody can have meant here.
  if (type === 'NS' && name === apex) throw notHere('NS records at the apex')
  const { content, plain } = readValue(type, body)
  // "Must not match the record's name" (types of the SDK).
  if (type === 'CNAME' && plain === name) throw invalidRecord(9007, 'Content for CNAME record is invalid.')
  const proxied = readProxied(body.proxied, { type, plain })
  const ttl = readTtl(body.ttl)
  checkExtras(body)
  // Whoever proxies a record does not choose its TTL (https://developers.cloudflare.com/dns/proxy-status/).
  return { name, type, content, plain, ttl: proxied ? AUTOMATIC.written : ttl, proxied, comment: readComment(body.comment) }
}

/**
 * Reads a record that is changed in part: what is left out stays.
 * @throws CloudflareRefusal
 */
export function readPatch(body: RecordBody, record: ZoneRecord, apex: string): WantedRecord {
  const { name, type, content, ttl, proxied, comment } = record
  const given = Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined))
  // What belongs to another type is passed over.
  const value = { content, priority: priorityOf(record.plain), data: caaData(record.plain) }
  return readRecord({ name, type, ttl, proxied, comment, ...value, ...given }, apex)
}

function readType(value: unknown): BookedRRset['type'] {
  if (typeof value !== 'string') throw invalidBody()
  if (TYPES.includes(value)) return value as BookedRRset['type']
  throw notHere(`records of type ${JSON.stringify(value.slice(0, 20))}`)
}

function readValue(type: BookedRRset['type'], body: RecordBody): Content {
  if (type !== 'CAA') return readContent(type, text(body.content), type === 'MX' ? readPriority(body.priority) : 0)
  const data = body.data
  if (typeof data !== 'object' || data === null) throw invalidBody()
  const { flags, tag, value } = data as RecordBody
  if (typeof flags !== 'number') throw invalidBody()
  return readCaa(flags, text(tag), text(value))
}

/** "Required for MX and URI records" (types of the SDK). */
function readPriority(value: unknown): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 0xffff) return value
  throw notHere('an MX record without a priority of 0 to 65535')
}

function readTtl(value: unknown): number {
  if (value === undefined) return AUTOMATIC.written
  if (typeof value !== 'number') throw invalidBody()
  const isTtl = value === AUTOMATIC.written || (Number.isInteger(value) && value >= TTL.least && value <= TTL.most)
  if (isTtl) return value
  // https://github.com/timothymiller/cloudflare-ddns/issues/179
  throw invalidRecord(9021, 'TTL must be between 60 and 86400 seconds, or 1 for Automatic.')
}

function readProxied(value: unknown, record: Pick<ZoneRecord, 'type' | 'plain'>): boolean {
  if (value === undefined) return false
  if (typeof value !== 'boolean') throw invalidBody()
  // https://github.com/kubernetes-sigs/external-dns/issues/1945
  if (value && !ADDRESS_TYPES.includes(record.type)) throw invalidRecord(9004, 'This record type cannot be proxied.')
  // https://github.com/kubernetes-sigs/external-dns/issues/1428
  const message = 'This DNS record cannot be proxied - click the cloud icon to turn it gray to proceed'
  if (value && !isProxiable(record)) throw invalidRecord(9041, message)
  return value
}

function readComment(value: unknown): string | null {
  if (value === undefined || value === null) return null
  if (typeof value !== 'string') throw invalidBody()
  if (value.length > LONGEST_COMMENT) throw notHere(`a comment of more than ${LONGEST_COMMENT} characters`)
  return value
}

/** What zones that cost nothing do not have. */
function checkExtras({ tags, settings }: RecordBody): void {
  if (Array.isArray(tags) && tags.length > 0) {
    // https://github.com/cloudflare/terraform-provider-cloudflare/issues/3217
    throw invalidRecord(9300, `DNS record has ${tags.length} tags, exceeding the quota of 0.`)
  }
  if (typeof settings === 'object' && settings !== null && Object.values(settings).some((value) => value === true)) {
    throw notHere('settings of records')
  }
}

function text(value: unknown): string {
  if (typeof value === 'string') return value
  throw invalidBody()
}
