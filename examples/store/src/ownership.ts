import { type Domain, DomainctlError } from '@domainctl/core'
import type { Memory } from './memory.ts'
import { by } from './tables.ts'

const baseOf = (name: string) => name.replace(/^\*\./, '')
const parentOf = (name: string) => name.replace(/^[^.]*\.?/, '')

/** The name that another tenant has proven: one of these, or the wildcard directly above one. */
export function provenElsewhere(
  { domains }: Memory,
  tenant: string,
  baseNames: string[],
  { removedSince }: { removedSince?: Date } = {},
): string | null {
  const counts = ({ status, statusSince, nextActionAt }: Domain) =>
    removedSince ? status === 'deleted' && statusSince >= removedSince && nextActionAt !== undefined : status !== 'deleted'
  const covers = (name: string) =>
    baseNames.some((base) => baseOf(name) === base || (parentOf(base) !== '' && name === `*.${parentOf(base)}`))
  const proven = domains
    .filter(({ domain }) => domain.tenant !== tenant && counts(domain))
    .flatMap(({ domain }) => domain.names)
    .find(({ name, ownership }) => ownership?.provenAt && covers(name))
  return proven?.name ?? null
}

/** Refuses a proof that `domain` has now, and had not before, where the name is another tenant's. */
export function assertOwnershipFree(memory: Memory, domain: Domain, before?: Domain): void {
  if (domain.status === 'deleted') return
  const had = new Set(before?.names.flatMap(({ name, ownership }) => (ownership?.provenAt ? [name] : [])))
  const gained = domain.names.filter(({ name, ownership }) => ownership?.provenAt && !had.has(name))
  const owned = provenElsewhere(
    memory,
    domain.tenant,
    gained.map(({ name }) => baseOf(name)),
  )
  if (owned === null) return
  throw new DomainctlError('OWNERSHIP_TAKEN', `Another tenant has proven ownership of ${owned}.`, {
    hint: 'The other tenant must remove it first; nobody else can have it until then.',
  })
}

/** What the tenant has for a base name from any of its domains, the oldest first. */
export function knownProofs(
  { domains }: Memory,
  tenant: string,
  baseName: string,
): { token?: string; delegationTargets: string[] } {
  const names = domains
    .filter(({ domain }) => domain.tenant === tenant)
    .map(({ domain }) => domain)
    .sort(
      by(
        ({ createdAt }) => createdAt,
        ({ id }) => id,
      ),
    )
    .flatMap((domain) => domain.names)
    .filter(({ name }) => baseOf(name) === baseName)
  const token = names.find(({ ownership }) => ownership)?.ownership?.token
  const targets = names.flatMap(({ delegation }) => delegation?.target ?? [])
  return { ...(token !== undefined && { token }), delegationTargets: [...new Set(targets)] }
}
