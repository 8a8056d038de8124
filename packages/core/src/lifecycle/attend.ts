import type { VerbOptions } from '../contracts/verb-options.ts'
import type { Domain } from '../domain/model.ts'
import { nextActionOf } from '../domain/next-action.ts'
import { type DomainctlError, toDomainctlError } from '../errors.ts'
import { endQuarantine } from './end-quarantine.ts'
import { issue } from './issue.ts'
import { renew } from './renew.ts'
import { shareOf } from './renewal-spread.ts'
import { type Services, signalOf } from './services.ts'
import { step } from './step.ts'
import { lookUnasked, type UnaskedLook } from './unasked-look.ts'

/** What was done for a domain whose time had come. */
export type Attended = UnaskedLook | 'issued' | 'renewed' | 'erased'

/**
 * Does for a domain what it is due for: its status says what that is. In the end its next action is planned, or it is given up, so
 * that it is not due any more; what others did meanwhile is not done again. Killed anywhere, it is due still.
 * @throws `LEASE_HELD`, and whatever the verb throws
 */
export async function attend(
  services: Services,
  { tenant, name }: { tenant: string; name: string },
  o: VerbOptions,
): Promise<Attended> {
  const { store, runtime, settings } = services
  const of = tenant === settings.tenant ? services : { ...services, settings: { ...settings, tenant } }
  const isDue = (domain: Domain | null) => domain?.nextActionAt !== undefined && domain.nextActionAt <= runtime.clock.now()
  const domain = await store.getDomain(tenant, name)
  if (!domain || !isDue(domain)) return 'nothing'
  try {
    const done = await act(of, domain, o)
    // Other than of nothing, what comes next was planned by what was done.
    if (done === 'nothing' && isDue(await store.getDomain(tenant, name))) await planNext(of, name, o, { failed: false })
    return done
  } catch (thrown) {
    const error = toDomainctlError(thrown, o.signal)
    await planAfter(of, name, o, error)
    throw error
  }
}

async function act(services: Services, { name, status }: Domain, o: VerbOptions): Promise<Attended> {
  switch (status) {
    case 'pending_dns':
    case 'pending_probe':
      return lookUnasked(services, name, o)
    case 'issuing':
      return (await issue(services, name, o)).issued ? 'issued' : 'nothing'
    case 'active':
      return (await renew(services, name, o)).issued ? 'renewed' : 'nothing'
    case 'deleted':
      return endQuarantine(services, name, o)
    default:
      return 'nothing'
  }
}

/** What stopped it is told, whatever becomes of the plan: without one it is due still. */
async function planAfter(services: Services, name: string, o: VerbOptions, error: DomainctlError): Promise<void> {
  // Somebody else is at work on it, or nothing has failed: it is only not done yet. Without the state there is nothing to write to.
  const isOthers = error.kind === 'busy' || error.kind === 'interrupted' || error.code.startsWith('STATE_')
  if (isOthers || signalOf(o).aborted) return
  try {
    await planNext(services, name, o, { failed: true })
  } catch (cause) {
    services.runtime.logger.log('warn', 'no next attempt was planned', { domain: name, error: String(cause) })
  }
}

/** Plans the next look at what is due still. */
async function planNext(services: Services, name: string, o: VerbOptions, { failed }: { failed: boolean }): Promise<void> {
  await step(services, name, o, async (current) => {
    const now = services.runtime.clock.now()
    const { nextActionAt, ...domain } = current.domain
    if (!nextActionAt || nextActionAt > now) return
    const { certificate, records } = current.claimed
    const hasLeftovers = records.some(({ purpose }) => purpose === 'challenge')
    const known = { now, failed, hasLeftovers, share: shareOf(services), ...(certificate && { certificate }) }
    const at = nextActionOf(current.domain, known)
    await current.commit({ domain: { ...domain, ...(at && { nextActionAt: at }) } }, { release: true })
  })
}
