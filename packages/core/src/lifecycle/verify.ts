import type { VerbOptions } from '../contracts/verb-options.ts'
import type { Check } from '../contracts/verification.ts'
import { diagnosisNotice } from '../domain/diagnosis-notice.ts'
import { cleared, givenUp, toFailure } from '../domain/failures.ts'
import { transition } from '../domain/machine.ts'
import type { Domain, DomainName, Failure } from '../domain/model.ts'
import { waitForRecords } from '../domain/policies.ts'
import { allProven } from '../domain/records.ts'
import { type DomainReport, reportDomain } from '../domain/report.ts'
import { DomainctlError } from '../errors.ts'
import { notReady, withFindings } from './checks.ts'
import { examine } from './examine.ts'
import { lookAgain } from './look-again.ts'
import type { Services } from './services.ts'
import { type Step, step } from './step.ts'
import { failedNotices, noticesOf, verifiedNotices } from './step-notices.ts'

/** What a look has found; `error` when not all is right. */
export interface Look {
  checks: Check[]
  error?: DomainctlError
}

/** A look, and the domain in its public shape after it. */
export interface Verified extends Look {
  domain: DomainReport
}

/** Looks at the records of a domain and moves its status; with `waitMs` until all are right or the time is over. */
export async function verify(services: Services, name: string, o: VerbOptions & { waitMs?: number }): Promise<Verified> {
  return lookAgain(services, name, o, async () => {
    const verified = await look(services, name, o)
    const { checks, error } = verified
    const reason = error && (checks.find(({ ok }) => !ok)?.explanation ?? error.message)
    return { result: () => verified, ...(reason !== undefined && { waiting: { reason, checks } }) }
  })
}

/** One look. */
export async function look(services: Services, name: string, o: VerbOptions): Promise<Verified> {
  return step(services, name, o, async (current) => {
    const looked = await checkProofs(current, examine, { release: true })
    const { certificate, records, deployments } = current.claimed
    // What has no certificate is not watched.
    const [health] = certificate ? await services.store.healthOf([current.domain.id]) : []
    // A look touches neither certificate nor records: what was claimed is what is there.
    const now = services.runtime.clock.now()
    return { ...looked, domain: reportDomain(current.domain, certificate, records, now, deployments, health) }
  })
}

/** How deep a look goes: at the records alone ({@link examineProofs}) or at everything ({@link examine}). */
type Depth = (services: Services, domain: Domain, signal: AbortSignal) => Promise<Check[]>

/**
 * How old `checkedAt` may be in the state, in ms, before a look that changes nothing else is written down. Nothing goes by
 * it: the schedule (L4) goes by `statusSince` and `nextActionAt`, the history by its events. It is for people, and L4
 * promises them nothing more exact than 10 minutes.
 */
export const CHECKED_AGAIN = 10 * 60_000

/** Between two looks at a proven domain that the DNS keeps from its certificate, in ms, once a wait for records were over. */
const BLOCKED_PAUSE = 5 * 60_000

/** The checks that prove something (L2); all others are about the CA's way. */
const PROOFS: readonly Check['purpose'][] = ['ownership', 'routing', 'delegation']

/**
 * The checks of one look, under the lease; `issue` and `renew` call it too.
 * @param o `release`: what it writes is the last that the step writes; `byItself`: nobody asked for it, so that a wait whose time
 * is over ends (L4); `diagnosis`: it is one of the full diagnoses of L4, of which people are told
 */
export async function checkProofs(
  step: Step,
  look: Depth,
  { byItself = false, diagnosis = false, ...o }: { release?: boolean; byItself?: boolean; diagnosis?: boolean } = {},
): Promise<Look> {
  const { services } = step
  refuseStatus(step.domain)
  step.report('looking at DNS')
  const checks = await look(services, step.domain, step.signal)
  const now = services.runtime.clock.now()
  const names = withFindings(step.domain.names, checks, now)
  const looked = { ...revived(step.domain, now), names }
  if (checks.every(({ ok }) => ok)) {
    const { lastFinding, ...domain } = proven(looked, now)
    const isNews = lastFinding !== undefined || domain.status !== step.domain.status || hasChanged(step.domain.names, names)
    if (isNews) {
      const verified = step.event(
        'domain.verified',
        checks.length === 1 ? 'the only check is right' : `all ${checks.length} checks are right`,
      )
      await step.commit({ domain, events: [verified], ...verifiedNotices(step, domain) }, o)
    } else if (wasCheckedBefore(step.domain.names, now.getTime() - CHECKED_AGAIN)) await step.commit({ domain }, o)
    return { checks }
  }
  const error = notReady(step.domain.name, checks)
  // One line for each thing that is found, not for each look.
  const news = step.domain.lastFinding !== error.message
  const domain = unproven(looked, checks, error, now, { byItself })
  const events = news ? [step.event('domain.not_ready', error.message)] : []
  if (domain.status === 'failed') events.push(step.event('domain.gave_up', 'the time in which its records were awaited is over'))
  // A name that serves, and whose proof is gone, cannot be renewed (requirements L1): who waits for nothing is told of that.
  const isLost = news && step.domain.certificateId !== undefined && checks.some(isLostProof)
  const told = failedNotices(step, domain, error, { isLost })
  const asked = diagnosis && isAwaited(domain) ? noticesOf(step, diagnosisNotice(domain, error, now)) : {}
  const notices = [...(told.notices ?? []), ...(asked.notices ?? [])]
  await step.commit({ domain: { ...domain, lastFinding: error.message }, events, ...(notices.length > 0 && { notices }) }, o)
  return { checks, error }
}

