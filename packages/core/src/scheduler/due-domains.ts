import type { Services } from '../lifecycle/services.ts'
import type { Due } from './places.ts'

/** A domain that is due, with its status, and the CA and the provider that what comes next asks something of. */
export async function describeDomain({ store, settings }: Services, due: Due): Promise<Due> {
  const domain = await store.getDomain(due.tenant, due.name)
  if (!domain) return due
  const { status, provider, cas } = domain
  // Looks at awaited records ask the DNS alone.
  if (status !== 'issuing' && status !== 'active') return { ...due, status }
  const ca = (cas ?? settings.cas)[0]
  return { ...due, status, shares: [`provider ${provider}`, ...(ca ? [`ca ${ca}`] : [])] }
}

/** A domain with deployments that are due, and the targets that they ask something of: one that hangs holds up nothing at others. */
export async function describeDeployments({ store, runtime }: Services, due: Due): Promise<Due> {
  const now = runtime.clock.now()
  const rows = (await store.deploymentsOf(due.id)).filter(({ nextAttemptAt }) => nextAttemptAt && nextAttemptAt <= now)
  return { ...due, shares: rows.map(({ target }) => `target ${target}`) }
}
