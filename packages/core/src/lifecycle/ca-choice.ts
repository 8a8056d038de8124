import { DEFAULT_TENANT } from '../domain/ids.ts'
import { DomainctlError } from '../errors.ts'
import { preflight } from './preflight.ts'
import type { Step } from './step.ts'

/**
 * Which of the domain's CAs is asked: the one whose order is open, else the first that the CAA records of all names allow
 * (requirements D6). Nothing is asked of a CA but its directory, so that one which may not issue never hears of the names.
 * @throws `DNS_CAA_FORBIDS` with what each of them lacks, `DNS_CAA_FAILED`, `DNS_DNSSEC_BOGUS`, `CA_…` of a directory
 */
export async function chooseCa(step: Step): Promise<string> {
  const { store, settings } = step.services
  const cas = step.domain.cas ?? settings.cas
  const [only, ...others] = cas
  if (only === undefined) throw new Error('a domain without a CA')
  // A single CA that knows us is looked at when its order is made; of one that does not, no account is asked for in vain.
  if (others.length === 0 && (await store.getAccount(DEFAULT_TENANT, only))?.url !== undefined) return only
  const open = await store.openOrder(step.domain.id)
  if (open && cas.includes(open.ca)) return open.ca
  const refusals: DomainctlError[] = []
  for (const ca of cas) {
    try {
      const account = await store.getAccount(DEFAULT_TENANT, ca)
      await preflight(step, await step.services.issuer(ca), account?.url)
      return ca
    } catch (error) {
      if (!(error instanceof DomainctlError && error.code === 'DNS_CAA_FORBIDS')) throw error
      refusals.push(error)
    }
  }
  throw new DomainctlError('DNS_CAA_FORBIDS', refusals.map(({ message }) => message).join(' '), {
    hint: refusals[0]?.hint ?? '',
    cause: refusals[0],
  })
}
