import type { AppliedRecord, ReplacedRRset, Unapplication } from '@domainctl/core'
import { quote } from '../quote.ts'
import type { Paint } from './paint.ts'
import { hanging } from './prose.ts'
import { recordsToCreate } from './records.ts'
import { table } from './table.ts'
import { printable } from './text.ts'
import { zoneLine } from './zone-file.ts'

const OUTCOME = { made: 'made', replaced: 'replaced', kept: 'kept', 'by-hand': 'by hand' } as const
const MEANING = { made: 'good', replaced: 'waiting', kept: 'faint', 'by-hand': 'bad' } as const

/**
 * What `add --apply` did about each record, what it replaced and how that comes back, and what is left to a person.
 * @param o `chosen`: flags that the command which puts it back needs as well, see `chosenPlaces`
 */
export function appliedLines(
  o: { name: string; records: readonly AppliedRecord[]; warnings: readonly string[]; chosen: string },
  paint: Paint,
  columns?: number,
): string[] {
  const { name, records, warnings, chosen } = o
  if (records.length === 0) return ['No record has to be made beforehand.', ...notes(warnings, paint, columns)]
  const rows = records.map(({ outcome, type, name, value, provider }) => [
    paint(MEANING[outcome], OUTCOME[outcome]),
    type,
    name,
    printable(value),
    provider,
  ])
  const replaced = records.flatMap(({ name, previous = [] }) => previous.flatMap((rrset) => zoneLinesOf(name, rrset)))
  const byHand = records.filter(({ outcome }) => outcome === 'by-hand')
  return [
    ...table(['RECORD', 'TYPE', 'NAME', 'VALUE', 'PROVIDER'], rows, {
      columns: columns && columns - 2,
      leaveOut: ['PROVIDER'],
      shorten: { NAME: 'middle', VALUE: 'middle' },
    }).map((line) => `  ${line}`),
    ...notes(warnings, paint, columns),
    ...(replaced.length > 0
      ? [
          'Replaced, as lines of a zone file:',
          ...replaced.map((line) => `  ${line}`),
          `To put it back: ${paint('strong', `domainctl add ${quote(name)} --unapply${chosen}`)}`,
        ]
      : []),
    ...(byHand.length > 0
      ? recordsToCreate(
          byHand.map((record) => ({ ...record, state: 'missing' as const })),
          paint,
          columns,
        )
      : []),
  ]
}

/** What was taken away, and what was put back in its place. */
export function takenBackLines(
  { removed, restored, warnings }: Pick<Unapplication, 'removed' | 'restored' | 'warnings'>,
  paint: Paint,
): string[] {
  return [
    ...removed.map(({ type, name, value }) => `  taken away: ${type} ${name} ${printable(value)}`),
    ...restored.flatMap(({ name, ...rrset }) => zoneLinesOf(name, rrset).map((line) => `  put back: ${line}`)),
    ...notes(warnings, paint),
  ]
}

export function notes(warnings: readonly string[], paint: Paint, columns?: number): string[] {
  return warnings.flatMap((text) => hanging(printable(text), { lead: `  ${paint('waiting', 'note')}: `, columns }))
}

/** A zone file knows no proxy: that is a comment there. */
function zoneLinesOf(name: string, { type, values, ttl, proxied }: ReplacedRRset): string[] {
  return values.map((value) => `${printable(zoneLine({ name, type, value, ttl }))}${proxied ? ' ; proxied' : ''}`)
}
