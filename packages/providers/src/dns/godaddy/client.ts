import type { Clock, Random } from '@domainctl/core'
import { type TokenBucket, tokenBucket } from '../../calls/token-bucket.ts'
import { type ApiRequest, apiFetch, type Credentials, notAnAnswer } from './api-fetch.ts'
import { ApiFault, objectOf } from './fault.ts'
import type { ApiDomain, ApiRecord, ApiType, NewRecord, SetKey } from './types.ts'
import { canonicalName } from './values.ts'

/**
 * 60 calls a minute for each endpoint (developer.godaddy.com/getstarted, "rate limits"). What one endpoint is, is not said
 * (external-dns#4866): here a path, whatever the method. 20 at once and 40 a minute never are more than 60.
 */
const RATE = { capacity: 20, perSecond: 40 / 60 }

const MAX_ATTEMPTS = 5
const FIRST_DELAY_MS = 500
const LONGEST_DELAY_MS = 8_000

/** A wait that the API asks for is kept up to this; beyond it the caller is told the time instead. */
const LONGEST_RETRY_AFTER_MS = 60_000

/** The second one is that of domains which are registered elsewhere and have their DNS here (Posh-ACME#254). */
const STATUSES = 'ACTIVE,PENDING_DNS_ACTIVE'

/** As many domains as the API gives in one page. */
const DOMAINS_PER_PAGE = 1000

/** With so many records a list may have been cut: nothing says how long one is when no limit is asked for. */
const MAY_BE_CUT = 100

/** More are no list but an API that ignores where the next page begins. */
const MAX_PAGES = 100

/** The calls of the API that the adapter makes. Each rejects with {@link ApiFault}, or with the signal's reason. */
export interface GodaddyApi {
  /**
   * All domains of the account that are in use, also those that have their DNS elsewhere; with more than `most` some of the rest
   * are left out.
   */
  domains(signal: AbortSignal, most?: number): Promise<ApiDomain[]>
  /** The records of one name and type; an empty list when there are none. */
  records(set: SetKey, signal: AbortSignal): Promise<ApiRecord[]>
  /**
   * The names of a domain that have records of a type, as in {@link SetKey}; null where that cannot be told by one answer. Not
   * every account may ask for more than one set at a time (acme.sh#6849).
   */
  namesWith(domain: string, type: ApiType, signal: AbortSignal): Promise<ReadonlySet<string> | null>
  /** Adds records to whatever is there. */
  add(domain: string, records: readonly NewRecord[], signal: AbortSignal): Promise<void>
  /** Puts these records in the place of all of the set. */
  replace(set: SetKey, records: readonly ApiRecord[], signal: AbortSignal): Promise<void>
  /**
   * Work that writes what it makes of the records that it has read. The two calls follow each other at once, whatever the
   * limit, and all of the work begins anew when one of them has to be repeated: what others have added since the reading
   * would be lost.
   */
  rewriting<T>(set: SetKey, signal: AbortSignal, work: (set: OneSet) => Promise<T>): Promise<T>
}

/** One set, without limit and repeating. */
export interface OneSet {
  read(): Promise<ApiRecord[]>
  write(records: readonly ApiRecord[]): Promise<void>
}

export interface ClientSettings extends Credentials {
  baseUrl: string
  /** Longest wait for one answer. */
  timeoutMs: number
}

/** What is known of the limit of one endpoint. */
interface Endpoint {
  bucket: TokenBucket
  shutOut?: ApiFault
}

