import type { Check, DomainReport } from '@domainctl/core'
import type { NameResult, Outcome, Overview } from '../batch.ts'
import type { Context } from '../context.ts'
import { when } from '../time.ts'
import { MEANING, standingOf } from './check.ts'
import { checksTable } from './checks-table.ts'
import { shownName } from './domain.ts'
import { whatToFix } from './fixes.ts'
import { columnsOf } from './output.ts'
import { cut, steady, within } from './prose.ts'
import { table } from './table.ts'
import { printable, shortened, widthOf } from './text.ts'

/** What `verify` and `doctor` saw of one name. */
export interface Examined {
  name: string
  domain: DomainReport | null
  checks: readonly Check[]
}

/** The name, its checks as a table, what has to be done, and when the next look is due. */
export function describeExamination({ name, domain, checks }: Examined, { io, output }: Context): string[] {
  const { paint, verbose } = output
  const now = io.now()
  const columns = columnsOf(io)
  const title = domain ? `${shownName(domain)} (${domain.status})` : `${printable(shortened(name))} (not in the state)`
  const next = domain?.nextActionAt === undefined ? undefined : new Date(domain.nextActionAt)
  const isWaiting = checks.some(({ ok }) => !ok) && next !== undefined && next > now
  return [
    paint('strong', title),
    ...checksTable(checks, paint, columns),
    ...whatToFix(checks, { paint, now, columns, verbose }),
    ...(isWaiting ? ['', ...within(`The next look is due ${when(next, now)}.`, columns ?? Number.POSITIVE_INFINITY)] : []),
  ]
}

/** How many names with something wrong are told in detail, where there are several. */
const MOST_DETAILED = 20

/** Several names: a table with a line each; in detail only those with something wrong, as many as a person reads. */
export function examinationOverview<T extends Outcome>(results: readonly NameResult<T>[], context: Context): Overview<T> {
  const failed = results.filter(({ error }) => error !== undefined)
  const others = failed.length - MOST_DETAILED
  return {
    before: overviewTable(results, context),
    detailed: failed.slice(0, MOST_DETAILED),
    after: others > 0 ? ['', `… and ${others} more: domainctl verify NAME has the details of one, --json those of all.`] : [],
  }
}

function overviewTable(results: readonly NameResult<Outcome>[], { io, output: { paint } }: Context): string[] {
  const columns = columnsOf(io) ?? Number.POSITIVE_INFINITY
  const rows = results.map((result) => {
    const { domain, error, checks = [] } = result
    const standing = error ? 'wrong' : checks.some((check) => standingOf(check) === 'warning') ? 'warning' : 'right'
    const codes = [...new Set(checks.flatMap((check) => (standingOf(check) === 'info' ? [] : (check.problem ?? []))))]
    return {
      mark: paint(MEANING[standing], { wrong: '✖', warning: '!', right: '✔' }[standing]),
      name: domain ? printable(domain.unicodeName) : printable(shortened(result.name)),
      status: domain?.status ?? '-',
      count: checks.length > 0 ? `${checks.filter(({ ok }) => ok).length} of ${checks.length}` : '-',
      found: steady(codes.join(', ') || (error?.code ?? '')),
    }
  })
  const lines = table(
    [' ', 'NAME', 'STATUS', 'RIGHT', 'FOUND'],
    rows.map(({ mark, name, status, count, found }) => [mark, name, status, count, found]),
  )
  if (lines.every((line) => widthOf(line) <= columns)) return lines
  return rows.flatMap(({ mark, name, status, count, found }) => [
    `${mark} ${cut(name, Math.max(columns - 2, 1))}`,
    ...within(`${status}, ${count} right${found && `: ${found}`}`, columns - 4).map((line) => `    ${line}`),
  ])
}
