import type { PanelForm, PlainRecord } from '@domainctl/core'
import { cut, steady, within } from './prose.ts'
import { padTo, widthOf } from './text.ts'
import { zoneLine } from './zone-file.ts'

/** A record that has to be made has a TTL; one that has to go has none. */
type Shown = PlainRecord & { ttl?: number }

/** Of what has to go: enough to know it again. */
const LONGEST_VALUE = 200

/**
 * A record as a line of a zone file, or as its parts, one a line, where that is too wide. What has to be made is to be
 * copied and stays whole, however wide it is.
 */
export function recordLines(record: Shown, width: number): string[] {
  const line = steady(zoneLine(record))
  const isWanted = record.ttl !== undefined
  if (widthOf(line) <= width && record.value.length <= LONGEST_VALUE) return [line]
  const { type, name, value, ttl } = record
  // What has to go may hold the very quotes and blanks that are its fault.
  const text = isWanted ? steady(value) : cut(steady(type === 'TXT' ? JSON.stringify(value) : value), LONGEST_VALUE)
  return [
    `type    ${type}${ttl === undefined ? '' : `, TTL ${ttl}`}`,
    ...parts('name', steady(name), isWanted, width),
    ...parts('value', text, isWanted, width),
  ]
}

function parts(label: string, text: string, isWanted: boolean, width: number): string[] {
  const lines = isWanted ? [text] : within(text, width - LABEL)
  return lines.map((line, i) => `${(i === 0 ? label : '').padEnd(LABEL)}${line}`)
}

const LABEL = 8

/** The fields of a panel, one a line, with what to mind there. */
export function panelLines({ fields, note }: PanelForm, width: number): string[] {
  const labels = Math.max(...fields.map(({ label }) => widthOf(label)))
  return [
    ...fields.map(({ label, value }) => `  ${padTo(label, labels)}  ${value === '' ? '(leave empty)' : steady(value)}`),
    ...(note === undefined ? [] : within(steady(note), width)),
  ]
}