/** The API by one key. Passing faults are repeated here. */
export function godaddyApi(settings: ClientSettings, { clock, random }: { clock: Clock; random: Random }): GodaddyApi {
  const { baseUrl, timeoutMs } = settings
  const send = apiFetch(baseUrl, settings, () => clock.now())
  const endpoint = (): Endpoint => ({ bucket: tokenBucket(RATE.capacity, RATE.perSecond, clock) })
  const endpoints = { domains: endpoint(), records: endpoint(), set: endpoint() }

  /** Work that takes so many calls of an endpoint, repeated while what is wrong may pass. */
  async function repeating<T>(endpoint: Endpoint, calls: number, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      await untilLetIn(endpoint, signal)
      for (let i = 0; i < calls; i++) await endpoint.bucket.take(signal)
      signal.throwIfAborted()
      try {
        return await work()
      } catch (thrown) {
        if (signal.aborted) throw signal.reason
        if (!(thrown instanceof ApiFault)) throw thrown
        if (thrown.isRateLimit && thrown.details.retryAt) endpoint.shutOut = thrown
        const delay = delayAfter(attempt, thrown)
        if (!thrown.isPassing || attempt === MAX_ATTEMPTS || delay > LONGEST_RETRY_AFTER_MS) throw thrown
        await clock.sleep(delay, signal)
      }
    }
  }

  /**
   * A write that is on its way is not given up: one that comes late would undo what was written after it. Callers do not wait
   * for it (inTurn), the next write of the name does.
   */
  function once(request: ApiRequest, signal: AbortSignal): Promise<unknown> {
    const timeout = AbortSignal.timeout(timeoutMs)
    return send(request, request.method === 'GET' ? AbortSignal.any([signal, timeout]) : timeout)
  }

  function call(endpoint: Endpoint, request: ApiRequest, signal: AbortSignal): Promise<unknown> {
    return repeating(endpoint, 1, signal, () => once(request, signal))
  }

  /** One call that hits the limit stops all others of its endpoint as well. */
  async function untilLetIn({ shutOut }: Endpoint, signal: AbortSignal): Promise<void> {
    const wait = (shutOut?.details.retryAt?.getTime() ?? 0) - clock.now().getTime()
    if (shutOut === undefined || wait <= 0) return
    if (wait > LONGEST_RETRY_AFTER_MS) throw shutOut
    await clock.sleep(wait, signal)
  }

  function delayAfter(attempt: number, { details }: ApiFault): number {
    const wanted = (details.retryAt?.getTime() ?? 0) - clock.now().getTime()
    const most = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** (attempt - 1))
    // Half of it at least, so that writers who were refused together do not come back together.
    const own = most / 2 + (most / 2) * ((random.bytes(1)[0] ?? 0) / 255)
    return Math.max(own, wanted)
  }

  return {
    async domains(signal, most = Number.POSITIVE_INFINITY) {
      const found = new Map<string, ApiDomain>()
      for (let page = 0, marker = ''; page < MAX_PAGES; page++) {
        const query = `statuses=${STATUSES}&limit=${DOMAINS_PER_PAGE}${marker && `&marker=${encodeURIComponent(marker)}`}`
        const answer = await call(endpoints.domains, { method: 'GET', path: `/v1/domains?${query}` }, signal)
        const items = listOf(answer, domainOf)
        const before = found.size
        for (const item of items) found.set(item.domain, item)
        // A page on which nothing is new ends it as well: an API that ignores the marker repeats the first for ever.
        if (items.length < DOMAINS_PER_PAGE || found.size === before || found.size > most) return [...found.values()]
        marker = items.at(-1)?.domain ?? ''
      }
      throw notAnAnswer()
    },
    records: async (set, signal) => recordsIn(await call(endpoints.set, { method: 'GET', path: pathOf(set) }, signal)),
    async namesWith(domain, type, signal) {
      const path = `/v1/domains/${encodeURIComponent(domain)}/records/${type}`
      const records = listOf(await call(endpoints.set, { method: 'GET', path }, signal), recordOf)
      const names = records.map(({ name }) => name)
      if (records.length >= MAY_BE_CUT || !names.every((name) => typeof name === 'string')) return null
      return new Set(names.map((name) => canonicalName(name)))
    },
    async add(domain, records, signal) {
      const path = `/v1/domains/${encodeURIComponent(domain)}/records`
      await call(endpoints.records, { method: 'PATCH', path, body: records }, signal)
    },
    async replace(set, records, signal) {
      await call(endpoints.set, writeOf(set, records), signal)
    },
    rewriting: (set, signal, work) =>
      repeating(endpoints.set, 2, signal, () =>
        work({
          read: async () => recordsIn(await once({ method: 'GET', path: pathOf(set) }, signal)),
          async write(records) {
            signal.throwIfAborted()
            await once(writeOf(set, records), signal)
          },
        }),
      ),
  }
}

/** An empty list is refused (lexicon#522): that is a removal. */
function writeOf(set: SetKey, records: readonly ApiRecord[]): ApiRequest {
  if (records.length === 0) return { method: 'DELETE', path: pathOf(set) }
  // The name and the type are in the path (DNSRecordCreateTypeName).
  return { method: 'PUT', path: pathOf(set), body: records.map(({ name: _name, type: _type, ...record }) => record) }
}

/** Empty data is what other programs leave in the place of records that they could not remove. */
function recordsIn(answer: unknown): ApiRecord[] {
  return listOf(answer, recordOf).filter(({ data }) => data !== '')
}

/** Always with the name: without it the path means all records of the type. */
function pathOf({ domain, type, name }: SetKey): string {
  if (name === '') throw new Error('a set has a name')
  return `/v1/domains/${encodeURIComponent(domain)}/records/${type}/${encodeURIComponent(name).replaceAll('%40', '@')}`
}

function listOf<T>(answer: unknown, itemOf: (item: unknown) => T | null): T[] {
  if (!Array.isArray(answer)) throw notAnAnswer()
  return answer.map((item: unknown) => {
    const read = itemOf(item)
    if (read === null) throw notAnAnswer()
    return read
  })
}

function domainOf(item: unknown): ApiDomain | null {
  const { domain } = objectOf(item)
  return typeof domain === 'string' && domain !== '' ? { domain: canonicalName(domain) } : null
}

function recordOf(item: unknown): ApiRecord | null {
  const record = objectOf(item)
  const { data, ttl, ...others } = record
  if (typeof data !== 'string' || (typeof ttl !== 'number' && ttl !== undefined)) return null
  return { ...others, data, ...(ttl !== undefined && { ttl }) }
}
