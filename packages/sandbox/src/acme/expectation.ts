import { DomainctlError } from '@domainctl/core'

/** What an option may be, in words, and an example of it. */
export interface Expectation {
  readonly expected: string
  readonly such: string
}

/**
 * Refuses an option for what it is.
 * @throws DomainctlError `USAGE` unless it holds
 */
export function expectThat(holds: boolean, what: string, found: unknown, { expected, such }: Expectation): void {
  if (holds) return
  throw new DomainctlError('USAGE', `${what}: expected ${expected}, found ${shown(found)}.`, { hint: `Such as ${such}.` })
}

/** Callers without types may pass anything. */
export function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

function shown(found: unknown): string {
  if (typeof found === 'string') return JSON.stringify(found)
  // Not all objects can be made strings of.
  return isObject(found) && !(found instanceof Date) ? 'an object' : String(found)
}
