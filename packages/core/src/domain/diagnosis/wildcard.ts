import { parentOf } from '../names.ts'
import { cut } from './canonical.ts'
import type { Finding, PlainRecord } from './finding.ts'
import type { Sighting } from './record.ts'
import type { Shown } from './route.ts'
import { andMore, safe } from './sentence.ts'

/** A name that nobody makes. */
const NOBODYS = 'domainctl-no-such-record'

/** A name has room for so many characters (RFC 1035 §2.3.4). */
const LONGEST_NAME = 253

/**
 * Names that nobody makes, beside the name and below it: a wildcard that answers for the name answers for both. What is
 * made at the name itself leaves nothing below it for a wildcard above (RFC 4592 §2.2.1). Undefined where no wildcard can
 * answer: at an apex, and at a wildcard.
 */
export function controlsOf(name: string, zone: string): { beside: string; below?: string } | undefined {
  if (name === zone || name.startsWith('*.')) return undefined
  const [beside, below] = [`${NOBODYS}.${parentOf(name)}`, `${NOBODYS}.${name}`]
  if (beside.length > LONGEST_NAME) return undefined
  return { beside, ...(below.length <= LONGEST_NAME && { below }) }
}

/** Whether a control shows what the name shows, and that is something: then a wildcard answers. */
export function isAlike(seen: Pick<Sighting, 'values' | 'cname'>, control: Pick<Sighting, 'values' | 'cname'>): boolean {
  const [a, b] = [shownBy(seen), shownBy(control)]
  return a.length > 0 && a.length === b.length && a.every((one, i) => one === b[i])
}

function shownBy({ values, cname }: Pick<Sighting, 'values' | 'cname'>): string[] {
  return [...new Set([...values, ...(cname === undefined ? [] : [`CNAME ${cname}`])])].toSorted()
}

/** What a server would show if there were no wildcard: nothing at all stands at the name. */
export function withoutWildcard({ cname, ...seen }: Shown): Shown {
  if (seen.usable) return { ...seen, rcode: 'NXDOMAIN', values: [] }
  return { ...seen, ...(cname !== undefined && { cname }) }
}

/** The finding of a record that is not there, where a wildcard answers in its place and has to stay. */
export function besideWildcard(finding: Finding, answers: readonly Pick<PlainRecord, 'type' | 'value'>[]): Finding {
  const { explanation, advice = [], remove: _, ...rest } = finding
  const step = `What answers there is a wildcard record, one whose name begins with "*." (${named(answers)}): leave it, your other names may need it. A record of the name's own goes before it.`
  return { ...rest, explanation: `${explanation} ${step}`, advice: [...advice, step] }
}

/**
 * What to know of a record that is missing below `base`, where a wildcard serves `base`: as soon as the record is made, `base`
 * exists, and gets nothing from the wildcard any more.
 */
export function keptServed(base: string, served: readonly Pick<PlainRecord, 'type' | 'value'>[]): string {
  return `${base} has no record of its own: a wildcard answers for it (${named(served)}), and stops as soon as a record exists below ${base} (RFC 4592 §2.2.1). Make the records of ${base} that are given as well, or nobody will reach it.`
}

function named(records: readonly Pick<PlainRecord, 'type' | 'value'>[]): string {
  return andMore([...new Set(records.map(({ type, value }) => safe(`${type} ${cut(value)}`)))])
}
