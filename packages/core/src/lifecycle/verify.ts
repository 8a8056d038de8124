import type { Check, VerbOptions } from '../contracts/domainctl.ts'
import { cleared, toFailure } from '../domain/failures.ts'
import { transition } from '../domain/machine.ts'
import type { Domain } from '../domain/model.ts'
import { waitForRecords } from '../domain/policies.ts'
import { allProven } from '../domain/records.ts'
import { DomainctlError } from '../errors.ts'
import { notReady, withFindings } from './checks.ts'
import { examine } from './examine.ts'
import { findDomain, type Services, signalOf } from './services.ts'
import { type Step, step } from './step.ts'

/** Between two looks of `--wait`, in ms: authoritative servers are asked, so nothing is cached by looking. */
export const LOOK_AGAIN = 5_000

/** What a look has found; `error` when not all is right. */
export interface Look {
  checks: Check[]
  error?: DomainctlError
}

/** Looks at the records of a domain and moves its status; with `waitMs` until all are right or the time is over. */
export async function verify(services: Services, name: string, o: VerbOptions & { waitMs?: number }): Promise<Look> {
  const { clock } = services.runtime
  const until = clock.now().getTime() + (o.waitMs ?? 0)
  const target = await findDomain(services, name)
  for (;;) {
    const outcome = await look()
    const left = until - clock.now().getTime()
    if (left <= 0 || !outcome.error) return outcome
    o.onProgress?.({
      name: target.name,
      message: `waiting for DNS: ${outcome.checks.find(({ ok }) => !ok)?.explanation ?? outcome.error.message}`,
      checks: outcome.checks,
    })
    await clock.sleep(Math.min(LOOK_AGAIN, left), signalOf(o))
  }

  async function look(): Promise<Look> {
    try {
      return await step(services, target, o, (current) => checkProofs(current, examine))
    } catch (error) {
      // Somebody else is at work on it for a moment: while there is time, that is one more reason to look again.
      const held = error instanceof DomainctlError && error.code === 'LEASE_HELD' && clock.now().getTime() < until
      if (!held) throw error
      return { checks: [], error }
    }
  }
}

/** How deep a look goes: at the records alone ({@link examineProofs}) or at everything ({@link examine}). */
type Depth = (services: Services, domain: Domain, signal: AbortSignal) => Promise<Check[]>

/** The checks of one look, under the lease; `issue` and `renew` call it too. */
export async function checkProofs(step: Step, look: Depth): Promise<Look> {
  const { services } = step
  refuseStatus(step.domain)
  step.report('looking at DNS')
  const checks = await look(services, step.domain, step.signal)
  const now = services.runtime.clock.now()
  const names = withFindings(step.domain.names, checks, now)
  const looked = { ...revived(step.domain, now), names }
  if (checks.every(({ ok }) => ok)) {
    const domain = proven(looked, now)
    // Where there is nothing to look at, and nothing changes by it, there is nothing to keep.
    const news = names.some(({ ownership, routing, delegation }) => ownership ?? routing ?? delegation)
    if (news || domain.status !== step.domain.status)
      await step.commit({ domain, events: [step.event('domain.verified', `all ${checks.length} check(s) are right`)] })
    return { checks }
  }
  const error = notReady(step.domain.name, checks)
  // One line for each thing that is found, not for each look.
  const news = step.domain.lastError?.message !== error.message
  await step.commit({
    domain: unproven(looked, checks, error, now),
    ...(news && { events: [step.event('domain.not_ready', error.message)] }),
  })
  return { checks, error }
}

/** A look by a person starts the schedule of a failed domain anew (L4). */
function revived(domain: Domain, now: Date): Domain {
  return domain.status === 'failed' ? transition(cleared(domain), 'revived', now) : domain
}

function proven(domain: Domain, now: Date): Domain {
  // What went wrong while issuing or renewing is not mended by right records.
  const isWaiting = domain.status === 'pending_dns' || domain.status === 'pending_probe'
  return isWaiting ? transition(cleared(domain), 'verified', now) : domain
}

function unproven(domain: Domain, checks: readonly Check[], error: DomainctlError, now: Date): Domain {
  const open = statusAfter(domain, checks, now)
  if (open.status !== 'pending_dns' && open.status !== 'pending_probe') return open
  const waiting: Domain = { ...open, attempts: open.attempts + 1, lastError: toFailure(error, now) }
  const wait = waitForRecords(open.statusSince, now)
  // A person who looks after the schedule has ended starts it anew (L4).
  return wait ? { ...waiting, nextActionAt: wait.nextLookAt } : { ...waiting, statusSince: now, nextActionAt: now }
}

/** What only stands in the way of the CA takes nothing back that was proven. */
function statusAfter(domain: Domain, checks: readonly Check[], now: Date): Domain {
  if (!allProven(domain)) return transition(domain, 'reopened', now)
  return checks.some(({ purpose, ok }) => purpose === 'http' && !ok) ? transition(domain, 'proven', now) : domain
}

/** @throws `DOMAIN_STATUS` for domains that an operator has put aside */
export function refuseStatus({ name, status }: Domain): void {
  if (status !== 'deleted' && status !== 'suspended') return
  throw new DomainctlError('DOMAIN_STATUS', `${name} is ${status === 'deleted' ? 'removed' : 'suspended'}.`, {
    hint: status === 'deleted' ? `Add it again with: domainctl add ${name}` : 'It has to be resumed first.',
  })
}
