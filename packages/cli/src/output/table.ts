import { type Elision, elided } from './elide.ts'
import { padTo, widthOf } from './text.ts'

/** How a table comes into the width of a terminal. Columns are known by their headings. */
export interface Fit {
  /** Of the terminal; without it everything is shown. */
  columns?: number | undefined
  /** Columns that go first, in this order, as far as they have to; and those without a value are not shown. */
  leaveOut?: readonly string[]
  /** Columns that are shortened then, the widest first. */
  shorten?: Readonly<Record<string, Elision>>
}

/** Before a column is shortened to less, others are left out: names are to be known by what is left of them. */
const READABLE = { middle: 24, end: 12 } as const satisfies Record<Elision, number>
/** On the narrowest of terminals. */
const NARROWEST = 8
const GAP = 2

/** Rows under a heading, columns aligned by what a terminal shows; the last column is not padded. */
export function table(heading: readonly string[], rows: readonly (readonly string[])[], fit: Fit = {}): string[] {
  const kept = keptColumns(heading, rows, fit)
  const lines = [heading, ...rows].map((cells) => kept.map((column) => cells[column] ?? ''))
  const widths = shortened(
    kept.map((_, column) => Math.max(0, ...lines.map((cells) => widthOf(cells[column] ?? '')))),
    kept.map((column) => fit.shorten?.[heading[column] ?? '']),
    fit.columns,
  )
  return lines.map((cells) =>
    cells
      .map((cell, i) => {
        const width = widths[i] ?? 0
        const where = fit.shorten?.[heading[kept[i] ?? -1] ?? '']
        return padTo(where === undefined ? cell : elided(cell, width, where), width)
      })
      .join(' '.repeat(GAP))
      .trimEnd(),
  )
}

/** Indexes of the columns that are shown. */
function keptColumns(heading: readonly string[], rows: readonly (readonly string[])[], fit: Fit): number[] {
  const { columns = Number.POSITIVE_INFINITY, leaveOut = [], shorten = {} } = fit
  const all = heading.map((_, column) => column)
  if (columns === Number.POSITIVE_INFINITY) return all
  const least = (column: number) => {
    const width = Math.max(widthOf(heading[column] ?? ''), ...rows.map((cells) => widthOf(cells[column] ?? '')))
    const where = shorten[heading[column] ?? '']
    return where === undefined ? width : Math.min(width, READABLE[where])
  }
  const isEmpty = (column: number) => rows.every((cells) => ['', '-'].includes(cells[column] ?? ''))
  let kept = all.filter((column) => !leaveOut.includes(heading[column] ?? '') || !isEmpty(column))
  for (const name of leaveOut) {
    const needed = kept.reduce((sum, column) => sum + least(column) + GAP, -GAP)
    if (needed <= columns) break
    kept = kept.filter((column) => heading[column] !== name)
  }
  return kept
}

/** Widths that fit: the widest of those that may be shortened gives way, column by column. */
function shortened(
  widths: readonly number[],
  where: readonly (Elision | undefined)[],
  columns = Number.POSITIVE_INFINITY,
): number[] {
  const fitting = [...widths]
  let tooMuch = widths.reduce((sum, width) => sum + width + GAP, -GAP) - columns
  const shortenTo = (least: (column: number) => number) => {
    while (tooMuch > 0) {
      const widest = fitting.reduce((found, width, i) => (width > Math.max(least(i), fitting[found] ?? 0) ? i : found), -1)
      if (widest < 0) break
      fitting[widest] = (fitting[widest] ?? 0) - 1
      tooMuch -= 1
    }
  }
  const leastOf = (column: number, least: (where: Elision) => number) => {
    const cut = where[column]
    return cut === undefined ? Number.POSITIVE_INFINITY : least(cut)
  }
  shortenTo((column) => leastOf(column, (cut) => READABLE[cut]))
  shortenTo((column) => leastOf(column, () => NARROWEST))
  return fitting
}
