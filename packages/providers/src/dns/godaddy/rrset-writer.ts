import { type Change, DomainctlError, type RRset, type Zone } from '@domainctl/core'
import type { GodaddyApi } from './client.ts'
import { cnameInTheWay, keepApart } from './cname-alone.ts'
import { ApiFault } from './fault.ts'
import { DUPLICATE } from './refusal.ts'
import { seen, shownTo } from './shown-records.ts'
import { type ApiRecord, type NewRecord, type SetKey, TTL } from './types.ts'
import { canonicalName, canonicalValue, plainValue, relativeName } from './values.ts'

/** A set of the zone. The zone is the domain. @throws `PROVIDER_REFUSED` for CAA, which the API does not have */
export function keyOf(zone: Zone, name: string, type: RRset['type']): SetKey {
  const domain = canonicalName(zone.name)
  if (type !== 'CAA') return { domain, type, name: relativeName(canonicalName(name), domain) }
  throw new DomainctlError('PROVIDER_REFUSED', `The API of GoDaddy has no CAA records, such as those of ${name}.`, {
    hint: `Look at and change the CAA records of ${name} in the GoDaddy dashboard.`,
  })
}

/** The set as it is there now; null for none. */
export async function readRRset(
  api: GodaddyApi,
  zone: Zone,
  { name, type }: Pick<RRset, 'name' | 'type'>,
  signal: AbortSignal,
): Promise<RRset | null> {
  const key = keyOf(zone, name, type)
  return rrsetOf(name, type, key, await api.records(key, signal))
}

function rrsetOf(name: string, type: RRset['type'], { domain }: SetKey, records: readonly ApiRecord[]): RRset | null {
  if (records.length === 0) return null
  const ttl = Math.min(...records.map((record) => record.ttl ?? TTL.min))
  return { name: canonicalName(name), type, ttl, values: [...new Set(records.map(({ data }) => plainValue(type, data, domain)))] }
}

/** Adds records of a domain, those of several names in one call perhaps. */
export type AddRecords = (domain: string, records: readonly NewRecord[], signal: AbortSignal) => Promise<void>

/** {@link AddRecords} for several callers. One record that is refused lets none be added, so each is then tried by itself. */
export async function addTogether(
  api: GodaddyApi,
  domain: string,
  groups: readonly (readonly NewRecord[])[],
  signal: AbortSignal,
): Promise<PromiseSettledResult<void>[]> {
  if (groups.length > 1) {
    try {
      await api.add(domain, groups.flat(), signal)
      return groups.map(() => ({ status: 'fulfilled', value: undefined }))
    } catch (thrown) {
      if (!isRefused(thrown)) throw thrown
    }
  }
  return await Promise.allSettled(groups.map((records) => api.add(domain, records, signal)))
}

/**
 * Adds the values to whatever is there, by the call that adds: nothing that is there is written anew. The API itself refuses
 * what is there already (external-dns#2467) and what would stand beside a CNAME (github.com/godaddy/cli/pull/210): only then
 * is it looked at what that is.
 *
 * @throws `PROVIDER_CONFLICT` when a CNAME stands beside other records or they beside it; `PROVIDER_REFUSED` for a CNAME
 * with several values, for CAA and for text beyond ASCII; {@link ApiFault}.
 */
export async function addValues(
  api: GodaddyApi,
  zone: Zone,
  rrset: RRset,
  addRecords: AddRecords,
  signal: AbortSignal,
): Promise<void> {
  const key = keyOf(zone, rrset.name, rrset.type)
  const wanted = distinct(rrset)
  const read = async (): Promise<string[] | null> => {
    const records = await shownTo(api, key, signal)
    return records?.map(({ data }) => plainValue(key.type, data, key.domain)) ?? null
  }
  const add = (values: readonly string[]): Promise<void> =>
    addRecords(
      key.domain,
      values.map((data) => ({ name: key.name, type: key.type, data, ttl: ttlFor(rrset.ttl) })),
      signal,
    )

  if (key.type === 'CNAME') {
    const held = (await read()) ?? []
    if (wanted.every((value) => held.includes(value))) return
    if (held.length > 0) throw cnameInTheWay(rrset, held)
    await keepApart(api, key, rrset, signal)
  }
  try {
    await add(wanted)
  } catch (thrown) {
    if (!isRefused(thrown)) throw thrown
    // By another writer, or by this call itself when its answer was lost. One that is there keeps all others out.
    const held = isDuplicate(thrown) ? await read() : []
    if (held === null) return await addUnseen(wanted, add)
    const missing = wanted.filter((value) => !held.includes(value))
    if (missing.length === 0) return
    await keepApart(api, key, rrset, signal)
    if (missing.length === wanted.length) throw thrown
    await add(missing)
  }
}

