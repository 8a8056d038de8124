import type { PanelForm, PlainRecord } from '@domainctl/core'
import { cut, steady, within } from './prose.ts'
import { table } from './table.ts'
import { padTo, widthOf } from './text.ts'

/** A record that has to be made. */
export type Wanted = PlainRecord & { ttl: number; panel?: PanelForm }

/** A label that stands left of what has to be copied, and what that is. */
type Field = readonly [label: string, value: string]

/** Of what has to go: enough to know it again. */
const LONGEST_VALUE = 200

/** The name as panels have it that add the zone by themselves; `@` is the zone itself. */
export function shortName(name: string, zone: string | undefined): string {
  if (name === zone) return '@'
  return zone !== undefined && name.endsWith(`.${zone}`) ? name.slice(0, -zone.length - 1) : name
}

/**
 * Records that have to be made: one as the fields of a form, several as a table where there is room, their TTL left to the
 * line above. What is to be copied stays whole, however wide it is.
 * @param o.whole say the whole name as well
 */
export function wantedLines(
  records: readonly Wanted[],
  o: { zone?: string | undefined; width: number; whole: boolean },
): string[] {
  const { zone, width, whole } = o
  if (records.length > 1 && records.every(({ type }) => type !== 'CAA')) {
    const rows = records.map(({ type, name, value }) => [type, steady(shortName(name, zone)), steady(value)])
    const lines = table(['type', 'name', 'value'], rows)
    if (lines.every((line) => widthOf(line) <= width)) return lines
  }
  return apart(
    records.map(({ type, name, value, ttl }) =>
      fieldLines([['type', type], ...nameFields(name, zone, whole), ...dataFields(type, value), ['TTL', String(ttl)]]),
    ),
  )
}

/** A record that is there and gets another value. */
export function editedLines(record: Wanted, old: PlainRecord, o: { zone?: string | undefined; width: number }): string[] {
  const was = within(seenValue(old), o.width - LABEL)
  return fieldLines([
    ['type', record.type],
    ...nameFields(record.name, o.zone, false),
    ...was.map((line, i): Field => [i === 0 ? 'now' : '', line]),
    ['new', steady(record.value)],
  ])
}

/** A record that has to go, on one line where there is room: enough to know it again. */
export function goneLines(record: PlainRecord, o: { zone?: string | undefined; width: number }): string[] {
  const name = steady(shortName(record.name, o.zone))
  const value = seenValue(record)
  const line = `${record.type}  ${name}  ${value}`
  if (widthOf(line) <= o.width) return [line]
  const start = `${record.type}  ${name}  `
  const room = o.width - widthOf(start)
  if (room >= NARROWEST) return [`${start}${cut(value, room)}`]
  return [
    `type    ${record.type}`,
    ...within(name, o.width - LABEL).map((part, i) => `${(i === 0 ? 'name' : '').padEnd(LABEL)}${part}`),
    ...within(value, o.width - LABEL).map((part, i) => `${(i === 0 ? 'value' : '').padEnd(LABEL)}${part}`),
  ]
}

/** The same as the forms of a panel, with what to mind there. */
export function panelLines(forms: readonly PanelForm[], width: number): string[] {
  const blocks = forms.map(({ fields }) => {
    const labels = Math.max(...fields.map(({ label }) => widthOf(label)))
    return fields.map(({ label, value }) => `  ${padTo(label, labels)}  ${value === '' ? '(leave empty)' : steady(value)}`)
  })
  const notes = new Set(forms.flatMap(({ note }) => note ?? []))
  return [...apart(blocks), ...[...notes].flatMap((note) => within(steady(note), width))]
}

const LABEL = 8
/** With fewer columns than this left, a value cannot be known again. */
const NARROWEST = 24

/** In quotes only where blanks are to be seen: there it may be the quotation marks that are the fault. */
function seenValue({ type, value }: PlainRecord): string {
  const hasBlanks = type === 'TXT' && (value === '' || /^\s|\s$|\s\s/.test(value))
  return cut(steady(hasBlanks ? JSON.stringify(value) : value), LONGEST_VALUE)
}

function nameFields(name: string, zone: string | undefined, whole: boolean): Field[] {
  const short = shortName(name, zone)
  return [
    ['name', steady(short)],
    ...(whole && short !== name && short !== '@' ? [['', `(in full: ${steady(name)})`] as const] : []),
  ]
}

/** RFC 8659 §4.1: a CAA value is three fields in every panel. */
function dataFields(type: string, value: string): Field[] {
  const [, flags, tag, text] = (type === 'CAA' && /^(\d{1,3}) ([a-z\d]+) "(.*)"$/i.exec(value)) || []
  if (flags === undefined || tag === undefined || text === undefined) return [['value', steady(value)]]
  return [
    ['flags', flags],
    ['tag', tag],
    ['value', steady(text)],
  ]
}

function fieldLines(fields: readonly Field[]): string[] {
  return fields.map(([label, value]) => `${label.padEnd(LABEL)}${value}`)
}

/** Lines of several records, one after the other. */
export function apart(blocks: readonly string[][]): string[] {
  return blocks.flatMap((lines, i) => (i === 0 ? lines : ['and:', ...lines]))
}
