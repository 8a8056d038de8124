import { setTimeout as pause } from 'node:timers/promises'
import { type AuditLine, type AuditPaging, type AuditQuery, type Domainctl, DomainctlError } from '@domainctl/core'
import { type AuditFlags, auditPaging, auditQuery } from '../audit-flags.ts'
import type { Context } from '../context.ts'
import { jsonText } from '../output/json-text.ts'
import { writeAll } from '../output/long-document.ts'
import { mark } from '../output/marks.ts'
import type { Output } from '../output/output.ts'
import { columnsOf } from '../output/output.ts'
import { runnerText } from '../output/runner-text.ts'
import { printable } from '../output/text.ts'
import { eventMark, timeline } from '../output/timeline.ts'
import { hasGone } from '../output-failure.ts'
import { timestamp } from '../time.ts'

export interface AuditCommandFlags extends AuditFlags {
  domain?: string
  allTenants?: boolean
  jsonl?: boolean
  follow?: boolean
}

/** Lines that an export has in memory at a time. */
const EXPORT_PAGE = 1000
const MOST_EXPORTED = 999_999_999
/** How long `--follow` waits before it looks again, in ms. */
const LOOKS_AGAIN_AFTER = 1000

/** `audit`: what happened in the whole state; a page, or all of it as JSON lines. */
export async function audit(context: Context, flags: AuditCommandFlags): Promise<number> {
  const { io, output } = context
  const isStream = flags.jsonl === true || flags.follow === true
  if (isStream && output.json) throw oneForm(flags)
  const query: AuditQuery = {
    ...auditQuery(context, flags),
    ...(flags.allTenants && { tenant: null }),
    ...(flags.domain !== undefined && { domain: flags.domain }),
  }
  const paging = auditPaging(flags, isStream ? MOST_EXPORTED : undefined)
  if (isStream) return await stream(context, query, { paging, flags })
  const { events, next } = await (await context.domainctl()).audit(query, paging)
  if (output.json) output.document({ events, next })
  else if (events.length === 0) output.note('No line of the audit fits.')
  else output.print(...timeline(events, output.paint, { columns: columnsOf(io), whole: output.verbose, isOfAll: true }))
  if (next !== null) output.note(`There are more: repeat with ${paging.after === undefined ? '--before' : '--after'} ${next}`)
  return 0
}

/** A line for itself, as it comes. */
function lineOf({ seq, at, who, domain, domainId, event, message }: AuditLine, { paint, signs }: Output): string {
  const where = printable(domain ?? domainId ?? '-')
  const cells = [String(seq), timestamp(at), mark(paint, eventMark(event)), printable(event), where, printable(who)]
  return `${signs(cells.join('  '))}  ${printable(message)}\n`
}

/** All that fits, page by page, and with `--follow` whatever comes; it ends when the reader has gone. */
async function stream(
  { io, output, domainctl }: Context,
  query: AuditQuery,
  { paging, flags }: { paging: AuditPaging; flags: AuditCommandFlags },
): Promise<number> {
  if (paging.before !== undefined) {
    const what = flags.jsonl ? 'JSON lines are' : 'What --follow prints is'
    throw new DomainctlError('USAGE', `${what} read forward: --before does not fit.`, { hint: 'Use --after or --until.' })
  }
  const engine = await domainctl()
  const show = flags.jsonl
    ? (lines: readonly AuditLine[]) => lines.map((line) => `${jsonText(line)}\n`).join('')
    : (lines: readonly AuditLine[]) => runnerText(lines.map((line) => lineOf(line, output)).join(''))
  let left = paging.limit ?? MOST_EXPORTED
  let after = paging.after ?? (flags.jsonl ? 0 : await beforeTheLast(engine, query))
  while (left > 0 && !hasGone(io.stdout)) {
    const { events, next } = await engine.audit(query, { after, limit: Math.min(left, EXPORT_PAGE) })
    if (events.length > 0) await writeAll(io.stdout, show(events))
    left -= events.length
    after = events.at(-1)?.seq ?? after
    if (next !== null) {
      io.signal.throwIfAborted()
      continue
    }
    if (!flags.follow || !(await looksAgain(io.signal))) break
  }
  if (flags.jsonl && !flags.follow && left === 0) output.note(`Go on with the same command and --after ${after}.`)
  return 0
}

/** Where `--follow` begins for people: with the last ten lines. */
async function beforeTheLast(engine: Domainctl, query: AuditQuery): Promise<number> {
  const { events } = await engine.audit(query, { limit: 10 })
  return (events[0]?.seq ?? 1) - 1
}

/** False: the person has seen enough, which is how following ends. */
async function looksAgain(signal: AbortSignal): Promise<boolean> {
  return await pause(LOOKS_AGAIN_AFTER, true, { signal }).catch(() => false)
}

function oneForm({ jsonl }: AuditCommandFlags): DomainctlError {
  return new DomainctlError('USAGE', `--json prints one document, ${jsonl ? '--jsonl' : '--follow'} many.`, {
    hint: 'Leave --json out; --jsonl --follow prints JSON lines as they come.',
  })
}
