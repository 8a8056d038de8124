import { type Domain, DomainctlError, type DomainFilter, type DomainView, type Lease, type NewAuditEvent } from '@domainctl/core'
import { deploymentKey, deploymentsOf } from './deployments.ts'
import { heldRow } from './leases.ts'
import type { Memory } from './memory.ts'
import { assertOwnershipFree } from './ownership.ts'
import { by } from './tables.ts'

/** Inserts a domain, over a removed one of its tenant and name. */
export function addDomain(memory: Memory, domain: Domain, events: NewAuditEvent[]): void {
  const { domains } = memory
  const there = domains.find((row) => row.domain.tenant === domain.tenant && row.domain.name === domain.name)
  if (there && there.domain.status !== 'deleted') {
    throw new DomainctlError('DOMAIN_EXISTS', `${domain.name} is there already.`, {
      hint: `See it with: domainctl show ${domain.name}.`,
    })
  }
  assertOwnershipFree(memory, domain)
  const formerIds = there ? [...new Set([...there.formerIds, there.domain.id])] : []
  if (there) domains.delete(there.domain.id)
  // The fence goes on: whoever held the removed domain has lost it, also where the id is the same.
  domains.set(domain.id, { domain, fence: there?.fence ?? 0, formerIds })
  if (there) rename(memory, there.domain.id, domain.id)
  memory.append(events)
}

/** What belonged to the removed domain belongs to the one that replaces it: its records are still in the DNS. */
function rename({ orders, certificates, records, challenges, health, spans }: Memory, before: string, domainId: string): void {
  const isIts = (row: { domainId: string }) => row.domainId === before
  for (const order of orders.filter(isIts)) orders.set(order.id, { ...order, domainId })
  for (const certificate of certificates.filter(isIts)) certificates.set(certificate.id, { ...certificate, domainId })
  for (const span of spans.filter(isIts)) {
    spans.delete(spanKey(span))
    spans.set(spanKey({ ...span, domainId }), { ...span, domainId })
  }
  for (const row of health.filter(isIts)) {
    health.delete(before)
    health.set(domainId, { ...row, domainId, ...(row.span && { span: { ...row.span, domainId } }) })
  }
  for (const record of records.filter(isIts)) records.set(record.id, { ...record, domainId })
  for (const challenge of challenges.filter(isIts)) {
    challenges.delete(challengeKey(challenge))
    challenges.set(challengeKey({ ...challenge, domainId }), { ...challenge, domainId })
  }
}

/** Erases the domain with all that belongs to it but its audit; false, and nothing is erased, where something of it is needed yet. */
export function eraseDomain(memory: Memory, lease: Lease, events: NewAuditEvent[]): boolean {
  const { domains, orders, certificates, records, challenges } = memory
  const { id } = heldRow(memory, lease).domain
  const isIts = ({ domainId }: { domainId: string }) => domainId === id
  const itsCertificates = certificates.filter(isIts)
  const isLeaked = itsCertificates.some(({ revocationReason }) => revocationReason === 'keyCompromise')
  if (isLeaked || records.find(isIts)) return false
  for (const challenge of challenges.filter(isIts)) challenges.delete(challengeKey(challenge))
  for (const certificate of itsCertificates) certificates.delete(certificate.id)
  for (const order of orders.filter(isIts)) orders.delete(order.id)
  for (const deployment of memory.deployments.filter(isIts)) memory.deployments.delete(deploymentKey(deployment))
  for (const span of memory.spans.filter(isIts)) memory.spans.delete(spanKey(span))
  memory.health.delete(id)
  domains.delete(id)
  memory.append(events)
  return true
}

/** A domain has one span that began at a time. */
export function spanKey({ domainId, beganAt }: { domainId: string; beganAt: Date }): string {
  return JSON.stringify([domainId, beganAt.getTime()])
}

/** Two domains may share a token. */
export function challengeKey({ token, domainId }: { token: string; domainId: string }): string {
  return JSON.stringify([token, domainId])
}

/** A domain with what is printed of it: no key and no chain. */
export function viewOf(memory: Memory, domain: Domain): DomainView {
  const { certificates, records } = memory
  const deployments = deploymentsOf(memory, domain.id)
  const certificate = domain.certificateId === undefined ? undefined : certificates.get(domain.certificateId)
  const { privateKey: _, chain: __, ...shown } = certificate ?? {}
  return {
    domain,
    ...(certificate && { certificate: shown as DomainView['certificate'] & object }),
    records: records.filter(({ domainId }) => domainId === domain.id).sort(OLDEST_FIRST),
    ...(deployments.length > 0 && { deployments }),
  }
}

/** The order of records. */
export const OLDEST_FIRST = by<{ createdAt: Date; id: string }>(
  ({ createdAt }) => createdAt,
  ({ id }) => id,
)

/** A page of what the filter asks for, after the cursor. */
export function listDomains(
  memory: Memory,
  filter: DomainFilter,
  { limit, cursor }: { limit: number; cursor?: string },
): { domains: DomainView[]; next: string | null } {
  const after = cursor === undefined ? undefined : readCursor(cursor)
  const order = by<{ tenant: string; name: string }>(
    ({ tenant }) => tenant,
    ({ name }) => name,
  )
  const found = memory.domains
    .filter(({ domain }) => matches(memory, domain, filter))
    .map(({ domain }) => domain)
    .filter((domain) => !after || order(domain, after) > 0)
    .sort(order)
  const page = found.slice(0, limit)
  const last = page.at(-1)
  return {
    domains: page.map((domain) => viewOf(memory, domain)),
    next: last && found.length > limit ? writeCursor(last) : null,
  }
}

function matches(
  { certificates }: Memory,
  domain: Domain,
  { tenant, status, expiringBefore, nameStartsWith = '', labels = {} }: DomainFilter,
): boolean {
  if (tenant !== undefined && domain.tenant !== tenant) return false
  if (!domain.name.startsWith(nameStartsWith)) return false
  if (status === undefined ? domain.status === 'deleted' : domain.status !== status) return false
  if (!Object.entries(labels).every(([label, value]) => Object.hasOwn(domain.labels, label) && domain.labels[label] === value))
    return false
  if (!expiringBefore) return true
  const certificate = domain.certificateId === undefined ? undefined : certificates.get(domain.certificateId)
  return certificate !== undefined && certificate.notAfter < expiringBefore
}

function writeCursor({ tenant, name }: Domain): string {
  return Buffer.from(JSON.stringify([tenant, name])).toString('base64url')
}

function readCursor(cursor: string): { tenant: string; name: string } {
  try {
    const [tenant, name] = JSON.parse(Buffer.from(cursor, 'base64url').toString())
    if (typeof tenant === 'string' && typeof name === 'string') return { tenant, name }
  } catch (cause) {
    throw cursorInvalid(cause)
  }
  throw cursorInvalid()
}

function cursorInvalid(cause?: unknown): DomainctlError {
  return new DomainctlError('USAGE', 'This cursor is not one that an earlier page has given.', {
    hint: 'Give the value of `next` as it was printed, or none to begin with the first page.',
    cause,
  })
}
