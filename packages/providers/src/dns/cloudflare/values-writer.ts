import { inParallel, type RRset, type Zone } from '@domainctl/core'
import type { CloudflareApi } from './client.ts'
import { distinct, keepApart, otherCname } from './cname-alone.ts'
import { canonicalName, canonicalValue, plainValue, recordFor } from './content.ts'
import { ApiFault } from './fault.ts'
import { CODE } from './refusal.ts'
import type { ApiRecord, NewRecord } from './types.ts'

/** Reads at a time, of the names of one request. */
const READERS = 5

/** Changes that one request may have (developers.cloudflare.com/dns/manage-dns-records/how-to/batch-record-changes). */
const MOST_CHANGES = 200

type Outcomes = PromiseSettledResult<unknown>[]

/**
 * Adds to each set the values that are not there, each as a record of its own; one that is there stays as it is, in the proxy
 * or not. All of them in one request where nothing is in the way.
 *
 * @param recent all records of the zone as of a few seconds ago, where they are known. They tell of a CNAME beside, which the
 *   API need not refuse; that a value is there is read anew, or it would not be written when others have just removed it.
 * @returns for each set what became of it: `PROVIDER_CONFLICT` when a CNAME stands beside other records or they beside it;
 *   `PROVIDER_REFUSED` for a CNAME with several values; {@link ApiFault}
 * @throws {@link ApiFault} of all
 */
export async function addTogether(
  api: CloudflareApi,
  zone: Zone,
  rrsets: readonly RRset[],
  recent: readonly ApiRecord[] | null,
  signal: AbortSignal,
): Promise<Outcomes> {
  const sound = rrsets.filter((rrset) => isSound(rrset))
  const names = new Set(sound.map(({ name }) => canonicalName(name)))
  const isFree = recent !== null && sound.every((rrset) => isMissing(zone, rrset, recent))
  const records = isFree || names.size === 0 ? (recent ?? []) : await recordsAt(api, zone, names, undefined, signal)
  const planned = rrsets.map((rrset) => outcomeOf(() => missingIn(zone, rrset, records)))
  const posts = new Map(
    planned
      .flatMap((plan) => (plan.status === 'fulfilled' ? plan.value : []))
      .map((post) => [JSON.stringify([post.name, post.type, post.content, post.data]), post] as const),
  )
  const each = (add: (rrset: RRset) => Promise<void>): Promise<Outcomes> =>
    Promise.allSettled(
      rrsets.map((rrset, i) => (planned[i]?.status === 'fulfilled' ? add(rrset) : Promise.reject(planned[i]?.reason))),
    )

  if (posts.size === 0) return planned
  if (posts.size === 1) return await each((rrset) => addOneByOne(api, zone, rrset, records, signal))
  if (posts.size > MOST_CHANGES) return await each((rrset) => addOneByOne(api, zone, rrset, null, signal))
  try {
    await api.batch(zone.id, { deletes: [], patches: [], posts: [...posts.values()] }, signal)
    return planned
  } catch (thrown) {
    // All was refused, for the sake of one record perhaps, or because it is there since an answer was lost.
    if (!isAboutOne(thrown)) throw thrown
    return await each((rrset) => addOneByOne(api, zone, rrset, null, signal))
  }
}

/**
 * Removes from each set each record that has one of the values; all of them in one request. The sets are of one type.
 *
 * @returns for each set what became of it
 * @throws {@link ApiFault} of all
 */
export async function removeTogether(
  api: CloudflareApi,
  zone: Zone,
  rrsets: readonly RRset[],
  signal: AbortSignal,
): Promise<Outcomes> {
  const names = new Set(rrsets.map(({ name }) => canonicalName(name)))
  // Not by the API's filter on the content: it is not case-sensitive, and an old record has no quotes to ask for. Nor by ids
  // that were kept from the writing: it may have been another process, and a twin in other quotes has one of its own.
  const records = await recordsAt(api, zone, names, rrsets[0]?.type, signal)
  const found = new Set(rrsets.flatMap((rrset) => idsOf(rrset, records)))
  const each = (of: (rrset: RRset) => Promise<readonly ApiRecord[]>): Promise<Outcomes> =>
    Promise.allSettled(rrsets.map(async (rrset) => removeOneByOne(api, zone, idsOf(rrset, await of(rrset)), signal)))

  if (found.size < 2 || found.size > MOST_CHANGES) return await each(async () => records)
  try {
    await api.batch(zone.id, { deletes: [...found].map((id) => ({ id })), patches: [], posts: [] }, signal)
    return rrsets.map(() => ({ status: 'fulfilled', value: undefined }))
  } catch (thrown) {
    // Others have removed one of them, or this request itself when its answer was lost.
    if (!isAboutOne(thrown)) throw thrown
    return await each(({ name, type }) => api.records(zone.id, { name: canonicalName(name), type }, signal))
  }
}

