import type { HealthReport, HealthSpanReport } from '@domainctl/core'
import { describeDuration, timestamp, when } from '../time.ts'
import type { Meaning, Paint } from './paint.ts'
import { table } from './table.ts'
import { printable } from './text.ts'

const MEANINGS: Record<HealthReport['state'] | HealthSpanReport['state'], Meaning> = {
  ok: 'good',
  failing: 'waiting',
  broken: 'bad',
  unknown: 'faint',
  unchecked: 'faint',
  unwatched: 'faint',
}

/** A line for each domain. */
export function knownHealthTable(domains: readonly HealthReport[], now: Date, paint: Paint, columns?: number): string[] {
  if (domains.length === 0) return []
  const rows = domains.map((report) => [
    printable(report.name),
    paint(MEANINGS[report.state], stateText(report)),
    uptimeText(report),
    report.checkedAt === undefined ? 'never' : when(new Date(report.checkedAt), now),
    problemText(report),
  ])
  const shorten = { NAME: 'middle', PROBLEM: 'end' } as const
  return table(['NAME', 'STATE', 'UP', 'CHECKED', 'PROBLEM'], rows, { columns, leaveOut: ['UP'], shorten })
}

/** All that is known of one domain; with spans, what checks have found. */
export function knownHealthDetails(report: HealthReport, now: Date, paint: Paint): string[] {
  const { name, state, since, checkedAt, nextCheckAt, history } = report
  const lines = [
    `${paint('strong', name)}  ${paint(MEANINGS[state], stateText(report))}`,
    ...(since === undefined ? [] : [`  since     ${when(new Date(since), now)}`]),
    ...(problemText(report) === '' ? [] : [`  problem   ${problemText(report)}`]),
    ...(report.problem?.message === undefined ? [] : [`            ${printable(report.problem.message)}`]),
    `  checked   ${checkedAt === undefined ? 'never' : when(new Date(checkedAt), now)}`,
    ...(nextCheckAt === undefined ? [] : [`  next      ${when(new Date(nextCheckAt), now)}`]),
    `  up        ${uptimeText(report)}${history.uptime === null ? '' : ` since ${timestamp(new Date(history.from))}`}`,
    ...(history.downSeconds > 0 ? [`  down      ${describeDuration(history.downSeconds * 1000)}`] : []),
  ]
  const rows = (history.spans ?? []).map((span) => [
    timestamp(new Date(span.from)),
    timestamp(new Date(span.to)),
    paint(MEANINGS[span.state], span.state),
    String(span.checks),
    span.ms ? `${span.ms.mean} ms` : '',
    [span.layer, span.code, span.address]
      .filter((part) => part !== undefined)
      .map(printable)
      .join(' '),
  ])
  return rows.length === 0 ? lines : [...lines, '', ...table(['FROM', 'TO', 'STATE', 'CHECKS', 'MEAN', 'FOUND'], rows)]
}

function stateText({ state, flapping }: HealthReport): string {
  return flapping ? `${state}, flapping` : state
}

function uptimeText({ history: { uptime } }: HealthReport): string {
  return uptime === null ? 'not measured' : `${uptime.toFixed(3)} %`
}

function problemText({ problem }: HealthReport): string {
  return [problem?.layer, problem?.code, problem?.address]
    .filter((part) => part !== undefined)
    .map(printable)
    .join(' ')
}
