import type { CloudflareZone } from './cloudflare-zones.ts'
import { checkParameters, inOrder, pageOf, type Query, type ResultInfo } from './pages.ts'
import { notHere } from './refusal.ts'
import type { ZoneRecord } from './zone-record.ts'

const ZONE_PARAMETERS = ['name', 'account.id', 'account.name', 'status', 'match', 'order', 'direction', 'page', 'per_page']

const TEXT_FILTERS = ['exact', 'contains', 'startswith', 'endswith'] as const

const RECORD_PARAMETERS = [
  ...['name', 'content'].flatMap((field) => [field, ...TEXT_FILTERS.map((filter) => `${field}.${filter}`)]),
  ...['type', 'proxied', 'match', 'order', 'direction', 'page', 'per_page'],
]

type Filter<T> = (item: T) => boolean

/**
 * List Zones (https://developers.cloudflare.com/api/resources/zones/methods/list/), of those that a token may see.
 * @param given the names of all parameters
 * @throws CloudflareRefusal
 */
export function listZones(zones: readonly CloudflareZone[], given: readonly string[], query: Query): Listed<CloudflareZone> {
  checkParameters(given, ZONE_PARAMETERS)
  const equals = (parameter: string, textOf: (zone: CloudflareZone) => string): Filter<CloudflareZone>[] => {
    const wanted = query(parameter)
    if (wanted === undefined) return []
    // `contains:example` and the like, which stand before the name.
    if (parameter !== 'status' && wanted.includes(':')) throw notHere(`an operator in ${parameter}`)
    return [(zone) => textOf(zone) === wanted.toLowerCase()]
  }
  const filters = [
    ...equals('name', ({ name }) => name),
    ...equals('account.id', ({ account }) => account.id),
    ...equals('account.name', ({ account }) => account.name.toLowerCase()),
    ...equals('status', ({ status }) => status),
  ]
  const found = inOrder(matching(zones, filters, query), query, {
    name: ({ name }) => name,
    status: ({ status }) => status,
    'account.id': ({ account }) => account.id,
    'account.name': ({ account }) => account.name,
  })
  // No pages when there is nothing: https://github.com/acmesh-official/acme.sh/issues/2789.
  return pageOf(found, query, { usual: 20, least: 5, most: 50, leastPages: 0 })
}

/**
 * List DNS Records (https://developers.cloudflare.com/api/resources/dns/subresources/records/methods/list/).
 * @param given the names of all parameters
 * @throws CloudflareRefusal
 */
export function listRecords(records: readonly ZoneRecord[], given: readonly string[], query: Query): Listed<ZoneRecord> {
  checkParameters(given, RECORD_PARAMETERS)
  const [type, proxied] = [query('type'), query('proxied')]
  if (proxied !== undefined && proxied !== 'true' && proxied !== 'false') throw notHere('that of proxied')
  const filters: Filter<ZoneRecord>[] = [
    ...textFilters('name', ({ name }) => name, query),
    ...textFilters('content', ({ content }) => content, query),
    ...(type === undefined ? [] : [(record: ZoneRecord) => record.type === type]),
    ...(proxied === undefined ? [] : [(record: ZoneRecord) => String(record.proxied) === proxied]),
  ]
  const found = inOrder(matching(records, filters, query), query, {
    type: (record) => record.type,
    name: ({ name }) => name,
    content: ({ content }) => content,
    ttl: ({ ttl }) => ttl,
    proxied: (record) => Number(record.proxied),
  })
  // 5000: https://github.com/kubernetes-sigs/external-dns/issues/4263; one page when there is nothing:
  // https://github.com/joshuaavalon/docker-cloudflare/issues/76.
  return pageOf(found, query, { usual: 100, least: 1, most: 5000, leastPages: 1 })
}

/** A page of a list. */
export interface Listed<T> {
  readonly page: readonly T[]
  readonly info: ResultInfo
}

/** Neither kind knows upper and lower case ("Name filters are case-insensitive", types of the SDK). Without a dot is exact. */
function textFilters(field: string, textOf: (record: ZoneRecord) => string, query: Query): Filter<ZoneRecord>[] {
  const wanted = (parameter: string) => query(parameter)?.toLowerCase()
  const filter = (parameter: string, fits: (text: string, part: string) => boolean): Filter<ZoneRecord>[] => {
    const part = wanted(parameter)
    return part === undefined ? [] : [(record) => fits(textOf(record).toLowerCase(), part)]
  }
  return [
    ...filter(field, (text, part) => text === part),
    ...filter(`${field}.exact`, (text, part) => text === part),
    ...filter(`${field}.contains`, (text, part) => text.includes(part)),
    ...filter(`${field}.startswith`, (text, part) => text.startsWith(part)),
    ...filter(`${field}.endswith`, (text, part) => text.endsWith(part)),
  ]
}

function matching<T>(items: readonly T[], filters: readonly Filter<T>[], query: Query): readonly T[] {
  const match = query('match') ?? 'all'
  if (match !== 'all' && match !== 'any') throw notHere('that match')
  if (filters.length === 0) return items
  return items.filter((item) => (match === 'all' ? filters.every((fits) => fits(item)) : filters.some((fits) => fits(item))))
}
