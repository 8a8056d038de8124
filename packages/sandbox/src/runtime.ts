import type { Clock, Random } from '@domainctl/core'

/** What every part of a sandbox takes from outside: time and randomness, so that tests can be exact. */
export interface SandboxRuntime {
  readonly clock: Pick<Clock, 'now' | 'sleep'>
  readonly random: Random
}
