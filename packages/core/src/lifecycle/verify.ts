import type { Check, VerbOptions } from '../contracts/domainctl.ts'
import { transition } from '../domain/machine.ts'
import type { Domain } from '../domain/model.ts'
import { nextVerification } from '../domain/policies.ts'
import { allProven } from '../domain/records.ts'
import { DomainctlError } from '../errors.ts'
import { lookAtProofs, notReady, withFindings } from './checks.ts'
import { findDomain, type Services, signalOf } from './services.ts'
import { cleared, type Step, step, toFailure } from './step.ts'

/** Between two looks of `--wait`, in ms: authoritative servers are asked, so nothing is cached by looking. */
const LOOK_AGAIN = 5_000

/** Looks at the records of a domain and moves its status; with `waitMs` until all are right or the time is over. */
export async function verify(
  services: Services,
  name: string,
  o: VerbOptions & { waitMs?: number },
): Promise<{ checks: Check[]; error?: DomainctlError }> {
  const { clock } = services.runtime
  const until = clock.now().getTime() + (o.waitMs ?? 0)
  const target = await findDomain(services, name)
  for (;;) {
    const outcome = await step(services, target, o, checkProofs)
    const left = until - clock.now().getTime()
    if (!outcome.error || left <= 0) return outcome
    o.onProgress?.({ name: target.name, message: `waiting for DNS: ${outcome.checks.find(({ ok }) => !ok)?.explanation ?? ''}` })
    await clock.sleep(Math.min(LOOK_AGAIN, left), signalOf(o))
  }
}

/** The checks of one look, under the lease; `issue` calls it too. */
export async function checkProofs(step: Step): Promise<{ checks: Check[]; error?: DomainctlError }> {
  const { services } = step
  refuseStatus(step.domain)
  step.report('looking at DNS')
  const checks = await lookAtProofs(services, step.domain, step.signal)
  const now = services.runtime.clock.now()
  const names = withFindings(step.domain.names, checks, now)
  const looked = { ...revived(step.domain, now), names }
  if (allProven(looked)) {
    await step.commit({
      domain: proven(looked, now),
      events: [step.event('domain.verified', `all ${checks.length} record(s) are right`)],
    })
    return { checks }
  }
  const error = notReady(step.domain.name, checks)
  await step.commit({ domain: unproven(looked, error, now), events: [step.event('domain.not_ready', error.message)] })
  return { checks, error }
}

/** A look by a person starts the schedule of a failed domain anew (L4). */
function revived(domain: Domain, now: Date): Domain {
  return domain.status === 'failed' ? transition(cleared(domain), 'revived', now) : domain
}

function proven(domain: Domain, now: Date): Domain {
  // What went wrong while issuing or renewing is not mended by right records.
  return domain.status === 'pending_dns' ? transition(cleared(domain), 'verified', now) : domain
}

function unproven(domain: Domain, error: DomainctlError, now: Date): Domain {
  const open = transition(domain, 'reopened', now)
  if (open.status !== 'pending_dns') return open
  const waiting: Domain = { ...open, attempts: open.attempts + 1, lastError: toFailure(error, now) }
  const next = nextVerification(open.statusSince, now)
  if (next) return { ...waiting, nextActionAt: next }
  const { nextActionAt: _, ...ended } = waiting
  return { ...transition(ended, 'gave_up', now), reason: error.code }
}

/** @throws `DOMAIN_STATUS` for domains that an operator has put aside */
export function refuseStatus({ name, status }: Domain): void {
  if (status !== 'deleted' && status !== 'suspended') return
  throw new DomainctlError('DOMAIN_STATUS', `${name} is ${status === 'deleted' ? 'removed' : 'suspended'}.`, {
    hint: status === 'deleted' ? `Add it again with: domainctl add ${name}` : 'It has to be resumed first.',
  })
}
