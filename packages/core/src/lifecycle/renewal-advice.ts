import type { VerbOptions } from '../contracts/domainctl.ts'
import { inParallel } from '../domain/in-parallel.ts'
import type { Certificate } from '../domain/model.ts'
import { adviceIsDue, planByAdvice, planWithoutAdvice, planWithoutAnswer, type RenewalPlan } from '../domain/renewal-advice.ts'
import { DomainctlError } from '../errors.ts'
import { type Services, signalOf } from './services.ts'
import { type Step, step } from './step.ts'

/** How many CAs' answers are awaited at a time. */
const WIDTH = 16

/** A page of the state at a time. */
const PAGE = 500

/**
 * The certificate with its plan as the CA advises now (RFC 9773), asked for when it is time to and kept. That it cannot be
 * asked never stands in the way of a renewal: what was planned before stays.
 */
export async function heedAdvice(current: Step, certificate: Certificate): Promise<Certificate> {
  const { services, domain } = current
  if (!adviceIsDue(certificate, services.runtime.clock.now())) return certificate
  const planned: Certificate = { ...certificate, ...(await askForPlan(current, certificate)) }
  const hasMoved = planned.renewAt.getTime() !== certificate.renewAt.getTime()
  // After a failure the schedule of the failures counts.
  const isScheduled = domain.certificateId === certificate.id && domain.attempts === 0
  await current.commit({
    certificate: planned,
    ...(isScheduled && { domain: { ...domain, nextActionAt: nextAction(planned) } }),
    ...(hasMoved && {
      events: [current.event('renewal.planned', `${planned.renewAt.toISOString()}: ${planned.renewReason}`)],
    }),
  })
  return planned
}

/** When something is to be done next about a certificate that is in order. */
function nextAction({ renewAt, advice }: Certificate): Date {
  return advice && advice.nextCheckAt < renewAt ? advice.nextCheckAt : renewAt
}

async function askForPlan({ services, signal }: Step, certificate: Certificate): Promise<RenewalPlan> {
  const { clock, random, logger } = services.runtime
  try {
    const issuer = await services.issuer(certificate.ca)
    const info = await issuer.renewalInfo(certificate.chain, { signal })
    const now = clock.now()
    if (!info) return planWithoutAdvice(certificate, now)
    return planByAdvice(certificate, info, now, () => Buffer.from(random.bytes(4)).readUInt32BE() / 2 ** 32)
  } catch (error) {
    signal.throwIfAborted()
    logger.log('warn', 'no renewal information', { domain: certificate.domainId, ca: certificate.ca, error: String(error) })
    return planWithoutAnswer(certificate, clock.now())
  }
}

/** Asks for the advice on every certificate of the tenant for which it is time; how many were asked for, and have moved. */
export async function askForAdvice(services: Services, o: VerbOptions): Promise<{ asked: number; moved: number }> {
  const { store, runtime, settings } = services
  const signal = signalOf(o)
  const found = { asked: 0, moved: 0 }
  let cursor: string | undefined
  do {
    const page = await store.listDomains({ tenant: settings.tenant }, { limit: PAGE, ...(cursor !== undefined && { cursor }) })
    const due = page.domains.filter(
      ({ domain, certificate }) => domain.status === 'active' && certificate && adviceIsDue(certificate, runtime.clock.now()),
    )
    const moves = await inParallel(due, WIDTH, ({ domain }) => {
      signal.throwIfAborted()
      return askForOne(services, domain.name, o)
    })
    found.asked += moves.length
    found.moved += moves.filter((hasMoved) => hasMoved).length
    cursor = page.next ?? undefined
  } while (cursor !== undefined)
  return found
}

/** Whether its plan has moved. One that somebody else is at work on is left to them. */
async function askForOne(services: Services, name: string, o: VerbOptions): Promise<boolean> {
  try {
    return await step(services, name, o, async (current) => {
      const { certificateId } = current.domain
      const certificate = certificateId === undefined ? null : await services.store.getCertificate(certificateId)
      if (!certificate) return false
      return (await heedAdvice(current, certificate)).renewAt.getTime() !== certificate.renewAt.getTime()
    })
  } catch (error) {
    if (error instanceof DomainctlError && error.kind === 'busy') return false
    throw error
  }
}
