import { type CaBudget, windowText } from '@domainctl/core'
import type { Context } from '../context.ts'
import { when } from '../time.ts'
import { columnsOf } from './output.ts'
import type { Paint } from './paint.ts'
import { table } from './table.ts'
import { printable, shortened } from './text.ts'

/** So many lines a person reads; `--json` has them all. */
const MOST_LINES = 20

/** What is left of the limits of CAs, as a table under a heading; nothing where nothing is counted. */
export function budgetLines(budgets: readonly CaBudget[], { io, output: { paint } }: Pick<Context, 'io' | 'output'>): string[] {
  if (budgets.length === 0) return []
  // What has no room is what a person looks for.
  const sorted = budgets.toSorted((a, b) => Number(a.left > 0) - Number(b.left > 0))
  const others = sorted.length - MOST_LINES
  return [
    '',
    paint('strong', 'Left of the limits of the CA'),
    ...table(
      ['CA', 'LIMIT', 'LEFT', 'OF', 'NEXT AT'],
      sorted.slice(0, MOST_LINES).map((budget) => row(budget, io.now(), paint)),
      { columns: columnsOf(io), leaveOut: ['CA'], shorten: { CA: 'middle', LIMIT: 'middle' } },
    ),
    ...(others > 0 ? [`… and ${others} more: --json has them all.`] : []),
  ]
}

function row({ ca, counted, left, count, windowMs, nextAt }: CaBudget, now: Date, paint: Paint): string[] {
  return [
    new URL(ca).host,
    printable(shortened(counted)),
    paint(left > 0 ? 'good' : 'waiting', String(left)),
    `${count} in ${windowText(windowMs)}`,
    left > 0 ? 'now' : when(nextAt, now),
  ]
}
