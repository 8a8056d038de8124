import { DomainctlError } from '@domainctl/core'
import { DURATION_FORM, parseDuration } from './time.ts'

/** Flags of commands that can wait for records that people make. */
export interface WaitFlags {
  wait?: boolean
  timeout?: string
}

const USUAL_WAIT = 10 * 60_000

/**
 * How long to wait, in ms, or undefined without `--wait`; `--timeout` alone means to wait as well.
 * @throws DomainctlError `USAGE`
 */
export function waitMsOf({ wait, timeout }: WaitFlags): number | undefined {
  if (timeout === undefined) return wait ? USUAL_WAIT : undefined
  return durationFlag('--timeout', timeout)
}

/** @throws DomainctlError `USAGE` */
export function durationFlag(flag: string, text: string): number {
  const ms = parseDuration(text)
  if (ms !== null) return ms
  throw new DomainctlError('USAGE', `${flag}: expected ${DURATION_FORM}, found ${JSON.stringify(text)}.`, {
    hint: `Such as ${flag} 10m.`,
  })
}
