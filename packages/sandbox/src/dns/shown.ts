const LONGEST = 80

/** What somebody gave in place of something good, to begin a message with: text in quotes, cut when it is long. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return `"${value.slice(0, LONGEST)}"`
  if (value === null || ['undefined', 'boolean', 'number', 'bigint'].includes(typeof value)) return String(value)
  // Not all of the others can be made text of.
  return Array.isArray(value) ? 'An array' : `A value of type ${typeof value}`
}
