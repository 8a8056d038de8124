import type { Issuer } from '../contracts/issuer.ts'
import { isAdvisedNow } from '../domain/renewal-advice.ts'
import type { Step } from './step.ts'

/** The certificate that an order says it replaces. */
export interface Replaced {
  /** By what the order names it (RFC 9773 §4.1). */
  id: string
  /** The CA counts such an order under none of its limits. */
  isExempt: boolean
}

/** What an order may say to replace: the live certificate, where the same account got it at this CA, and the CA knows of advice. */
export async function replacedBy(
  { domain, services, signal }: Step,
  issuer: Issuer,
  accountId: string,
): Promise<Replaced | null> {
  const live = domain.certificateId === undefined ? null : await services.store.getCertificate(domain.certificateId)
  if (live?.ca !== issuer.ca || live.accountId !== accountId || !(await issuer.describe({ signal })).renewalInfo) return null
  const id = (await services.crypto()).certificateId(live.chain)
  return id === null ? null : { id, isExempt: isAdvisedNow(live, services.runtime.clock.now()) }
}
