/** How even counts are: their standard deviation as a share of their mean (coefficient of variation). */
export function variation(counts: readonly number[]): number {
  const mean = counts.reduce((sum, count) => sum + count, 0) / counts.length
  const variance = counts.reduce((sum, count) => sum + (count - mean) ** 2, 0) / counts.length
  return Math.sqrt(variance) / mean
}

/** Counts of so many hours in one. A last one that is not whole is left out. */
export function inSpans(hours: readonly number[], length: number): number[] {
  return Array.from({ length: Math.floor(hours.length / length) }, (_, i) =>
    hours.slice(i * length, (i + 1) * length).reduce((sum, count) => sum + count, 0),
  )
}

/** The least even of all spans of `length` counts that have at least half of them left. */
export function leastEven(hours: readonly (number | null)[], length: number): number {
  let worst = 0
  for (let from = 0; from + length <= hours.length; from += 24) {
    const span = hours.slice(from, from + length).filter((count) => count !== null)
    if (span.length * 2 >= length) worst = Math.max(worst, variation(span))
  }
  return worst
}
