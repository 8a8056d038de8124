import type { VerbOptions } from '../contracts/domainctl.ts'
import { issue } from './issue.ts'
import { renew } from './renew.ts'
import type { Services } from './services.ts'
import { look } from './verify.ts'

/** What was done for a domain whose time had come. */
export type Attended = 'verified' | 'not ready' | 'issued' | 'renewed' | 'nothing'

/**
 * Does for a domain what it is due for: its status says what that is. In the end its next action is planned, or it is given up, so
 * that it is not due any more; what others did meanwhile is not done again.
 * @throws `LEASE_HELD`, and whatever the verb throws
 */
export async function attend(
  services: Services,
  { tenant, name }: { tenant: string; name: string },
  o: VerbOptions,
): Promise<Attended> {
  const { store, runtime, settings } = services
  const of = tenant === settings.tenant ? services : { ...services, settings: { ...settings, tenant } }
  const domain = await store.getDomain(tenant, name)
  if (!domain?.nextActionAt || domain.nextActionAt > runtime.clock.now()) return 'nothing'
  switch (domain.status) {
    case 'pending_dns':
    case 'pending_probe': {
      const { error } = await look(of, name, { ...o, byItself: true })
      return error ? 'not ready' : 'verified'
    }
    case 'issuing':
      return (await issue(of, name, o)).issued ? 'issued' : 'nothing'
    case 'active':
      return (await renew(of, name, o)).issued ? 'renewed' : 'nothing'
    default:
      return 'nothing'
  }
}
