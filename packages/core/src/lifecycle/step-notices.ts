import type { Changes } from '../contracts/store.ts'
import type { Certificate, Domain } from '../domain/model.ts'
import { unicodeOf } from '../domain/names.ts'
import type { Notice } from '../domain/notice.ts'
import type { DomainctlError } from '../errors.ts'
import { makeId } from './services.ts'
import type { Step } from './step.ts'

type Told = Pick<Changes, 'notices'>

/** Its records are seen for the first time, or again after they were lost. */
export function verifiedNotices(step: Step, domain: Domain): Told {
  if (domain.status === step.domain.status) return {}
  const shown = unicodeOf(domain.name)
  return noticesOf(step, {
    event: 'domain.verified',
    severity: 'info',
    title: `${shown} is verified`,
    text: `All records that ${shown} needs are seen. Its certificate comes next.`,
  })
}

/** A certificate was got: the first one, or another in place of one. */
export function issuedNotices(step: Step, { names, serial, ca, notAfter, renewAt }: Certificate): Told {
  const isRenewed = step.domain.certificateId !== undefined
  const shown = unicodeOf(step.domain.name)
  const until = notAfter.toISOString()
  return noticesOf(step, {
    event: isRenewed ? 'domain.renewed' : 'domain.certificate_issued',
    severity: 'info',
    title: isRenewed ? `The certificate of ${shown} is renewed` : `${shown} has a certificate`,
    text: `It is valid until ${until}, and is to be renewed at ${renewAt.toISOString()}.`,
    details: { serial, ca, names, notAfter: until, renewAt: renewAt.toISOString() },
  })
}

/**
 * Something failed that a person wants to know of: told when it begins to fail in this way, or is given up, and not at each attempt.
 * Records that are merely not there yet are no failure (requirements L4).
 * @param o `isLost`: they were there, and the certificate cannot be renewed without them
 */
export function failedNotices(step: Step, domain: Domain, error: DomainctlError, o: { isLost?: boolean } = {}): Told {
  const before = step.domain
  const isGivenUp = domain.status === 'failed' && before.status !== 'failed'
  const isNews = error.code !== 'DNS_NOT_READY' && error.kind !== 'interrupted' && before.lastError?.code !== error.code
  if (!isGivenUp && !isNews && !o.isLost) return {}
  const shown = unicodeOf(domain.name)
  const isRenewal = before.certificateId !== undefined
  const next = domain.nextActionAt ? `It is tried again at ${domain.nextActionAt.toISOString()}.` : ''
  const after = isGivenUp ? `It is not tried again by itself; domainctl verify ${domain.name} begins anew.` : next
  return noticesOf(step, {
    event: 'domain.failed',
    severity: isGivenUp ? 'critical' : 'warning',
    title: isGivenUp
      ? `${shown} is given up`
      : `${isRenewal ? 'The renewal' : 'The certificate'} of ${shown} fails (${error.code})`,
    text: [error.message, error.hint, after].filter((part) => part !== '').join(' '),
    actor: error.actor,
    details: { code: error.code, ...(domain.nextActionAt && { nextAttemptAt: domain.nextActionAt.toISOString() }) },
  })
}

/** A notice of the step's domain; none, and no cost, where nobody is told anything. */
export function noticesOf(
  { services, domain }: Step,
  told: Pick<Notice, 'event' | 'severity' | 'title' | 'text' | 'actor' | 'details' | 'incident'>,
): Told {
  if (!services.notifications) return {}
  const { id: domainId, tenant, name, labels } = domain
  return {
    notices: [{ ...told, id: makeId(services), at: services.runtime.clock.now(), tenant, domainId, names: [name], labels }],
  }
}
