import type { DueRenewal } from '../contracts/issuance.ts'
import type { DomainView } from '../contracts/store.ts'
import { ownershipLostAt, renewalDecision } from '../domain/policies.ts'
import { mayIssue, mayRenew } from '../domain/records.ts'
import { DomainctlError } from '../errors.ts'
import { removeLeftovers } from './challenge-records.ts'
import { examineProofs } from './examine.ts'
import { type Issued, type IssueOptions, order, requireProofs } from './issue.ts'
import { heedAdvice } from './renewal-advice.ts'
import type { Services } from './services.ts'
import { type Step, step } from './step.ts'
import { checkProofs, refuseStatus } from './verify.ts'

/** A new certificate for a domain that has one, when it is due or `force` asks for it. */
export async function renew(services: Services, name: string, o: IssueOptions): Promise<Issued> {
  return step(services, name, o, async (current) => {
    const { domain } = current
    refuseStatus(domain)
    const kept = domain.certificateId === undefined ? null : await services.store.getCertificate(domain.certificateId)
    if (!kept) throw noCertificate(name)
    const { certificate } = await heedAdvice(current, kept)
    const warnings = await removeLeftovers(current)
    const open = await services.store.openOrder(domain.id)
    const decision = renewalDecision(current.domain, certificate, services.runtime.clock.now())
    // An order that an earlier run began is ended whatever the calendar says: its records may still be there.
    const reason = o.force ? 'it was asked for' : open ? 'an order is open' : decision.act ? decision.reason : null
    if (reason === null) {
      return {
        certificate,
        issued: false,
        reason: `${decision.reason}${decision.at ? ` (${decision.at.toISOString()})` : ''}`,
        warnings,
      }
    }
    const proofs = await proofsForRenewal(current, o)
    const ordered = await order(current, o)
    return { certificate: ordered.certificate, issued: true, reason, warnings: [...warnings, ...proofs, ...ordered.warnings] }
  })
}

/**
 * Routing is the visitor's affair; whose name it is must still be seen (L3). An ownership record that has gone is borne for
 * 72 hours (L1), with a warning.
 */
async function proofsForRenewal(current: Step, o: IssueOptions): Promise<string[]> {
  const { error } = await checkProofs(current, examineProofs)
  if (!error || mayIssue(current.domain)) return []
  const now = current.services.runtime.clock.now()
  if (!mayRenew(current.domain, now)) {
    await requireProofs(current, { ...o, preflight: false })
    return []
  }
  return current.domain.names.flatMap(({ name, ownership }) => {
    if (!ownership || ownership.state === 'ok') return []
    const until = ownership.missingSince && ownershipLostAt(ownership.missingSince).toISOString()
    const missing = `The ownership record of ${name} is not there`
    return [until ? `${missing}: put it back before ${until}, or it is not renewed any more.` : `${missing} to be seen.`]
  })
}

/** A page of the state at a time, so that the number of domains costs no memory. */
const PAGE = 500

/** Which certificates are due, and why. */
export async function renewals({ store, runtime, settings }: Services, o: { all?: boolean }): Promise<DueRenewal[]> {
  const now = runtime.clock.now()
  const due: DueRenewal[] = []
  let cursor: string | undefined
  do {
    const page = await store.listDomains({ tenant: settings.tenant }, { limit: PAGE, ...(cursor !== undefined && { cursor }) })
    for (const { domain, certificate, records } of page.domains) {
      if (domain.status !== 'active') continue
      const left = records.some(({ purpose }) => purpose === 'challenge')
      const decision = renewalDecision(domain, certificate, now)
      const { act, reason, at } =
        left && !decision.act ? { act: true, reason: 'an earlier run left a record to remove', at: undefined } : decision
      if (!act && !o.all) continue
      const { name, tenant } = domain
      due.push({ name, tenant, due: act, reason, ...(at && { at }), ...adviceOn(certificate) })
    }
    cursor = page.next ?? undefined
  } while (cursor !== undefined)
  return due
}

/** When the CA was asked for its advice, and is to be asked again. */
function adviceOn(certificate: DomainView['certificate']): Pick<DueRenewal, 'advice'> {
  const { askedAt, nextCheckAt } = certificate?.advice ?? {}
  return askedAt && nextCheckAt ? { advice: { askedAt, nextCheckAt } } : {}
}

export function noCertificate(name: string): DomainctlError {
  return new DomainctlError('CERTIFICATE_NONE', `${name} has no certificate yet.`, {
    hint: `Get one with: domainctl issue ${name}`,
  })
}
