import type { Clock, Random } from '@domainctl/core'
import { tokenBucket } from '../../calls/token-bucket.ts'
import { changeId, delegationSet, hostedZonePage, isInSync, recordOf, recordSetPage } from './answers.ts'
import { type ApiFault, notAnAnswer, readFault } from './fault.ts'
import type { HostedZone, ListStart, RecordSet, Route53Sdk, SdkSettings, SetChange } from './types.ts'
import { readName } from './values.ts'

/**
 * Five calls a second for the whole account, as ever; newer accounts may do more
 * (docs.aws.amazon.com/Route53/latest/DeveloperGuide/DNSLimitations.html#limits-api-requests).
 */
const RATE = { capacity: 5, perSecond: 5 }

const MAX_ATTEMPTS = 8
const FIRST_DELAY_MS = 500
const LONGEST_DELAY_MS = 8_000

/** Pages of one list; more are no list but an API that ignores where the next page begins. */
const MAX_PAGES = 1000
const SETS_PER_PAGE = 100

/** Record sets that are read in one call where that may spare others: as many as the API gives. */
const FEW_SETS = 300

/** The calls of the API that the adapter makes. Each rejects with {@link ApiFault}, or with the signal's reason. */
export interface Route53Api {
  /** All zones of the account; with more than `most` public ones some of the rest are left out. */
  hostedZones(signal: AbortSignal, most?: number): Promise<HostedZone[]>
  /** The name servers that were given to a zone; none for a private one. */
  delegationSet(zoneId: string, signal: AbortSignal): Promise<string[]>
  /** What the NS records of a name say. */
  nameServersAt(zoneId: string, name: string, signal: AbortSignal): Promise<string[]>
  /** The first record set of a zone, which is one of its apex; null for a zone without any. */
  firstSet(zoneId: string, signal: AbortSignal): Promise<RecordSet | null>
  /** All record sets of a zone, where one page of 300 holds them; else null. */
  fewSets(zoneId: string, signal: AbortSignal): Promise<RecordSet[] | null>
  /** All record sets of a name, of every type. */
  setsOf(zoneId: string, name: string, signal: AbortSignal): Promise<RecordSet[]>
  /** Makes all changes or none; answers with the id of the change. */
  change(zoneId: string, changes: readonly SetChange[], signal: AbortSignal): Promise<string>
  isInSync(changeId: string, signal: AbortSignal): Promise<boolean>
  close(): Promise<void>
}

/**
 * The API by one set of credentials. The SDK is loaded with the first call. Passing faults are repeated here and not by the
 * SDK, whose waits are neither by the injected clock nor ended by the signal.
 */
export function route53Api(settings: SdkSettings, { clock, random }: { clock: Clock; random: Random }): Route53Api {
  const bucket = tokenBucket(RATE.capacity, RATE.perSecond, clock)
  let loading: Promise<Route53Sdk> | undefined

  /** One call, repeated while what is wrong may pass. */
  async function call<T>(
    signal: AbortSignal,
    send: (sdk: Route53Sdk, signal: AbortSignal) => Promise<unknown>,
    read: (answer: Record<string, unknown>) => T | null,
  ): Promise<T> {
    loading ??= import('./sdk.ts').then(({ route53Sdk }) => route53Sdk(settings))
    const sdk = await loading
    for (let attempt = 1; ; attempt++) {
      await bucket.take(signal)
      try {
        const result = read(recordOf(await once(signal, (own) => send(sdk, own))))
        if (result === null) throw notAnAnswer()
        return result
      } catch (thrown) {
        if (signal.aborted) throw signal.reason
        const fault = readFault(thrown)
        if (fault === null) throw thrown
        if (!fault.isPassing || attempt === MAX_ATTEMPTS) throw fault
        await clock.sleep(delayAfter(attempt), signal)
      }
    }
  }

  function delayAfter(attempt: number): number {
    const most = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** (attempt - 1))
    // Half of it at least, so that writers who were refused together do not come back together.
    return most / 2 + (most / 2) * ((random.bytes(1)[0] ?? 0) / 255)
  }

  function listSets(zoneId: string, start: ListStart, maxItems: number, signal: AbortSignal) {
    return call(signal, (sdk, own) => sdk.listRecordSets(zoneId, start, maxItems, own), recordSetPage)
  }

  return {
    async hostedZones(signal, most = Number.POSITIVE_INFINITY) {
      const zones: HostedZone[] = []
      let marker: string | undefined
      for (let page = 0; page < MAX_PAGES; page++) {
        const from = marker
        const { items, next } = await call(signal, (sdk, own) => sdk.listHostedZones(from, own), hostedZonePage)
        zones.push(...items)
        if (next === undefined || zones.filter(({ isPrivate }) => !isPrivate).length > most) return zones
        marker = next
      }
      throw notAnAnswer()
    },
    async firstSet(zoneId, signal) {
      const { items } = await listSets(zoneId, {}, 1, signal)
      return items[0] ?? null
    },
    delegationSet: (zoneId, signal) => call(signal, (sdk, own) => sdk.getHostedZone(zoneId, own), delegationSet),
    async nameServersAt(zoneId, name, signal) {
      const { items } = await listSets(zoneId, { name: `${name}.`, type: 'NS' }, 1, signal)
      const found = items.find((set) => set.name === name && set.type === 'NS')
      return [...new Set(found?.values.map(readName))]
    },
    async fewSets(zoneId, signal) {
      const { items, next } = await listSets(zoneId, {}, FEW_SETS, signal)
      return next === undefined && items.length < FEW_SETS ? items : null
    },
    async setsOf(zoneId, name, signal) {
      const sets: RecordSet[] = []
      let start: ListStart = { name: `${name}.` }
      for (let page = 0; page < MAX_PAGES; page++) {
        const { items, next } = await listSets(zoneId, start, SETS_PER_PAGE, signal)
        sets.push(...items.filter((set) => set.name === name))
        // Sets are in the order of their names.
        if (next === undefined || readName(next.name ?? '') !== name) return sets
        start = next
      }
      throw notAnAnswer()
    },
    change: (zoneId, changes, signal) => call(signal, (sdk, own) => sdk.change(zoneId, changes, own), changeId),
    isInSync: (id, signal) => call(signal, (sdk, own) => sdk.getChange(id, own), isInSync),
    async close() {
      const sdk = await loading?.catch(() => undefined)
      sdk?.destroy()
    },
  }
}

/**
 * A signal of its own for each call leaves no listener on that of the caller. Rejects as soon as the signal aborts: the SDK
 * does not while it looks for credentials.
 */
async function once<T>(signal: AbortSignal, send: (own: AbortSignal) => Promise<T>): Promise<T> {
  signal.throwIfAborted()
  const own = new AbortController()
  return await new Promise<T>((resolve, reject) => {
    const abort = (): void => {
      own.abort(signal.reason)
      reject(signal.reason)
    }
    signal.addEventListener('abort', abort, { once: true })
    send(own.signal)
      .then(resolve, reject)
      .finally(() => signal.removeEventListener('abort', abort))
  })
}
