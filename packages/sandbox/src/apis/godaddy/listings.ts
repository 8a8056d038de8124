import type { ZoneBook } from '../zone-book.ts'
import { type Domain, isStatus } from './domains.ts'
import { readRecordName, recordNameText } from './names.ts'
import { writeData } from './record-data.ts'
import { invalidBody, sandboxRefuses } from './refusal.ts'

/** What a request asks for behind the `?`, each as often as it was given. */
export type Query = Readonly<Record<string, readonly string[]>>

/** How many domains a page has (https://github.com/rmbolger/Posh-ACME/issues/179), and how many it may have. */
const DOMAINS_A_PAGE = 100
const MOST_DOMAINS = 1000

/** All of these are in the documentation; the sandbox has no records of the latter two. */
const READABLE_TYPES = ['A', 'AAAA', 'CNAME', 'MX', 'NS', 'TXT', 'SOA', 'SRV']

/** The same for every domain: the sandbox registers none. */
const REGISTRATION = {
  createdAt: '2020-01-01T00:00:00.000Z',
  expirationProtected: false,
  expires: '2040-01-01T00:00:00.000Z',
  holdRegistrar: false,
  locked: true,
  privacy: false,
  renewAuto: true,
  renewDeadline: '2040-02-15T00:00:00.000Z',
  transferProtected: false,
}

/** `GET /v1/domains`: the page behind the marker, in the order of the names. */
export function listDomains(domains: readonly Domain[], query: Query): object[] {
  const { statuses, limit, marker, includes } = asked(query, 'statuses', 'limit', 'marker', 'includes')
  const wanted = statuses?.split(',')
  if (wanted && !wanted.every(isStatus)) throw invalidBody()
  const most = countOf(limit, 'limit') ?? DOMAINS_A_PAGE
  if (most < 1 || most > MOST_DOMAINS) throw sandboxRefuses(`Limit must have a value no greater than ${MOST_DOMAINS}`)
  if (includes !== undefined && includes !== 'nameServers') throw sandboxRefuses('The sandbox includes nameServers alone.')
  return domains
    .filter(({ name, status }) => (wanted?.includes(status) ?? true) && (marker === undefined || name > marker))
    .slice(0, most)
    .map((domain) => ({ ...summaryOf(domain), nameServers: includes === undefined ? null : domain.nameServers }))
}

/** `GET /v1/domains/{domain}`, without what is known of its owner. */
export function getDomain(domain: Domain, query: Query): object {
  asked(query)
  return { ...summaryOf(domain), nameServers: domain.nameServers }
}

function summaryOf({ name, domainId, status }: Domain): object {
  return { ...REGISTRATION, domain: name, domainId, renewable: status === 'ACTIVE', status }
}

/**
 * `GET /v1/domains/{domain}/records/{type}/{name}`, and the same without the name, or the type, as clients have it
 * (https://github.com/go-acme/lego/issues/2269). Nothing there is an empty list.
 */
export function getRecords(book: ZoneBook, apex: string, place: { type?: string; name?: string }, query: Query): object[] {
  const { limit, offset } = asked(query, 'limit', 'offset')
  if (place.type !== undefined && !READABLE_TYPES.includes(place.type)) throw invalidBody()
  if (place.type === 'SOA') throw sandboxRefuses('The sandbox has no records of type SOA for GoDaddy.')
  const name = place.name === undefined ? undefined : readRecordName(apex, place.name)
  if (place.name !== undefined && name === undefined) throw invalidBody()
  const records = book
    .rrsets(apex)
    .filter((set) => (place.type === undefined || set.type === place.type) && (name === undefined || set.name === name))
    .flatMap(({ type, name: of, ttl, values }) =>
      values.map((value) => ({ ...writeData(type, value), name: recordNameText(apex, of), ttl, type })),
    )
  const first = countOf(offset, 'offset') ?? 0
  return records.slice(first, first + (countOf(limit, 'limit') ?? records.length))
}

/** The parameters of a request that are known; a list may come as one or as many. */
function asked<Name extends string>(query: Query, ...known: readonly Name[]): Partial<Record<Name, string>> {
  const parameters: Partial<Record<Name, string>> = {}
  for (const [name, values] of Object.entries(query)) {
    const parameter = known.find((one) => one === name)
    if (parameter === undefined) throw sandboxRefuses('The sandbox does not know one of these parameters of GoDaddy.')
    parameters[parameter] = values.join(',')
  }
  return parameters
}

function countOf(text: string | undefined, parameter: string): number | undefined {
  if (text === undefined) return undefined
  if (!/^\d{1,9}$/.test(text)) throw sandboxRefuses(`The ${parameter} is no number.`)
  return Number(text)
}
