import { DomainctlError } from '@domainctl/core'
import { shown } from '../shown.ts'

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
