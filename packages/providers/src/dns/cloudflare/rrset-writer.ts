import type { Change, RRset, Zone } from '@domainctl/core'
import type { CloudflareApi } from './client.ts'
import { distinct, keepApart } from './cname-alone.ts'
import { canonicalName, isProxied, plainValue, recordFor, ttlOf } from './content.ts'
import { ApiFault } from './fault.ts'
import { CODE } from './refusal.ts'
import { type ApiRecord, type RecordBatch, TTL } from './types.ts'

/** How often a change starts anew because others changed the records between its reading and its writing. */
const MAX_ATTEMPTS = 5

/** The records of one type as a set; null for none. `name` is in canonical form. */
export function rrsetOf(name: string, type: RRset['type'], records: readonly ApiRecord[]): RRset | null {
  const own = records.filter((record) => record.type === type)
  if (own.length === 0) return null
  const ttl = Math.min(...own.map((record) => (record.ttl === TTL.automatic ? TTL.served : record.ttl)))
  // An old record without quotes may stand beside its twin with quotes.
  const rrset = { name, type, ttl, values: [...new Set(own.map(plainValue))] }
  // One proxied record makes all of the name so (developers.cloudflare.com/dns/proxy-status).
  return own.some(({ proxied }) => proxied) ? { ...rrset, proxied: true } : rrset
}

/**
 * Makes the set what is wanted, in one transaction: a record is changed where there is one to change, so that its tags and
 * comment stay. `previous` is what the change replaced.
 *
 * @throws `PROVIDER_CONFLICT` when a CNAME stands beside other records or they beside it; `PROVIDER_REFUSED` for a CNAME
 * with several values; {@link ApiFault}.
 */
export async function replaceRRset(api: CloudflareApi, zone: Zone, rrset: RRset, signal: AbortSignal): Promise<Change> {
  const name = canonicalName(rrset.name)
  const wanted = distinct(rrset)
  let before: RRset | null | undefined
  for (let attempt = 1; ; attempt++) {
    const records = await api.records(zone.id, { name }, signal)
    if (wanted.length > 0) keepApart(zone, name, rrset, records)
    const found = rrsetOf(name, rrset.type, records)
    const batch = changesTo(rrset, wanted, records)
    if (batch === null) return { status: 'applied', previous: before === undefined ? found : before }
    before = found
    try {
      await api.batch(zone.id, batch, signal)
      return { status: 'applied', previous: found }
    } catch (thrown) {
      // Records came or went since they were read: by another writer, or by this batch when its answer was lost.
      const isStale = thrown instanceof ApiFault && thrown.has(CODE.recordMissing, ...CODE.recordExists, ...CODE.nameTaken)
      if (!isStale || attempt === MAX_ATTEMPTS) throw thrown
    }
  }
}

/** What makes the records the wanted ones; null when they are. */
function changesTo(rrset: RRset, wanted: readonly string[], records: readonly ApiRecord[]): RecordBatch | null {
  const missing = new Set(wanted)
  const surplus: ApiRecord[] = []
  const patches: RecordBatch['patches'] = []
  for (const record of records.filter(({ type }) => type === rrset.type)) {
    const value = plainValue(record)
    if (!missing.delete(value)) surplus.push(record)
    else if (record.ttl !== ttlOf(rrset) || record.proxied !== isProxied(rrset))
      patches.push({ id: record.id, ...recordFor(rrset, value) })
  }
  const posts: RecordBatch['posts'] = []
  for (const value of missing) {
    const changed = surplus.shift()
    if (changed === undefined) posts.push(recordFor(rrset, value))
    else patches.push({ id: changed.id, ...recordFor(rrset, value) })
  }
  const deletes = surplus.map(({ id }) => ({ id }))
  return deletes.length + patches.length + posts.length === 0 ? null : { deletes, patches, posts }
}
