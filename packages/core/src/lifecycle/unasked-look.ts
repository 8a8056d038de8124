import type { VerbOptions } from '../contracts/verb-options.ts'
import type { Domain } from '../domain/model.ts'
import { diagnosisIsDue, waitForRecords } from '../domain/policies.ts'
import { withFindings } from './checks.ts'
import { examine, examineProofs } from './examine.ts'
import type { Services } from './services.ts'
import { type Step, step } from './step.ts'
import { CHECKED_AGAIN, checkProofs, hasChanged, isAwaited, wasCheckedBefore } from './verify.ts'

/** What became of a look that nobody asked for. */
export type UnaskedLook = 'verified' | 'not ready' | 'gave up' | 'nothing'

/**
 * A look at records that are awaited, by the schedule of L4: the first, and those that are full diagnoses, look at everything; the
 * others at the records alone, and at everything once one of them has changed. A wait whose time is over ends.
 * @throws `LEASE_HELD`, and what `verify` throws
 */
export async function lookUnasked(services: Services, name: string, o: VerbOptions): Promise<UnaskedLook> {
  return step(services, name, o, async (current) => {
    const { nextActionAt } = current.domain
    // Another process may have looked between what was due and the lease.
    if (!isAwaited(current.domain) || !nextActionAt || nextActionAt > services.runtime.clock.now()) return 'nothing'
    const { lastError, statusSince } = current.domain
    const diagnosis = lastError !== undefined && diagnosisIsDue(statusSince, lastError.at, services.runtime.clock.now())
    if (!diagnosis && (await isAsBefore(current))) return 'not ready'
    const { error } = await checkProofs(current, examine, { release: true, byItself: true, diagnosis })
    if (!error) return 'verified'
    return current.domain.status === 'failed' ? 'gave up' : 'not ready'
  })
}

/** Looks at the records alone, where that is enough, and keeps that nothing has changed; false: everything has to be looked at. */
async function isAsBefore(current: Step): Promise<boolean> {
  const { domain, services, signal } = current
  const { lastError, statusSince } = domain
  if (!lastError) return false
  const checks = await examineProofs(services, domain, signal)
  const now = services.runtime.clock.now()
  const names = withFindings(domain.names, checks, now)
  const wait = waitForRecords(statusSince, now)
  if (!wait || checks.every(({ ok }) => ok) || hasChanged(domain.names, names)) return false
  // What the last diagnosis has found stands, and was seen again now; times of single records are for people (L4).
  const seen: Domain = wasCheckedBefore(domain.names, now.getTime() - CHECKED_AGAIN) ? { ...domain, names } : domain
  const again = { attempts: domain.attempts + 1, lastError: { ...lastError, at: now }, nextActionAt: wait.nextLookAt }
  await current.commit({ domain: { ...seen, ...again } }, { release: true })
  return true
}
