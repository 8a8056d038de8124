import type { NeededRecord } from '@domainctl/core'
import type { Paint } from './paint.ts'
import { table } from './table.ts'
import { printable } from './text.ts'
import { zoneLine } from './zone-file.ts'

const MEANING = { ok: 'good', missing: 'bad', wrong: 'bad', unknown: 'faint' } as const

/** Records as a table with how each stood when it was last looked at. */
export function recordTable(records: readonly NeededRecord[], paint: Paint): string[] {
  return table(
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
}

/** Records that have to be made, as a table and as lines to copy into a zone file. */
export function recordsToCreate(records: readonly NeededRecord[], paint: Paint): string[] {
  const heading = records.length === 1 ? 'Create this DNS record:' : `Create these ${records.length} DNS records:`
  return [heading, ...recordTable(records, paint).map(indent), 'To copy into a zone file:', ...records.map(zoneLine).map(indent)]
}

function indent(line: string): string {
  return `  ${line}`
}
