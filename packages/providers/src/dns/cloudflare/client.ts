import type { Clock, Random } from '@domainctl/core'
import { tokenBucket } from '../../calls/token-bucket.ts'
import { apiFetch } from './api-fetch.ts'
import { canonicalName } from './content.ts'
import { ApiFault, readFault } from './fault.ts'
import { allPages } from './pages.ts'
import type { ApiRecord, ApiZone, CloudflareSdk, NewRecord, RecordBatch } from './types.ts'

/** As many zones as the API gives in one page. */
const ZONES_PER_PAGE = 50
const RECORDS_PER_PAGE = 100

/**
 * 1200 calls in 5 minutes, for all that a user does; whoever asks for more is shut out for 5 minutes
 * (developers.cloudflare.com/fundamentals/api/reference/limits). 300 at once and 3 a second never are more.
 */
const RATE = { capacity: 300, perSecond: 3 }

const MAX_ATTEMPTS = 5
const FIRST_DELAY_MS = 500
const LONGEST_DELAY_MS = 8_000

/** A `Retry-After` of the API is waited for up to this; beyond it the caller is told the time instead. */
const LONGEST_RETRY_AFTER_MS = 60_000

/** The calls of the API that the adapter makes. Each rejects with {@link ApiFault}, or with the signal's reason. */
export interface CloudflareApi {
  /** The zones of just this name; several when accounts have one each. */
  zonesNamed(name: string, signal: AbortSignal): Promise<ApiZone[]>
  /**
   * Whether the token is good, though it was refused for a name: one for some zones alone is refused for all others, and
   * for the list of zones as well (godns#83).
   */
  isTokenGood(signal: AbortSignal): Promise<boolean>
  zone(id: string, signal: AbortSignal): Promise<ApiZone | null>
  /** The records of a zone, of this name and type where they are given. */
  records(zoneId: string, only: { name?: string; type?: string }, signal: AbortSignal): Promise<ApiRecord[]>
  create(zoneId: string, record: NewRecord, signal: AbortSignal): Promise<void>
  remove(zoneId: string, id: string, signal: AbortSignal): Promise<void>
  /** All of it or nothing. */
  batch(zoneId: string, batch: RecordBatch, signal: AbortSignal): Promise<void>
}

export interface ClientSettings {
  apiToken: string
  baseUrl: string
  /** Zones of this account alone. */
  accountId?: string
  /** Longest wait for one answer. */
  timeoutMs: number
}

/**
 * The API by one token. The SDK is loaded with the first call. Passing faults are repeated here and not by the SDK: its
 * waits are neither by the injected clock nor ended by the signal, and last as long as `Retry-After` says.
 */
export function cloudflareApi(settings: ClientSettings, { clock, random }: { clock: Clock; random: Random }): CloudflareApi {
  const { apiToken, baseUrl, accountId, timeoutMs } = settings
  const bucket = tokenBucket(RATE.capacity, RATE.perSecond, clock)
  let loading: Promise<CloudflareSdk> | undefined
  let shutOut: ApiFault | undefined

  async function load(): Promise<CloudflareSdk> {
    const { cloudflareSdk } = await import('./sdk.ts')
    return cloudflareSdk({ apiToken, baseUrl, timeoutMs, fetch: apiFetch(apiToken) })
  }

  /** One call, repeated while what is wrong may pass. */
  async function call<T>(signal: AbortSignal, send: (sdk: CloudflareSdk, signal: AbortSignal) => Promise<T>): Promise<T> {
    loading ??= load()
    const sdk = await loading
    for (let attempt = 1; ; attempt++) {
      await untilLetIn(signal)
      await bucket.take(signal)
      try {
        return await once(signal, (own) => send(sdk, own))
      } catch (thrown) {
        if (signal.aborted) throw signal.reason
        const fault = readFault(thrown, apiToken, clock.now())
        if (fault === null) throw thrown
        if (fault.isRateLimit && fault.details.retryAt) shutOut = fault
        const delay = delayAfter(attempt, fault)
        if (!fault.isPassing || attempt === MAX_ATTEMPTS || delay > LONGEST_RETRY_AFTER_MS) throw fault
        await clock.sleep(delay, signal)
      }
    }
  }

  /** One call that hits the limit stops all others as well: each further one would be counted. */
  async function untilLetIn(signal: AbortSignal): Promise<void> {
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
    zonesNamed: async (name, signal) => {
      const query = { name, ...(accountId !== undefined && { accountId }), perPage: ZONES_PER_PAGE }
      const read = (page: number) => call(signal, (sdk, own) => sdk.listZones({ ...query, page }, own))
      const zones = await allPages(ZONES_PER_PAGE, read, zoneOf)
      return zones.filter((zone) => canonicalName(zone.name) === name)
    },
    async isTokenGood(signal) {
      try {
        await call(signal, (sdk, own) => sdk.verifyToken(accountId, own))
        return true
      } catch (thrown) {
        if (thrown instanceof ApiFault) return false
        throw thrown
      }
    },
    zone: async (id, signal) => zoneOf(await call(signal, (sdk, own) => sdk.getZone(id, own))),
    async records(zoneId, only, signal) {
      const query = { ...only, perPage: RECORDS_PER_PAGE }
      const read = (page: number) => call(signal, (sdk, own) => sdk.listRecords(zoneId, { ...query, page }, own))
      const records = await allPages(RECORDS_PER_PAGE, read, recordOf)
      return records.filter(
        ({ name, type }) =>
          (only.name === undefined || canonicalName(name) === only.name) && (only.type === undefined || type === only.type),
      )
    },
    async create(zoneId, record, signal) {
      await call(signal, (sdk, own) => sdk.createRecord(zoneId, record, own))
    },
    async remove(zoneId, id, signal) {
      await call(signal, (sdk, own) => sdk.deleteRecord(zoneId, id, own))
    },
    async batch(zoneId, batch, signal) {
      await call(signal, (sdk, own) => sdk.batch(zoneId, batch, own))
    },
  }
}

/** The SDK never takes its listener off a signal; a signal of its own for each call leaves none on that of the caller. */
async function once<T>(signal: AbortSignal, send: (own: AbortSignal) => Promise<T>): Promise<T> {
  signal.throwIfAborted()
  const own = new AbortController()
  const abort = (): void => own.abort(signal.reason)
  signal.addEventListener('abort', abort, { once: true })
  try {
    return await send(own.signal)
  } finally {
    signal.removeEventListener('abort', abort)
  }
}

function zoneOf(item: unknown): ApiZone | null {
  if (typeof item !== 'object' || item === null) return null
  const { id, name, status } = item as Record<string, unknown>
  if (typeof id !== 'string' || id === '' || typeof name !== 'string') return null
  return { id, name: canonicalName(name), ...(typeof status === 'string' && { status }) }
}

function recordOf(item: unknown): ApiRecord | null {
  if (typeof item !== 'object' || item === null) return null
  const { id, name, type, content, ttl, proxied } = item as Record<string, unknown>
  if (typeof id !== 'string' || id === '' || typeof name !== 'string' || typeof type !== 'string') return null
  // Types that are not written here may have their value in `data` alone.
  if (typeof ttl !== 'number' || (typeof content !== 'string' && content !== undefined)) return null
  return { id, name, type, content: content ?? '', ttl, proxied: proxied === true }
}
