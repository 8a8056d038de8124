import { cellKind } from '../cells.ts'
import type { CellKind } from '../kinds.ts'
import type { Findings } from './finding.ts'
import type { RawRow } from './inspection.ts'

const DAY_MS = 86_400_000
/** ACME is younger, and so is domainctl. */
const EARLIEST = Date.UTC(2015, 0)
/** What is planned, such as the next look at a domain, lies within the life of a certificate. */
const FARTHEST_PLAN_MS = 400 * DAY_MS
/** Clocks of machines differ by minutes. */
const SKEW_MS = DAY_MS

/** Looks at each value of a row; whether it can be read. */
export function checkCells(table: string, { id, values }: RawRow, { findings, now }: { findings: Findings; now: Date }): boolean {
  let isReadable = true
  for (const [column, value] of Object.entries(values)) {
    const kind = cellKind(table, column)
    if (!kind) continue
    const at = { table, row: id, column }
    const why = wrongIn(kind, value)
    if (why !== null) {
      isReadable = false
      findings.add({ severity: 'error', kind: 'value', ...at, what: `${column} ${why}.` })
      continue
    }
    const odd = typeof value === 'number' ? oddTime(kind, value, now) : null
    if (odd !== null) findings.add({ severity: 'warning', kind: 'implausible', ...at, what: `${column} ${odd}.` })
  }
  return isReadable
}

function wrongIn({ stored, json }: CellKind, value: unknown): string | null {
  const why = stored(value)
  if (why !== null || !json || typeof value !== 'string') return why
  try {
    return json(JSON.parse(value))
  } catch {
    return 'is not JSON'
  }
}

function oddTime({ time }: CellKind, ms: number, now: Date): string | null {
  if (time === undefined) return null
  const at = new Date(ms).toISOString()
  if (ms < EARLIEST) return `is ${at}, when there was no domainctl`
  const latest = now.getTime() + (time === 'past' ? SKEW_MS : FARTHEST_PLAN_MS)
  if (ms <= latest) return null
  return time === 'past' ? `is ${at}, which has not come yet` : `is ${at}, which nothing is planned for`
}
