import { type Changes, DomainctlError, type Lease } from '@domainctl/core'
import { changeBudget } from './budgets.ts'
import { changeDeployments } from './deployments.ts'
import { challengeKey } from './domains.ts'
import { followStatus } from './health.ts'
import { heldRow } from './leases.ts'
import type { Memory } from './memory.ts'
import { addNotices } from './outbox.ts'
import { assertOwnershipFree } from './ownership.ts'

/** Writes what one moment of a step changes; in a transaction. */
export function commit(memory: Memory, lease: Lease, changes: Changes): void {
  const row = heldRow(memory, lease)
  const { domain, order, certificate, recordsWritten = [], recordsRemoved = [] } = changes
  const { challengesWritten = [], challengesRemoved = [], events = [], budget, notices = [] } = changes
  assertWithin(lease.domainId, row.domain.tenant, [
    order,
    certificate,
    ...recordsWritten,
    ...challengesWritten,
    ...(changes.deployments ?? []),
  ])
  if (domain) {
    const { id, tenant, name, createdAt } = row.domain
    if (domain.id !== id || domain.tenant !== tenant || domain.name !== name) throw strange(lease.domainId)
    assertOwnershipFree(memory, domain, row.domain)
    memory.domains.set(id, { ...row, domain: { ...domain, createdAt } })
    const over = followStatus(memory, domain)
    if (over && changes.tellOver) addNotices(memory, [changes.tellOver(over)])
  }
  if (order) memory.orders.set(order.id, order)
  if (certificate) memory.certificates.set(certificate.id, certificate)
  for (const record of recordsWritten) memory.records.set(record.id, record)
  for (const id of recordsRemoved) {
    if (memory.records.get(id)?.domainId === lease.domainId) memory.records.delete(id)
  }
  for (const challenge of challengesWritten) memory.challenges.set(challengeKey(challenge), challenge)
  for (const token of challengesRemoved) memory.challenges.delete(challengeKey({ token, domainId: lease.domainId }))
  changeDeployments(memory, lease.domainId, changes)
  if (budget) changeBudget(memory, budget)
  addNotices(memory, notices)
  memory.append(events)
}

/** A lease is the right to change one domain. */
function assertWithin(domainId: string, tenant: string, parts: ({ domainId: string; tenant: string } | undefined)[]): void {
  if (parts.some((part) => part && (part.domainId !== domainId || part.tenant !== tenant))) throw strange(domainId)
}

function strange(domainId: string): DomainctlError {
  return new DomainctlError('INTERNAL', `A change under the lease of the domain ${domainId} does not belong to it.`, {
    hint: 'This is a fault of domainctl: please report it.',
  })
}
