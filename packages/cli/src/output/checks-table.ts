import type { Check } from '@domainctl/core'
import { MEANING, markOf, recordOf, seenInShort, standingOf } from './check.ts'
import type { Paint } from './paint.ts'
import { within } from './prose.ts'
import { table } from './table.ts'
import { widthOf } from './text.ts'

/** Columns that the widest purpose (`delegation`) takes. */
const PURPOSE = 10
/** Of what is seen, in the table. */
const LONGEST_SEEN = 44
/** What is seen is left out where there is no more room than this. */
const NARROWEST = 12

/**
 * Checks as a table, a row each: what it is about, what is seen, and the code of what is wrong; or one or two lines for
 * each where the table is wider than the terminal.
 * @param columns of the terminal; none when there is none
 */
export function checksTable(checks: readonly Check[], paint: Paint, columns = Number.POSITIVE_INFINITY): string[] {
  if (checks.length === 0) return []
  const lines = table(
    [' ', 'CHECK', 'RECORD', 'SEEN', 'RESULT'],
    checks.map((check) => [
      markOf(check, paint),
      check.purpose,
      recordOf(check),
      seenInShort(check, LONGEST_SEEN),
      resultOf(check, paint),
    ]),
  )
  if (lines.every((line) => widthOf(line) <= columns)) return lines
  return checks.flatMap((check) => folded(check, paint, columns))
}

/** One line for a check: its mark, what it is about, and the code of what is wrong. */
export function checkLine(check: Check, paint: Paint): string {
  const code = check.problem === undefined ? '' : `: ${resultOf(check, paint)}`
  return `${markOf(check, paint)} ${check.purpose} ${recordOf(check)}${code}`
}

/** `ok`, or the code of what was found. */
function resultOf(check: Check, paint: Paint): string {
  const { problem } = check
  return problem === undefined ? (check.ok ? 'ok' : 'not right') : paint(MEANING[standingOf(check)], problem)
}

function folded(check: Check, paint: Paint, columns: number): string[] {
  const indent = ' '.repeat(PURPOSE + 4)
  const width = columns - indent.length
  const [first = '', ...rest] = within(recordOf(check), width)
  const head = [`${markOf(check, paint)} ${check.purpose.padEnd(PURPOSE)}  ${first}`, ...rest.map((line) => indent + line)]
  // Of what is right nothing more has to be said.
  if (check.ok && check.problem === undefined) return head
  const code = resultOf(check, paint)
  const room = width - widthOf(code) - 2
  const seen = room < NARROWEST ? '' : seenInShort(check, room)
  return [...head, `${indent}${code}${seen === '' ? '' : `  ${seen}`}`]
}
