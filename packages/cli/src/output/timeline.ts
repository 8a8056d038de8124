import type { AuditEventName, AuditLine } from '@domainctl/core'
import { clock, describeDuration, localDate, weekday, withLocalTimes } from '../time.ts'
import { type Mark, mark } from './marks.ts'
import type { Paint } from './paint.ts'
import { cut, within } from './prose.ts'
import { padTo, printable, widthOf } from './text.ts'

/** What an event means for whoever reads along; of all others something has changed, and nobody has to do anything. */
const MARKS: Readonly<Partial<Record<AuditEventName, Mark>>> = {
  'domain.verified': 'ok',
  'domain.resumed': 'ok',
  'certificate.stored': 'ok',
  'deployment.done': 'ok',
  'account.confirmed': 'ok',
  'domain.gave_up': 'fail',
  'notice.gave_up': 'fail',
  'order.failed': 'fail',
  'order.ended': 'fail',
  'record.failed': 'fail',
  'deployment.failed': 'fail',
  'account.key_refused': 'fail',
  'ca.no_failover': 'fail',
  'domain.not_ready': 'warn',
  'domain.suspended': 'warn',
  'order.interrupted': 'warn',
  'order.possible_duplicate': 'warn',
  'order.replaces_refused': 'warn',
  'order.postponed': 'warn',
  'ca.failover': 'warn',
  'record.left': 'warn',
  'record.late': 'warn',
  'record.abandoned': 'warn',
  'deployment.interrupted': 'warn',
  'certificate.revoked': 'warn',
}

/** The mark of an event; one of a later version is shown as a change as well. */
export function eventMark(event: string): Mark {
  // The journal's own lines come before each step, and would hide what came of it.
  if (/[._](?:planned|began)$/.test(event)) return 'wait'
  return (MARKS as Readonly<Record<string, Mark>>)[event] ?? 'changed'
}

/** What was said of an event has at least so much room beside it; else it stands below. */
const LEAST_MESSAGE = 32
/** Of what was said, unless all of it is asked for. */
const MOST_LINES = 3
const INDENT = '  '
const GAP = '  '

/**
 * Lines of the audit under the days on which they happened, in local time: when, how long after the line before, what, who.
 * @param o `columns` of the terminal, without one nothing is folded; `isOfAll`: with the number and the domain of each; `whole`: of
 * what was said no more than a person reads is left out
 */
export function timeline(
  events: readonly AuditLine[],
  paint: Paint,
  o: { columns?: number | undefined; isOfAll?: boolean; whole?: boolean } = {},
): string[] {
  const { columns = Number.POSITIVE_INFINITY, isOfAll = false, whole = false } = o
  const rows = events.map(({ seq, at, event, who, domain, domainId, message }, i) => ({
    at,
    before: events[i - 1]?.at,
    cells: [
      ...(isOfAll ? [String(seq)] : []),
      clock(at, 'seconds'),
      gapBetween(events[i - 1]?.at, at),
      mark(paint, eventMark(event)),
      printable(event),
      ...(isOfAll ? [printable(domain ?? domainId ?? '-')] : []),
      printable(who),
    ],
    message: withLocalTimes(printable(message)),
  }))
  const all = (rows[0]?.cells ?? []).map((_, column) => Math.max(...rows.map(({ cells }) => widthOf(cells[column] ?? ''))))
  const needed = (widths: readonly number[]) => widths.reduce((sum, width) => sum + width + GAP.length, INDENT.length)
  // On the narrowest of terminals who did it, which comes last, has no room: --json has it.
  const widths = needed(all) - GAP.length > columns ? all.slice(0, -1) : all
  const lead = needed(widths)
  const isBeside = columns - lead >= LEAST_MESSAGE
  const below = INDENT.length + widths.slice(0, isOfAll ? 4 : 3).reduce((sum, width) => sum + width + GAP.length, 0)
  return rows.flatMap(({ at, before, cells, message }) => {
    const day = localDate(at)
    const head = before && localDate(before) === day ? [] : dayLines(at, before, paint)
    const line =
      INDENT +
      cells
        .slice(0, widths.length)
        .map((cell, column) => padTo(cell, widths[column] ?? 0))
        .join(GAP)
    const room = columns - (isBeside ? lead : below)
    const told = within(message, room)
    const said = whole || told.length <= MOST_LINES ? told : told.slice(0, MOST_LINES)
    if (said.length < told.length) said.push(cut(`${said.pop()} …`, room))
    const [first = '', ...rest] = isBeside ? said : ['', ...said]
    const margin = ' '.repeat(isBeside ? lead : below)
    return [...head, `${line}${GAP}${first}`.trimEnd(), ...rest.map((text) => margin + text)]
  })
}

function dayLines(at: Date, before: Date | undefined, paint: Paint): string[] {
  const days = before === undefined ? 0 : Math.round((Date.parse(localDate(at)) - Date.parse(localDate(before))) / 86_400_000)
  const later = days > 1 ? `, ${days} days later` : ''
  return [...(before === undefined ? [] : ['']), `${paint('strong', `${localDate(at)} ${weekday(at)}`)}${later}`]
}

/** `+7 seconds`; nothing for what follows at once, and for lines of machines whose clocks differ. */
function gapBetween(before: Date | undefined, at: Date): string {
  const ms = before === undefined ? 0 : at.getTime() - before.getTime()
  return ms < 1000 ? '' : `+${describeDuration(ms).replace(/ (\w)\w*$/, (_, unit: string) => ` ${unit === 'm' ? 'min' : unit}`)}`
}
