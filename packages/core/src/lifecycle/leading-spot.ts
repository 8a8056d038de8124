import type { AppliedRecord } from '../contracts/applied-records.ts'
import {
  judgeStanding,
  keysOf,
  LEADING_TYPES,
  type RRsets,
  type Standing,
  type ValueKey,
  valueKey,
} from '../domain/leading-records.ts'
import type { RecordPurpose, ReplacedRRset, WrittenRecord } from '../domain/model.ts'
import type { NeededRecord } from '../domain/records.ts'
import { isSamePlace, type LeadingPlace, placeKey, standingAt } from './leading-place.ts'
import { zoneFor } from './provider-choice.ts'
import type { Step } from './step.ts'

/** A name at which a domain wants to lead somewhere, with what stands there and what the journal has of it. */
export interface Spot {
  place: LeadingPlace
  purpose: AppliedRecord['purpose']
  wanted: readonly (ReplacedRRset & { type: AppliedRecord['type'] })[]
  standing: RRsets
  verdict: Standing
  /** This domain's rows of the journal. */
  rows: readonly WrittenRecord[]
  /** Rows of other domains that want the very same; whoever leaves last takes it away. */
  shared: readonly WrittenRecord[]
  /** Rows of other domains that want something else, which stands there: it is theirs, and not replaced by force either. */
  rivals: readonly WrittenRecord[]
}

/** What became of a spot. */
export interface Made {
  spot: Spot
  outcome: AppliedRecord['outcome']
  /** What was replaced and is not ours. */
  previous: RRsets
}

/** Whether a record is one that `apply` makes. */
export function isLeading<T extends { purpose: RecordPurpose }>(record: T): boolean {
  return record.purpose === 'routing' || record.purpose === 'delegation'
}

/** Finds the zone of a name, and judges what stands there. Writes nothing. */
export async function lookAtSpot(
  { services, domain, signal, report }: Step,
  name: string,
  records: readonly NeededRecord[],
  journal: readonly WrittenRecord[],
): Promise<Spot> {
  const { provider, zone } = await zoneFor(services, name, { provider: domain.provider, signal, report })
  const place = { provider, zone, name }
  const { minTtl } = services.provider(provider).capabilities
  const wanted = rrsetsOf(records, minTtl)
  const rows = journal.filter((row) => placeKey(row) === placeKey(place))
  const [standing, others] = await Promise.all([standingAt(services, place, signal), rowsOfOthers({ services, domain }, place)])
  const purpose = records.some((record) => record.purpose === 'delegation') ? 'delegation' : 'routing'
  const verdict = judgeStanding(standing, wanted, oursOf(rows))
  const shared = others.filter(isIn(wanted))
  const rivals = verdict === 'wanted' ? [] : others.filter(isIn(standing))
  return { place, purpose, wanted, standing, verdict, rows, shared, rivals }
}

/** Values that these rows of the journal stand for. */
export function oursOf(rows: readonly WrittenRecord[]): Set<ValueKey> {
  return new Set(rows.map(({ type, value }) => valueKey(type, value)))
}

/** Whether a row of the journal stands for one of these values. */
export function isIn(rrsets: RRsets): (row: WrittenRecord) => boolean {
  const keys = new Set(keysOf(rrsets))
  return ({ type, value }) => keys.has(valueKey(type, value))
}

/** Rows of other domains at this place, of any tenant and in whatever state. */
export async function rowsOfOthers(
  { services, domain }: Pick<Step, 'services' | 'domain'>,
  place: LeadingPlace,
): Promise<WrittenRecord[]> {
  const there = await Promise.all(LEADING_TYPES.map((type) => services.store.recordsAt(place.name, type)))
  return there.flat().filter((row) => row.domainId !== domain.id && isSamePlace(row, place))
}

/** Whose row this is, in a sentence; of another tenant's domains the name is nobody else's affair. */
export async function ownerOf({ services, domain }: Pick<Step, 'services' | 'domain'>, row: WrittenRecord): Promise<string> {
  if (row.tenant !== domain.tenant) return 'a domain of another tenant'
  const name = await services.store.primaryName(row.domainId)
  return name === null ? 'another domain of yours' : `another domain of yours, ${name}`
}

/** What became of a spot, for whoever asked for it. */
export function appliedRecords({ spot, outcome, previous }: Made): AppliedRecord[] {
  const { purpose, place, wanted } = spot
  const records = wanted.flatMap(({ type, values, ttl }) =>
    values.map((value): AppliedRecord => ({ purpose, type, name: place.name, value, ttl, provider: place.provider, outcome })),
  )
  const [first, ...others] = records
  return first && outcome === 'replaced' && previous.length > 0 ? [{ ...first, previous: [...previous] }, ...others] : records
}

/** Records that are made where nobody but a person can. */
export function byHand(records: readonly NeededRecord[], provider: string): AppliedRecord[] {
  return records.flatMap(({ purpose, type, name, value, ttl }): AppliedRecord[] => {
    if (type === 'TXT' || (purpose !== 'routing' && purpose !== 'delegation')) return []
    return [{ purpose, type, name, value, ttl, provider, outcome: 'by-hand' }]
  })
}

function rrsetsOf(records: readonly NeededRecord[], minTtl: number): Spot['wanted'] {
  const byType = Map.groupBy(records, ({ type }) => type)
  return [...byType].flatMap(([type, [first, ...more]]) => {
    if (type === 'TXT' || !first) return []
    return [{ type, values: [first, ...more].map(({ value }) => value), ttl: Math.max(first.ttl, minTtl) }]
  })
}
