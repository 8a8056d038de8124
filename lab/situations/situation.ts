import type { Check, Fix, NeededRecord } from '@domainctl/core'
import type { SituationsLab } from './lab.ts'
import { nameServerOf, type ZoneName, zoneTable } from './zones.ts'

/** A record as people write it: names without a final dot, TXT without quotes. */
export type Published = Pick<NeededRecord, 'name' | 'value'> & { type: Fix['type'] | 'MX'; ttl?: number }

/** What a situation is made with. */
export interface Making {
  lab: SituationsLab
  /** The name that is added. */
  name: string
  /** Those that it needs. */
  records: readonly NeededRecord[]
  /** Looks once, as people do before they have made the records. */
  verify(): Promise<Check[]>
}

/** One of the situations of issue 4, made for real, and what `verify` has to say about it. */
export interface Situation {
  /** What has happened, in words for docs/errors.md. */
  situation: string
  /** A code of docs/errors.md. */
  code: string
  actor: Check['actor']
  purpose: Check['purpose']
  /** The domain that is added, with an ownership TXT. */
  name: string
  /** Further flags of `add`. */
  flags?: readonly string[]
  /** The office's resolver is asked in place of the other one. */
  office?: boolean
  /** What the explanation names. */
  names: string
  /** Further codes of errors, which follow from it. */
  also?: readonly string[]
  /** Seconds after which waiting will have helped, of what was kept a moment ago. */
  waits?: number
  make(making: Making): Promise<void>
  /**
   * How it ends well. `fix`: the printed fix, as it stands. A function: what the explanation asks for where it is no record
   * of the zone, or what happens while one waits; a `wait` that is printed is then expected. Absent: nothing has to be done.
   */
  mend?: 'fix' | ((making: Making) => Promise<void>)
}

/** The zone of the lab that holds a name. */
function zoneOf(name: string): ZoneName {
  const found = zoneTable.find(([zone]) => name === zone || name.endsWith(`.${zone}`))
  if (!found) throw new Error(`${name} is in no zone of the situations`)
  return found[0]
}

/** Seconds, of records that are made without one. */
const TTL = 60

/** A record's data as RFC 1035 §5.1 writes it. */
export function dataOf({ type, value }: Published): string {
  if (type === 'TXT') return `"${value.replace(/["\\]/g, '\\$&')}"`
  return type === 'CNAME' || type === 'NS' || type === 'MX' ? `${value}.` : value
}

/** Takes records away and makes others, all at once, as a provider's panel does. */
export async function publish(lab: SituationsLab, made: readonly Published[], removed: readonly Published[] = []): Promise<void> {
  const changes = [
    ...removed.map((record) => ({ record, change: `delete ${record.name}. ${record.type} ${dataOf(record)}` })),
    ...made.map((record) => ({
      record,
      change: `add ${record.name}. ${record.ttl ?? TTL} ${record.type} ${dataOf(record)}`,
    })),
  ]
  for (const [zone, those] of Map.groupBy(changes, ({ record }) => zoneOf(record.name)))
    await lab.update(zone, ...those.map(({ change }) => change))
}

/** Does what a fix says, and that alone. */
export async function applyFix(lab: SituationsLab, { action, more = [], remove = [], ...first }: Fix): Promise<void> {
  const made = action === 'create' || action === 'change' ? [first, ...more] : []
  // Of a fix that removes, the record itself is the first of those that have to go.
  await publish(lab, made, action === 'remove' && remove.length === 0 ? [first] : remove)
}

/** Makes the records that a domain needs, one purpose in another way where it is given. */
export async function publishNeeded(
  { lab, records }: Pick<Making, 'lab' | 'records'>,
  otherwise: Partial<Record<NeededRecord['purpose'], (wanted: NeededRecord) => Published[]>> = {},
): Promise<void> {
  await publish(
    lab,
    records.flatMap((wanted) => otherwise[wanted.purpose]?.(wanted) ?? [plain(wanted)]),
  )
}

/** A record as it is wanted. */
export function plain({ name, type, value }: Pick<NeededRecord, 'name' | 'type' | 'value'>): Published {
  return { name, type, value }
}

/** What a server is called in the zone of a name. */
export const serverFor = (name: string, role: Parameters<typeof nameServerOf>[1]) => nameServerOf(zoneOf(name), role)