async function addOneByOne(
  api: CloudflareApi,
  zone: Zone,
  rrset: RRset,
  known: readonly ApiRecord[] | null,
  signal: AbortSignal,
): Promise<void> {
  const name = canonicalName(rrset.name)
  const read = (): Promise<ApiRecord[]> => api.records(zone.id, { name }, signal)
  for (const record of missingIn(zone, rrset, known ?? (await read()))) {
    try {
      await api.create(zone.id, record, signal)
    } catch (thrown) {
      if (!(thrown instanceof ApiFault) || !thrown.has(...CODE.recordExists, ...CODE.nameTaken)) throw thrown
      // Another writer, or this call itself when its answer was lost. The API may hold for identical what differs in case;
      // and what stands in the way is told better by what is there.
      const missing = missingIn(zone, rrset, await read())
      if (missing.some(({ content, data }) => content === record.content && data?.value === record.data?.value)) throw thrown
    }
  }
}

async function removeOneByOne(api: CloudflareApi, zone: Zone, ids: readonly string[], signal: AbortSignal): Promise<void> {
  for (const id of ids) {
    try {
      await api.remove(zone.id, id, signal)
    } catch (thrown) {
      if (!(thrown instanceof ApiFault) || !thrown.has(CODE.recordMissing)) throw thrown
    }
  }
}

/** One call for all names, where one gives the whole zone. */
async function recordsAt(
  api: CloudflareApi,
  zone: Zone,
  names: ReadonlySet<string>,
  type: string | undefined,
  signal: AbortSignal,
): Promise<readonly ApiRecord[]> {
  const only = type === undefined ? {} : { type }
  const all = names.size > 1 ? await api.fewRecords(zone.id, only, signal) : null
  return all ?? (await inParallel(names, READERS, (name) => api.records(zone.id, { ...only, name }, signal))).flat()
}

/** What has to be written so that a set has its values. @throws as {@link addTogether} tells of a set */
function missingIn(zone: Zone, rrset: RRset, records: readonly ApiRecord[]): NewRecord[] {
  const name = canonicalName(rrset.name)
  const wanted = distinct(rrset)
  const beside = records.filter((record) => canonicalName(record.name) === name)
  keepApart(zone, name, rrset, beside)
  const held = new Set(beside.filter(({ type }) => type === rrset.type).map(plainValue))
  const missing = wanted.filter((value) => !held.has(value))
  if (rrset.type === 'CNAME' && missing.length > 0 && held.size > 0) throw otherCname(name, beside)
  return missing.map((value) => recordFor(rrset, value))
}

/** None of the values is there, and nothing stands in the way. */
function isMissing(zone: Zone, rrset: RRset, records: readonly ApiRecord[]): boolean {
  const missing = outcomeOf(() => missingIn(zone, rrset, records))
  return missing.status === 'fulfilled' && missing.value.length === distinct(rrset).length
}

function isSound(rrset: RRset): boolean {
  return outcomeOf(() => distinct(rrset).map((value) => recordFor(rrset, value))).status === 'fulfilled'
}

function idsOf({ name, type, values }: RRset, records: readonly ApiRecord[]): string[] {
  const gone = new Set(values.map((value) => canonicalValue(type, value)))
  const isOne = (record: ApiRecord): boolean => record.type === type && canonicalName(record.name) === canonicalName(name)
  return records.filter((record) => isOne(record) && gone.has(plainValue(record))).map(({ id }) => id)
}

/** A refusal of the request as it is, and not of the token, the zone or the rate. */
function isAboutOne(thrown: unknown): boolean {
  if (!(thrown instanceof ApiFault) || thrown.isPassing) return false
  return thrown.details.status === 400 || thrown.has(CODE.recordMissing)
}

function outcomeOf<T>(make: () => T): PromiseSettledResult<T> {
  try {
    return { status: 'fulfilled', value: make() }
  } catch (reason) {
    return { status: 'rejected', reason }
  }
}
