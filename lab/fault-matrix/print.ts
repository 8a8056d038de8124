import { FAULTS, REQUESTS, type Request } from './faults.ts'
import type { Row } from './table.ts'

/** What was found for one fault, where the first request of a kind met it and where each of them did. */
export interface PrintedRow {
  row: Row
  outcomes: Partial<Record<`${Request} ${'first' | 'each'}`, string>>
}

/** The matrix as a table for people, its columns as wide as they have to be. */
export function printMatrix(rows: readonly PrintedRow[]): string {
  const lines = [
    ['fault', ...REQUESTS],
    ...rows.map(({ row, outcomes }) => [
      FAULTS[row.fault].title,
      ...REQUESTS.map((request) => {
        const found = [outcomes[`${request} first`], outcomes[`${request} each`]].filter((one) => one !== undefined)
        return [...new Set(found)].join(' / ') || '·'
      }),
    ]),
  ]
  const widths = lines[0]?.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0))) ?? []
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
