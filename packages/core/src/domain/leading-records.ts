import { canonicalWanted } from './diagnosis/canonical.ts'
import type { DomainName, RecordPurpose, ReplacedRRset } from './model.ts'
import { recordsOfName } from './records.ts'

/**
 * The types by which a name leads somewhere. A CNAME excludes the others (RFC 1034 §3.6.2), and of an address of a family that
 * nobody asked for visitors come to somewhere else: so what a name has of these is judged, and replaced, as one.
 */
export const LEADING_TYPES: readonly ReplacedRRset['type'][] = ['CNAME', 'A', 'AAAA']

/** RRsets of one name, a type at most once. */
export type RRsets = readonly ReplacedRRset[]

/** One value of a name in the form in which values are compared, with its type. */
export type ValueKey = string

export function valueKey(type: string, value: string): ValueKey {
  return `${type} ${canonicalWanted(type, value)}`
}

/** What stands at a name, seen from what is wanted there and what is ours of it. */
export type Standing = 'wanted' | 'nothing' | 'ours' | 'foreign'

/**
 * Judges what stands at a name: `wanted` exactly that · `nothing` · `ours` only what domainctl made for the same domain
 * before · `foreign` anything else, also what is wanted among others, or only a part of it.
 * @param ours values that the journal has for this name
 */
export function judgeStanding(standing: RRsets, wanted: RRsets, ours: ReadonlySet<ValueKey>): Standing {
  if (isSame(standing, wanted)) return 'wanted'
  if (standing.length === 0) return 'nothing'
  return keysOf(standing).every((key) => ours.has(key)) ? 'ours' : 'foreign'
}

/**
 * What has to be put back one day when all that stands there is replaced now. What the journal has of it already is never
 * lost to a repetition, however far the first attempt came, nor taken for what domainctl itself put in its place.
 * @param ours values that the journal has for this name
 * @param before what the journal has as replaced
 */
export function previousAfter(standing: RRsets, ours: ReadonlySet<ValueKey>, before: RRsets): RRsets {
  const known = new Set(keysOf(before))
  const isMade = (key: ValueKey) => ours.has(key) && !known.has(key)
  const foreign = only(standing, (key) => !isMade(key))
  if (keysOf(foreign).every((key) => known.has(key))) return before
  // Where nothing of ours stands, what stands has come since: what was there before that is nobody's any more.
  return keysOf(standing).some(isMade) ? merged(before, foreign) : foreign
}

/**
 * How a name comes back to what it had. `put-back` all that stands goes, and what was replaced comes · `take-away` only `take`
 * goes, because others have added to it since · `done` it is there already · `leave` nothing of ours stands there any more.
 */
export type WayBack = { act: 'put-back' | 'done' | 'leave' } | { act: 'take-away'; take: RRsets }

/**
 * Decides how to come back from what stands there.
 * @param o.isUnderway the journal does not say that ours was there (`planned`), or says that it was about to go (`removing`):
 * then nothing, or a part of what was there, may stand at the name because of us
 */
export function wayBack(standing: RRsets, o: { ours: ReadonlySet<ValueKey>; previous: RRsets; isUnderway: boolean }): WayBack {
  const { ours, previous, isUnderway } = o
  if (isSame(standing, previous)) return { act: 'done' }
  const known = new Set(keysOf(previous))
  const keys = keysOf(standing)
  if (keys.every((key) => ours.has(key) || known.has(key))) {
    return { act: isUnderway || keys.some((key) => ours.has(key)) ? 'put-back' : 'leave' }
  }
  const take = only(standing, (key) => ours.has(key) && !known.has(key))
  return take.length > 0 ? { act: 'take-away', take } : { act: 'leave' }
}

/** The names with what was seen of these records forgotten, since they were taken away; the same ones where nothing was. */
export function unproven(names: readonly DomainName[], gone: readonly Named[]): DomainName[] {
  return names.map((name) => {
    const records = recordsOfName(name)
    const stale = (['routing', 'delegation'] as const).filter((purpose) => {
      const isGone = records.some((record) => gone.some((one) => one.purpose === purpose && isOneRecord(one, record)))
      return isGone && name[purpose]?.state === 'ok'
    })
    return stale.reduce<DomainName>((rest, purpose) => forgotten(rest, purpose), name)
  })
}

type Named = { purpose: RecordPurpose; name: string }

function isOneRecord(one: Named, other: Named): boolean {
  return one.purpose === other.purpose && one.name === other.name
}

function forgotten(name: DomainName, purpose: 'routing' | 'delegation'): DomainName {
  const { checkedAt: _, ...proof } = name[purpose] ?? {}
  return { ...name, [purpose]: { ...proof, state: 'unknown' } }
}

/** Whether two lists have the same values, in whatever order and spelling; TTL and proxy aside. */
export function isSame(one: RRsets, other: RRsets): boolean {
  const [ones, others] = [new Set(keysOf(one)), new Set(keysOf(other))]
  return ones.size === others.size && [...ones].every((key) => others.has(key))
}

export function keysOf(rrsets: RRsets): ValueKey[] {
  return rrsets.flatMap(({ type, values }) => values.map((value) => valueKey(type, value)))
}

/** The sets with those values alone that are to stay; none without values. */
function only(rrsets: RRsets, stays: (key: ValueKey) => boolean): ReplacedRRset[] {
  return rrsets
    .map((rrset) => ({ ...rrset, values: rrset.values.filter((value) => stays(valueKey(rrset.type, value))) }))
    .filter(({ values }) => values.length > 0)
}

/** Both, each value once; of a set that both have, the TTL and the proxy of the first. */
function merged(one: RRsets, other: RRsets): ReplacedRRset[] {
  const known = new Set(keysOf(one))
  const fresh = only(other, (key) => !known.has(key))
  const grown = one.map((rrset) => ({
    ...rrset,
    values: [...rrset.values, ...fresh.flatMap(({ type, values }) => (type === rrset.type ? values : []))],
  }))
  return [...grown, ...fresh.filter(({ type }) => one.every((rrset) => rrset.type !== type))]
}
