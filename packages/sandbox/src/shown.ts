const LONGEST = 80

/** What somebody gave in place of something good, for a message: text in quotes, cut when it is long. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, LONGEST))
  if (value instanceof Date) return String(value)
  if (Array.isArray(value)) return 'an array'
  // Not all of the others can be made text of.
  return (typeof value === 'object' && value !== null) || typeof value === 'function'
    ? `a value of type ${typeof value}`
    : String(value)
}
