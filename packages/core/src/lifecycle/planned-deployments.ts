import type { Changes } from '../contracts/store.ts'
import { type Deployment, putOff, wanted } from '../domain/deployment.ts'
import type { Certificate, Domain } from '../domain/model.ts'
import type { Services } from './services.ts'

/**
 * That this certificate is to serve at every target of the domain, and at none that is not one any more: part of the commit that
 * makes it the live one, so that it is never forgotten (requirements V1).
 */
export async function deploymentsOf(
  { store, runtime }: Pick<Services, 'store' | 'runtime'>,
  domain: Domain,
  certificate: Pick<Certificate, 'id' | 'fingerprint'> | undefined,
): Promise<Pick<Changes, 'deployments' | 'deploymentsRemoved'>> {
  const there = await store.deploymentsOf(domain.id)
  const { deploy = [], tenant, id: domainId } = domain
  if (there.length === 0 && deploy.length === 0) return {}
  const now = runtime.clock.now()
  const before = new Map(there.map((row) => [row.target, row]))
  const rows = certificate
    ? deploy.map((target) => wanted(before.get(target), certificate, { tenant, domainId, target }, now))
    : []
  const deployments = rows.filter((row) => row !== before.get(row.target))
  const deploymentsRemoved = there.flatMap(({ target }) => (deploy.includes(target) ? [] : [target]))
  return { ...(deployments.length > 0 && { deployments }), ...(deploymentsRemoved.length > 0 && { deploymentsRemoved }) }
}

/**
 * After other settings were chosen for a domain: its new targets are to have the certificate, the others keep what they have, which
 * may be an earlier one that a person has gone back to. Another upstream is put to all of them, with the certificate that is there.
 */
export async function deploymentsOfChanged(
  services: Pick<Services, 'store' | 'runtime'>,
  { before, domain }: { before: Domain; domain: Domain },
  certificate: Pick<Certificate, 'id' | 'fingerprint'> | undefined,
): Promise<Pick<Changes, 'deployments' | 'deploymentsRemoved'>> {
  const there = await services.store.deploymentsOf(domain.id)
  const { deployments = [], deploymentsRemoved } = await deploymentsOf(services, domain, certificate)
  const added = deployments.filter((row) => !there.some(({ target }) => target === row.target))
  const kept = there.filter(({ target }) => domain.deploy?.includes(target))
  const again = before.upstream === domain.upstream ? [] : kept.map((row) => putOff(row, services.runtime.clock.now()))
  const rows = [...added, ...again]
  return { ...(rows.length > 0 && { deployments: rows }), ...(deploymentsRemoved && { deploymentsRemoved }) }
}

/** Whether there is something to do that nobody has to ask for. */
export function isOpen({ status }: Deployment): boolean {
  return status !== 'deployed'
}
