import { DomainctlError } from '@domainctl/core'
import { describeValue } from './config/problem.ts'

/**
 * Reads a whole number from a flag.
 * @param such an example for the hint
 * @throws DomainctlError `USAGE`
 */
export function integerFlag(flag: string, text: string, { least, most, such }: { least: number; most: number; such: number }) {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : -1
  if (value >= least && value <= most) return value
  throw new DomainctlError('USAGE', `${flag}: expected a number from ${least} to ${most}, found ${describeValue(text, false)}.`, {
    hint: `Such as ${flag} ${such}.`,
  })
}
