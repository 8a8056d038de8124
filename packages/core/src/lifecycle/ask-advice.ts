import type { DomainView } from '../contracts/store.ts'
import type { VerbOptions } from '../contracts/verb-options.ts'
import { inParallel } from '../domain/in-parallel.ts'
import { adviceIsDue } from '../domain/renewal-advice.ts'
import type { DomainctlError, ErrorCode } from '../errors.ts'
import { givesAdvice, type Heeded, heedAdvice } from './renewal-advice.ts'
import { type Services, signalOf } from './services.ts'
import { step } from './step.ts'

/** How many CAs' answers are awaited at a time. */
const WIDTH = 16

/** A page of the state at a time. */
const PAGE = 500

/** After one of these the CA has no answers for other certificates either. */
const SILENCING: readonly ErrorCode[] = ['CA_UNREACHABLE', 'CA_UNAVAILABLE', 'CA_RATE_LIMITED']

/** What one run knows of a CA: `silent`: it is not asked (any more). */
type Adviser = 'advises' | 'gives none' | 'silent'

/**
 * Asks for the advice on every certificate of the tenant for which it is time; how many were asked for, and have moved. Of a CA
 * that fails by its own fault the first failure is enough: nothing more is asked of it in this run, and nothing is written.
 */
export async function askForAdvice(services: Services, o: VerbOptions): Promise<{ asked: number; moved: number }> {
  const { store, runtime, settings } = services
  const signal = signalOf(o)
  const advisers = new Map<string, Adviser>()
  const found = { asked: 0, moved: 0 }
  let cursor: string | undefined
  do {
    const page = await store.listDomains({ tenant: settings.tenant }, { limit: PAGE, ...(cursor !== undefined && { cursor }) })
    const now = runtime.clock.now()
    const due = page.domains.flatMap(({ domain, certificate }) =>
      domain.status === 'active' && certificate && adviceIsDue(certificate, now) ? [{ domain, certificate }] : [],
    )
    await learnAdvisers(services, advisers, [...new Set(due.map(({ certificate }) => certificate.ca))], signal)
    await inParallel(due, WIDTH, async ({ domain, certificate }) => {
      signal.throwIfAborted()
      if (!isAsked(advisers.get(certificate.ca), certificate)) return
      const { asked, hasMoved, failure } = await askForOne(services, domain.name, o)
      if (failure && SILENCING.includes(failure.code)) advisers.set(certificate.ca, 'silent')
      if (asked) found.asked += 1
      if (hasMoved) found.moved += 1
    })
    cursor = page.next ?? undefined
  } while (cursor !== undefined)
  return found
}

/** A CA that gives no advice any more is asked where it gave some: that does not hold for ever. */
function isAsked(adviser: Adviser | undefined, { advice }: NonNullable<DomainView['certificate']>): boolean {
  return adviser === 'advises' || (adviser === 'gives none' && advice?.window !== undefined)
}

/** Asks each of these CAs that is not known yet whether it gives advice: once, before any certificate is touched. */
async function learnAdvisers(
  services: Services,
  advisers: Map<string, Adviser>,
  cas: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const unknown = cas.filter((ca) => !advisers.has(ca))
  const now = services.runtime.clock.now()
  const circuits = await services.store.caCircuits(unknown)
  const failing = new Set(circuits.filter(({ openUntil }) => openUntil > now).map(({ ca }) => ca))
  await inParallel(unknown, WIDTH, async (ca) => {
    advisers.set(ca, failing.has(ca) ? 'silent' : await learnAdviser(services, ca, signal))
  })
}

async function learnAdviser(services: Services, ca: string, signal: AbortSignal): Promise<Adviser> {
  try {
    return (await givesAdvice(services, ca, signal)) ? 'advises' : 'gives none'
  } catch (error) {
    signal.throwIfAborted()
    services.runtime.logger.log('warn', 'a CA is not asked for advice', { ca, error: String(error) })
    return 'silent'
  }
}

interface Asked extends Pick<Heeded, 'asked'> {
  hasMoved: boolean
  failure?: DomainctlError
}

const NOT_ASKED: Asked = { asked: false, hasMoved: false }

/** What is wrong with one domain, or that somebody else is at work on it, keeps no other from being asked for. */
async function askForOne(services: Services, name: string, o: VerbOptions): Promise<Asked> {
  try {
    return await step(services, name, o, async (current) => {
      const { certificateId, status } = current.domain
      const certificate = certificateId === undefined ? null : await services.store.getCertificate(certificateId)
      if (status !== 'active' || !certificate) return NOT_ASKED
      const { certificate: planned, asked, failure } = await heedAdvice(current, certificate, { release: true })
      const hasMoved = planned.renewAt.getTime() !== certificate.renewAt.getTime()
      return { asked, hasMoved, ...(failure && { failure }) }
    })
  } catch (error) {
    signalOf(o).throwIfAborted()
    services.runtime.logger.log('warn', 'advice not asked for', { domain: name, error: String(error) })
    return NOT_ASKED
  }
}