/** Whether the proofs stand otherwise than before, apart from when they were looked at. */
export function hasChanged(before: readonly DomainName[], after: readonly DomainName[]): boolean {
  const standing = (names: readonly DomainName[]) =>
    JSON.stringify(names, (key, value) => (key === 'checkedAt' ? undefined : value))
  return standing(before) !== standing(after)
}

/** Whether any proof was looked at last at this time or before; ms since 1970. */
export function wasCheckedBefore(names: readonly DomainName[], time: number): boolean {
  const proofs = names.flatMap(({ ownership, routing, delegation }) => [ownership, routing, delegation])
  return proofs.some((proof) => proof && (proof.checkedAt?.getTime() ?? 0) <= time)
}

/** A look by a person starts the schedule of a failed domain anew (L4). */
function revived(domain: Domain, now: Date): Domain {
  return domain.status === 'failed' ? transition(cleared(domain), 'revived', now) : domain
}

function proven(domain: Domain, now: Date): Domain {
  // What went wrong while issuing or renewing is not mended by right records.
  // It is ordered by whoever looks at what is due first.
  if (isAwaited(domain)) return { ...transition(cleared(domain), 'verified', now), nextActionAt: now }
  if (domain.lastError?.code !== 'DNS_NOT_READY') return domain
  const { lastError: _, ...mended } = domain
  return mended
}

function unproven(
  domain: Domain,
  checks: readonly Check[],
  error: DomainctlError,
  now: Date,
  { byItself }: { byItself: boolean },
): Domain {
  const open = statusAfter(domain, checks, now)
  const lastError = toFailure(error, now)
  if (open.status === 'issuing' && allProven(open)) return { ...open, ...blocked(open, lastError, now) }
  if (!isAwaited(open)) return open
  const waiting: Domain = { ...open, attempts: open.attempts + 1, lastError }
  const wait = waitForRecords(open.statusSince, now)
  if (!wait && byItself) return givenUp(waiting, error, now)
  // A person who looks after the schedule has ended starts it anew (L4).
  return wait ? { ...waiting, nextActionAt: wait.nextLookAt } : { ...waiting, statusSince: now, nextActionAt: now }
}

/** Its records, or its probe, are awaited for a time, after which it is given up (L4). */
export function isAwaited({ status }: Domain): boolean {
  return status === 'pending_dns' || status === 'pending_probe'
}

/**
 * What keeps the CA from issuing though everything is proven (CAA, DNSSEC, the zone): it is not given up for that, but looked
 * at again. What the CA has said of it goes first.
 */
function blocked(domain: Domain, lastError: Failure, now: Date): Pick<Domain, 'lastError' | 'nextActionAt'> {
  if (domain.lastError && domain.lastError.code !== lastError.code) return {}
  const wait = waitForRecords(domain.statusSince, now)
  return { lastError, nextActionAt: wait?.nextLookAt ?? new Date(now.getTime() + BLOCKED_PAUSE) }
}

/** What only stands in the way of the CA takes nothing back that was proven, nor does what could not be looked at. */
function statusAfter(domain: Domain, checks: readonly Check[], now: Date): Domain {
  if (!allProven(domain)) {
    return checks.some(isLostProof) ? transition(domain, 'reopened', now) : domain
  }
  if (domain.probe && checks.some(({ purpose, ok }) => purpose === 'http' && !ok)) return transition(domain, 'proven', now)
  return isAwaited(domain) ? transition(cleared(domain), 'verified', now) : domain
}

/** Seen not to be right: what could not be looked at is not lost. */
function isLostProof({ ok, purpose, state }: Check): boolean {
  return !ok && state !== 'unknown' && PROOFS.includes(purpose)
}

/** @throws `DOMAIN_STATUS` for domains that an operator has put aside */
export function refuseStatus({ name, status }: Domain): void {
  if (status !== 'deleted' && status !== 'suspended') return
  throw new DomainctlError('DOMAIN_STATUS', `${name} is ${status === 'deleted' ? 'removed' : 'suspended'}.`, {
    hint: `${status === 'deleted' ? 'Add it again' : 'Take it up again'} with: domainctl ${status === 'deleted' ? 'add' : 'resume'} ${name}`,
  })
}
