import { follow } from '../domain/follow.ts'
import type { Certificate } from '../domain/model.ts'
import { adviceIsDue, planByAdvice, planWithoutAdvice, planWithoutAnswer, type RenewalPlan } from '../domain/renewal-advice.ts'
import { DomainctlError, toDomainctlError } from '../errors.ts'
import { amongOthers, shareOf } from './renewal-spread.ts'
import type { Services } from './services.ts'
import type { Step } from './step.ts'

/** How long a CA's advice is waited for, in ms: it is only advice, and what waits for it is a renewal. */
const PATIENCE = 5_000

/** What became of asking. */
export interface Heeded {
  /** With its plan as it is now. */
  certificate: Certificate
  /** It was asked for, and answered or not. */
  asked: boolean
  /** Why there was no answer. */
  failure?: DomainctlError
}

/**
 * The certificate with its plan as the CA advises now (RFC 9773), asked for when it is time to and kept. That it cannot be
 * asked never stands in the way of a renewal: what was planned before stays.
 * @param o `release`: the step commits nothing more
 */
export async function heedAdvice(current: Step, certificate: Certificate, o: { release?: boolean } = {}): Promise<Heeded> {
  const { services, domain } = current
  if (!adviceIsDue(certificate, services.runtime.clock.now())) return { certificate, asked: false }
  const { plan, failure } = await askForPlan(current, certificate)
  // A CA that gives none and gave none before: there is nothing to keep.
  if (!plan) return { certificate, asked: false }
  const planned: Certificate = { ...certificate, ...plan }
  const hasMoved = planned.renewAt.getTime() !== certificate.renewAt.getTime()
  // After a failure the schedule of the failures counts.
  const isScheduled = domain.certificateId === certificate.id && domain.attempts === 0
  await current.commit(
    {
      certificate: planned,
      ...(isScheduled && { domain: { ...domain, nextActionAt: nextAction(planned) } }),
      ...(hasMoved && {
        events: [current.event('renewal.planned', `${planned.renewAt.toISOString()}: ${planned.renewReason}`)],
      }),
    },
    o,
  )
  return { certificate: planned, asked: true, ...(failure && { failure }) }
}

/** When something is to be done next about a certificate that is in order. */
function nextAction({ renewAt, advice }: Certificate): Date {
  return advice && advice.nextCheckAt < renewAt ? advice.nextCheckAt : renewAt
}

async function askForPlan(
  { services, signal }: Step,
  certificate: Certificate,
): Promise<{ plan: RenewalPlan | null; failure?: DomainctlError }> {
  const { clock, logger } = services.runtime
  const { ca, chain, advice } = certificate
  try {
    const issuer = await services.issuer(ca)
    const info = await inTime(services, signal, ca, (call) => issuer.renewalInfo(chain, call))
    const now = clock.now()
    if (!info && !advice?.window) return { plan: null }
    const share = shareOf(services)
    const plan = info ? planByAdvice(certificate, info, now, share) : planWithoutAdvice(certificate, now, share)
    return { plan: await amongOthers(services, certificate, plan) }
  } catch (error) {
    signal.throwIfAborted()
    logger.log('warn', 'no renewal information', { domain: certificate.domainId, ca, error: String(error) })
    const failure = toDomainctlError(error)
    return { plan: planWithoutAnswer(certificate, clock.now(), failure.retryAt), failure }
  }
}

/** Whether the CA gives advice. @throws as `Issuer.describe`, and `CA_UNREACHABLE` when it takes too long */
export async function givesAdvice(services: Services, ca: string, signal: AbortSignal): Promise<boolean> {
  const issuer = await services.issuer(ca)
  return (await inTime(services, signal, ca, (call) => issuer.describe(call))).renewalInfo
}

async function inTime<T>(
  { runtime }: Services,
  signal: AbortSignal,
  ca: string,
  ask: (call: { signal: AbortSignal }) => Promise<T>,
): Promise<T> {
  const asking = follow(signal)
  const late = new DomainctlError('CA_UNREACHABLE', `${ca} did not say within ${PATIENCE / 1000} s when it wants renewals.`, {
    hint: 'What was planned stays; it is asked again later.',
  })
  const stop = runtime.clock.every(PATIENCE, () => asking.end(late))
  try {
    return await ask({ signal: asking.signal })
  } finally {
    stop()
    asking.end(OVER)
  }
}

const OVER = new Error('the CA has answered')
