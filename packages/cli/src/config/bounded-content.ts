/** Deeper than any setting, and shallow enough for whoever goes through it by recursion; of YAML the parser has this bound as well. */
export const DEEPEST = 100

/** What aliases may add to a file. Without them it has no more values than characters. */
const MOST_BY_ALIASES = 100_000

/**
 * Refuses data that is far more than the file it stands in: a few lines of YAML aliases of aliases are more values than any memory
 * holds, for whoever goes through them all.
 * @param length of the text that it was read from
 * @throws Error that says what it has too much of
 */
export function assertBounded(content: unknown, length: number): void {
  let left = length + MOST_BY_ALIASES
  const visit = (value: unknown, depth: number): void => {
    if (typeof value !== 'object' || value === null) return
    if (depth > DEEPEST) throw new Error(`it is nested deeper than ${DEEPEST} levels`)
    const values = Object.values(value)
    left -= values.length
    if (left < 0) throw new Error('its aliases stand for too many values')
    for (const one of values) visit(one, depth + 1)
  }
  visit(content, 1)
}