/** Where nothing can be read: each by itself, and "it is there" is taken at its word; only the DNS can tell more. */
async function addUnseen(values: readonly string[], add: (values: readonly string[]) => Promise<void>): Promise<void> {
  for (const value of values) {
    try {
      await add([value])
    } catch (thrown) {
      if (!isDuplicate(thrown)) throw thrown
    }
  }
}

/**
 * Removes the values. There is no call for that: the rest of the set is written as it was read (but for a TTL below what the
 * API takes today), or the set is deleted with its last value.
 *
 * @throws `PROVIDER_REFUSED` where the set cannot be read, which would destroy what nobody has seen; {@link ApiFault}.
 */
export async function removeValues(api: GodaddyApi, zone: Zone, rrset: RRset, signal: AbortSignal): Promise<void> {
  const key = keyOf(zone, rrset.name, rrset.type)
  const gone = new Set(rrset.values.map((value) => canonicalValue(key.type, value)))
  await api.rewriting(key, signal, async (set) => {
    const records = await seen(() => set.read(), rrset)
    const rest = records
      .filter(({ data }) => !gone.has(plainValue(key.type, data, key.domain)))
      .map((record) => ({ ...record, ...(record.ttl !== undefined && { ttl: ttlFor(record.ttl) }) }))
    if (rest.length < records.length) await ifThere(rest, api, key, signal, () => set.write(rest))
  })
}

/**
 * Makes the set what is wanted, in one call. `previous` is what was there.
 *
 * @throws as {@link addValues}, and as {@link removeValues} where the set cannot be read.
 */
export async function replaceRRset(api: GodaddyApi, zone: Zone, rrset: RRset, signal: AbortSignal): Promise<Change> {
  const key = keyOf(zone, rrset.name, rrset.type)
  const wanted = distinct(rrset)
  const ttl = ttlFor(rrset.ttl)
  const records = await seen(() => api.records(key, signal), rrset)
  const previous = rrsetOf(rrset.name, rrset.type, key, records)
  const plain = records.map(({ data }) => plainValue(key.type, data, key.domain))
  const isRight = plain.length === wanted.length && wanted.every((value) => plain.includes(value))
  if (isRight && records.every((record) => record.ttl === ttl)) return { status: 'applied', previous }
  if (wanted.length > 0) await keepApart(api, key, rrset, signal)
  const written = wanted.map((data) => ({ data, ttl }))
  await ifThere(written, api, key, signal, () => api.replace(key, written, signal))
  return { status: 'applied', previous }
}

/** A set that is to be empty may be gone by now, which the API says as it says that there is no such domain. */
async function ifThere(
  written: readonly ApiRecord[],
  api: GodaddyApi,
  key: SetKey,
  signal: AbortSignal,
  write: () => Promise<void>,
): Promise<void> {
  try {
    await write()
  } catch (thrown) {
    if (written.length > 0 || !(thrown instanceof ApiFault) || thrown.details.status !== 404) throw thrown
    if ((await api.records(key, signal)).length > 0) throw thrown
  }
}

/** Of the request as it is, and not of the key, the domain or the rate. */
function isRefused(thrown: unknown): boolean {
  return thrown instanceof ApiFault && [400, 409, 422].includes(thrown.details.status ?? 0)
}

function isDuplicate(thrown: unknown): boolean {
  return thrown instanceof ApiFault && thrown.has(DUPLICATE)
}

function ttlFor(ttl: number): number {
  return Math.max(TTL.min, Math.ceil(ttl))
}

/**
 * The values in canonical form, each once. Text beyond printable ASCII is not sent: no documentation says how it is served,
 * and no challenge has any.
 */
function distinct({ name, type, values }: RRset): string[] {
  const wanted = [...new Set(values.map((value) => canonicalValue(type, value)))]
  if (type === 'TXT' && !wanted.every((text) => /^[ -~]+$/.test(text))) {
    throw new DomainctlError('PROVIDER_REFUSED', `A TXT value for ${name} is empty or has characters beyond printable ASCII.`, {
      hint: 'Write it in ASCII; GoDaddy does not say what becomes of other text.',
    })
  }
  if (type !== 'CNAME' || wanted.length < 2) return wanted
  throw new DomainctlError('PROVIDER_REFUSED', `${name} cannot have more than one CNAME (RFC 2181 §10.1).`, {
    hint: 'Give one target.',
  })
}
