import { type Change, DomainctlError, type RRset, type Zone } from '@domainctl/core'
import type { CloudflareApi } from './client.ts'
import { canonicalName, canonicalValue, plainValue, recordFor, ttlFor } from './content.ts'
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
  return { name, type, ttl, values: [...new Set(own.map(plainValue))] }
}

/**
 * Adds each value that is not there, as a record of its own.
 *
 * @throws `PROVIDER_CONFLICT` when a CNAME stands beside other records or they beside it; `PROVIDER_REFUSED` for a CNAME
 * with several values; {@link ApiFault}.
 */
export async function addValues(api: CloudflareApi, zone: Zone, rrset: RRset, signal: AbortSignal): Promise<void> {
  const name = canonicalName(rrset.name)
  const wanted = distinct(rrset)
  let records = await api.records(zone.id, { name }, signal)
  keepApart(zone, name, rrset.type, records)
  const isThere = (value: string): boolean => records.some((record) => record.type === rrset.type && plainValue(record) === value)
  for (const value of wanted) {
    if (isThere(value)) continue
    if (rrset.type === 'CNAME' && records.some(({ type }) => type === 'CNAME')) throw otherCname(name, records)
    try {
      await api.create(zone.id, recordFor(rrset, value), signal)
    } catch (thrown) {
      if (!(thrown instanceof ApiFault) || !thrown.has(...CODE.recordExists)) throw thrown
      // Another writer, or this call itself when its answer was lost. The API may hold for identical what differs in case.
      records = await api.records(zone.id, { name, type: rrset.type }, signal)
      if (!isThere(value)) throw thrown
    }
  }
}

/** Removes each record that has one of the values. */
export async function removeValues(api: CloudflareApi, zone: Zone, rrset: RRset, signal: AbortSignal): Promise<void> {
  const { type } = rrset
  const gone = new Set(rrset.values.map((value) => canonicalValue(type, value)))
  // Not by the API's filter on the content: it is not case-sensitive, and an old record has no quotes to ask for.
  const records = await api.records(zone.id, { name: canonicalName(rrset.name), type }, signal)
  for (const record of records.filter((each) => gone.has(plainValue(each)))) {
    try {
      await api.remove(zone.id, record.id, signal)
    } catch (thrown) {
      if (!(thrown instanceof ApiFault) || !thrown.has(CODE.recordMissing)) throw thrown
    }
  }
}

/**
 * Makes the set what is wanted, in one transaction: a record is changed where there is one to change, so that its tags and
 * comment stay. `previous` is what the change replaced.
 *
 * @throws as {@link addValues}
 */
export async function replaceRRset(api: CloudflareApi, zone: Zone, rrset: RRset, signal: AbortSignal): Promise<Change> {
  const name = canonicalName(rrset.name)
  const wanted = distinct(rrset)
  let before: RRset | null | undefined
  for (let attempt = 1; ; attempt++) {
    const records = await api.records(zone.id, { name }, signal)
    if (wanted.length > 0) keepApart(zone, name, rrset.type, records)
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
    else if (record.ttl !== ttlFor(rrset.ttl) || record.proxied) patches.push({ id: record.id, ...recordFor(rrset, value) })
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

/**
 * A CNAME stands alone (RFC 1034 §3.6.2), and the API refuses no more than addresses beside it. At the apex, and where it
 * is proxied, Cloudflare answers with addresses in its place, and other records are served.
 */
function keepApart(zone: Zone, name: string, type: RRset['type'], records: readonly ApiRecord[]): void {
  const isAddress = (other: string): boolean => other === 'A' || other === 'AAAA'
  const isApex = name === canonicalName(zone.name)
  if (type === 'CNAME') {
    const others = records.filter((record) => record.type !== 'CNAME' && (!isApex || isAddress(record.type)))
    if (others.length > 0) throw recordsInTheWay(name, others)
    return
  }
  const cname = records.find((record) => record.type === 'CNAME')
  if (cname === undefined || ((isApex || cname.proxied) && !isAddress(type))) return
  throw new DomainctlError(
    'PROVIDER_CONFLICT',
    `${name} is a CNAME to ${plainValue(cname)}, and no ${type} record can stand beside a CNAME (RFC 1034 §3.6.2).`,
    { hint: `Remove the CNAME record of ${name}, or make the ${type} record at its target.` },
  )
}

/** The values in canonical form, each once. */
function distinct(rrset: RRset): string[] {
  const values = [...new Set(rrset.values.map((value) => canonicalValue(rrset.type, value)))]
  if (rrset.type !== 'CNAME' || values.length < 2) return values
  throw new DomainctlError('PROVIDER_REFUSED', `${rrset.name} cannot have more than one CNAME (RFC 2181 §10.1).`, {
    hint: 'Give one target.',
  })
}

function recordsInTheWay(name: string, others: readonly ApiRecord[]): DomainctlError {
  const types = [...new Set(others.map(({ type }) => type))].join(', ')
  return new DomainctlError(
    'PROVIDER_CONFLICT',
    `${name} has records (${types}), and no CNAME can stand beside other records (RFC 1034 §3.6.2).`,
    { hint: `Remove the other records of ${name}, or use A and AAAA records instead of the CNAME.` },
  )
}

function otherCname(name: string, records: readonly ApiRecord[]): DomainctlError {
  const targets = records.filter(({ type }) => type === 'CNAME').map(plainValue)
  return new DomainctlError('PROVIDER_CONFLICT', `${name} is a CNAME to ${targets.join(', ')} already.`, {
    hint: `Change or remove the CNAME record of ${name}.`,
  })
}
