import type { DomainctlError } from '@domainctl/core'
import { shortened } from '../text.ts'
import { endsSoon } from './ends-soon.ts'
import type { Entries, KeptEntry } from './entries.ts'
import { markdownRow, markdownText } from './markdown.ts'

/** A message that a CA or a provider wrote may be long, and stands in a table. */
const LONGEST_CELL = 1000

/**
 * The summary of a job in Markdown: a heading, and a table with what failed first.
 * @param o `room`: bytes that it may have; what does not fit is counted in its last line
 */
export function summaryOf(
  entries: Entries,
  o: { command: string; meaning: string; error?: DomainctlError; now: Date; room: number },
): string {
  const { failed, others, changed } = entries.count()
  const total = failed + others
  const counted = total === 0 ? '' : `${total} looked at or worked on, ${changed} changed, ${failed} failed.\n`
  const head = [
    `### ${markdownText(`domainctl ${o.command}`.trim())}: ${markdownText(o.meaning)}\n\n`,
    ...(o.error ? [`${markdownText(`${o.error.message} ${o.error.hint} (${o.error.code})`)}\n\n`] : []),
    ...(counted ? [`${counted}\n`] : []),
  ].join('')
  const rows = [...entries.failed().map((entry) => rowOf(entry, o.now)), ...entries.others().map((entry) => rowOf(entry, o.now))]
  if (rows.length === 0) return fits(head, o.room) ? head : ''
  const heading = '| name | result | certificate ends | what to do |\n|---|---|---|---|\n'
  return withRows(head + heading, rows, { total, room: o.room })
}

function withRows(head: string, rows: readonly string[], { total, room }: { total: number; room: number }): string {
  const andMore = (left: number) => `\nand ${left} more: see the log.\n`
  const ends = Buffer.byteLength(andMore(total)) + 1
  let size = Buffer.byteLength(head)
  if (size + ends > room) return ''
  const told: string[] = []
  for (const row of rows) {
    size += Buffer.byteLength(row)
    if (size + ends > room) break
    told.push(row)
  }
  const left = total - told.length
  return `${head}${told.join('')}${left > 0 ? andMore(left) : '\n'}`
}

function fits(text: string, room: number): boolean {
  return Buffer.byteLength(text) <= room
}

function rowOf({ name, what = '', changed, error, warnings = [], validity }: KeptEntry, now: Date): string {
  const ends = validity ? validity.notAfter.slice(0, 10) : ''
  const soon = validity && endsSoon(validity, now) ? `${ends}, soon` : ends
  const result = error ? error.code : changed ? `${what} (changed)`.trim() : what
  const todo = [...(error ? [error.message, error.hint] : []), ...warnings].join(' ')
  return markdownRow([shortened(name), result, soon, todo.length > LONGEST_CELL ? `${todo.slice(0, LONGEST_CELL)}…` : todo])
}
