import type { Changes, Deployment } from '@domainctl/core'
import type { Memory } from './memory.ts'
import { by } from './tables.ts'

/** Those of the domain, in the order of their targets. */
export function deploymentsOf({ deployments }: Memory, domainId: string): Deployment[] {
  return deployments.filter((one) => one.domainId === domainId).sort(by(({ target }) => target))
}

/** Domains with a deployment whose time has come, each once, the longest overdue first. */
export function dueDeployments(memory: Memory, now: Date, limit: number): { id: string; tenant: string; name: string }[] {
  const due = memory.deployments.filter(({ nextAttemptAt }) => nextAttemptAt !== undefined && nextAttemptAt <= now)
  const ids = new Set(
    due
      .sort(
        by(
          ({ nextAttemptAt }) => nextAttemptAt ?? now,
          ({ domainId }) => domainId,
        ),
      )
      .map(({ domainId }) => domainId),
  )
  return [...ids]
    .flatMap((domainId) => memory.domains.get(domainId)?.domain ?? [])
    .filter(({ status }) => status !== 'suspended')
    .slice(0, limit)
    .map(({ id, tenant, name }) => ({ id, tenant, name }))
}

/** What a commit changes of them. */
export function changeDeployments(
  memory: Memory,
  domainId: string,
  { deployments = [], deploymentsRemoved = [] }: Pick<Changes, 'deployments' | 'deploymentsRemoved'>,
): void {
  for (const deployment of deployments) memory.deployments.set(deploymentKey(deployment), deployment)
  for (const target of deploymentsRemoved) memory.deployments.delete(deploymentKey({ domainId, target }))
}

export function deploymentKey({ domainId, target }: Pick<Deployment, 'domainId' | 'target'>): string {
  return JSON.stringify([domainId, target])
}
