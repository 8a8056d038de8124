import type { NeededRecord } from '@domainctl/core'
import type { Paint } from './paint.ts'
import { table } from './table.ts'
import { printable, widthOf } from './text.ts'
import { zoneLine } from './zone-file.ts'

const MEANING = { ok: 'good', missing: 'bad', wrong: 'bad', unknown: 'faint' } as const

/**
 * Records as a table with how each stood when it was last looked at, or two lines for each where the table is wider than
 * the terminal.
 * @param columns of the terminal; none when there is none
 */
export function recordTable(records: readonly NeededRecord[], paint: Paint, columns = Number.POSITIVE_INFINITY): string[] {
  const lines = table(
    ['PURPOSE', 'TYPE', 'NAME', 'VALUE', 'TTL', 'STATE'],
    records.map(({ purpose, type, name, value, ttl, state }) => [
      purpose,
      type,
      name,
      printable(value),
      String(ttl),
      paint(MEANING[state], state),
    ]),
  )
  return lines.every((line) => widthOf(line) <= columns) ? lines : records.flatMap((record) => inTwoLines(record, paint, columns))
}

function inTwoLines({ purpose, type, name, value, ttl, state }: NeededRecord, paint: Paint, columns: number): string[] {
  const what = `(${purpose}${state === 'unknown' ? '' : `, ${paint(MEANING[state], state)}`})`
  return [
    ...beside(`${type.padEnd(6)} ${name}`, what, columns),
    ...beside(`${MARGIN}${printable(value)}`, `(TTL ${ttl})`, columns),
  ]
}

/** What is to be copied stays whole, and alone on its line where there is no more room. */
function beside(text: string, more: string, columns: number): string[] {
  const line = `${text}  ${more}`
  return widthOf(line) <= columns ? [line] : [text, `${MARGIN}${more}`]
}

const MARGIN = ' '.repeat(7)

/** Records that have to be made, as a table and as lines to copy into a zone file. */
export function recordsToCreate(records: readonly NeededRecord[], paint: Paint, columns?: number): string[] {
  const heading = records.length === 1 ? 'Create this DNS record:' : `Create these ${records.length} DNS records:`
  return [
    heading,
    ...recordTable(records, paint, columns && columns - INDENT.length).map(indent),
    'To copy into a zone file:',
    ...records.map(zoneLine).map(indent),
  ]
}

const INDENT = '  '

function indent(line: string): string {
  return `${INDENT}${line}`
}
