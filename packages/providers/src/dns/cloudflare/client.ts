import type { Clock, Random } from '@domainctl/core'
import { tokenBucket } from '../../calls/token-bucket.ts'
import { withoutSecrets } from '../../without-secrets.ts'
import { recordOf, tokenOf, zoneOf } from './answers.ts'
import { apiFetch } from './api-fetch.ts'
import { canonicalName } from './content.ts'
import { ApiFault, readFault } from './fault.ts'
import { allPages, onlyPage } from './pages.ts'
import { CODE } from './refusal.ts'
import type { ApiRecord, ApiToken, ApiZone, CloudflareSdk, NewRecord, RecordBatch } from './types.ts'

/** As many zones as the API gives in one page. */
const ZONES_PER_PAGE = 50
const RECORDS_PER_PAGE = 100

/** Records that are read in one call where that may spare others; the API gives up to 5,000. */
const FEW_RECORDS = 1000

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
  /** All zones, in the order of their names; with more than `most` some of the rest are left out. */
  zones(most: number, signal: AbortSignal): Promise<ApiZone[]>
  /** All zones, where one page holds them; else null. */
  fewZones(signal: AbortSignal): Promise<ApiZone[] | null>
  /**
   * What the token is, which is told also when it may see no zone at all. One that an account owns is known at this account
   * alone (counterscale#268): null, where no account is configured, for what may be one or good for nothing.
   */
  token(signal: AbortSignal): Promise<ApiToken | null>
  zone(id: string, signal: AbortSignal): Promise<ApiZone | null>
  /** The records of a zone, of this name and type where they are given. */
  records(zoneId: string, only: { name?: string; type?: string }, signal: AbortSignal): Promise<ApiRecord[]>
  /** The same of all names, where one page of 1,000 holds them; else null. */
  fewRecords(zoneId: string, only: { type?: string }, signal: AbortSignal): Promise<ApiRecord[] | null>
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
  const cut = withoutSecrets([apiToken])
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
        const fault = readFault(thrown, cut, clock.now())
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
    zones(most, signal) {
      const query = { ...(accountId !== undefined && { accountId }), perPage: ZONES_PER_PAGE }
      const read = (page: number) => call(signal, (sdk, own) => sdk.listZones({ ...query, page }, own))
      return allPages(ZONES_PER_PAGE, read, zoneOf, most)
    },
    fewZones(signal) {
      const query = { ...(accountId !== undefined && { accountId }), perPage: ZONES_PER_PAGE, page: 1 }
      return onlyPage(ZONES_PER_PAGE, () => call(signal, (sdk, own) => sdk.listZones(query, own)), zoneOf)
    },
    async token(signal) {
      try {
        return tokenOf(await call(signal, (sdk, own) => sdk.verifyToken(undefined, own)))
      } catch (thrown) {
        if (!(thrown instanceof ApiFault) || thrown.isPassing) throw thrown
        if (accountId === undefined && thrown.details.status === 401 && thrown.has(CODE.tokenUnknown)) return null
        if (accountId === undefined) throw thrown
        return tokenOf(await call(signal, (sdk, own) => sdk.verifyToken(accountId, own)))
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
    async fewRecords(zoneId, only, signal) {
      const query = { ...only, perPage: FEW_RECORDS, page: 1 }
      const records = await onlyPage(FEW_RECORDS, () => call(signal, (sdk, own) => sdk.listRecords(zoneId, query, own)), recordOf)
      return records?.filter(({ type }) => only.type === undefined || type === only.type) ?? null
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
