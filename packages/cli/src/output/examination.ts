import type { Check, DomainReport } from '@domainctl/core'
import type { Context } from '../context.ts'
import type { NameResult, Outcome, Overview } from '../verb.ts'
import { standingOf } from './check.ts'
import { checksTable } from './checks-table.ts'
import { shownName } from './domain.ts'
import { whatToFix } from './fixes.ts'
import { mark } from './marks.ts'
import { columnsOf } from './output.ts'
import type { Paint } from './paint.ts'
import { cut, steady, within } from './prose.ts'
import { table } from './table.ts'
import { printable, shortened, widthOf } from './text.ts'

/** What `verify` and `doctor` saw of one name. */
export interface Examined {
  name: string
  domain: DomainReport | null
  checks: readonly Check[]
}

/** The name, its checks as a table, and what has to be done. */
export function describeExamination({ name, domain, checks }: Examined, { io, output }: Context): string[] {
  const { paint, verbose } = output
  const columns = columnsOf(io)
  const title = domain ? `${shownName(domain)} (${domain.status})` : `${printable(shortened(name))} (not in the state)`
  return [
    paint('strong', title),
    ...checksTable(checks, paint, columns),
    ...whatToFix(checks, { paint, now: io.now(), columns, verbose }),
  ]
}

/** How many names with something wrong are told in detail, where there are several. */
const MOST_DETAILED = 20

/** Several names: a table with a line each; in detail only those with something wrong, as many as a person reads. */
export function examinationOverview<T extends Outcome>({ io, output: { paint } }: Context): Overview<T> {
  return {
    row: (result) => overviewRow(result, paint),
    table: (rows) => overviewTable(rows, columnsOf(io)),
    mostDetailed: MOST_DETAILED,
    andMore: (others) => ['', `… and ${others} more: domainctl verify NAME has the details of one, --json those of all.`],
  }
}

function overviewRow(result: NameResult<Outcome>, paint: Paint): string[] {
  const { domain, error, checks = [] } = result
  const standing = error ? 'wrong' : checks.some((check) => standingOf(check) === 'warning') ? 'warning' : 'right'
  const codes = [...new Set(checks.flatMap((check) => (standingOf(check) === 'info' ? [] : (check.problem ?? []))))]
  return [
    mark(paint, ({ wrong: 'fail', warning: 'warn', right: 'ok' } as const)[standing]),
    domain ? printable(domain.unicodeName) : printable(shortened(result.name)),
    domain?.status ?? '-',
    checks.length > 0 ? `${checks.filter(({ ok }) => ok).length} of ${checks.length}` : '-',
    steady(codes.join(', ') || (error?.code ?? '')),
  ]
}

function overviewTable(rows: readonly string[][], columns = Number.POSITIVE_INFINITY): string[] {
  const lines = table([' ', 'NAME', 'STATUS', 'RIGHT', 'FOUND'], rows)
  if (lines.every((line) => widthOf(line) <= columns)) return lines
  return rows.flatMap(([mark = '', name = '', status, count, found]) => [
    `${mark} ${cut(name, Math.max(columns - 2, 1))}`,
    ...within(`${status}, ${count} right${found && `: ${found}`}`, columns - 4).map((line) => `    ${line}`),
  ])
}
