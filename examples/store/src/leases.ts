import { type Clock, DomainctlError, type DomainKey, type KeyLease, type Lease } from '@domainctl/core'
import type { DomainRow, Holder, Memory } from './memory.ts'

/** What `claim` is given. */
export interface Claim {
  owner: string
  ttlMs: number
  isGone(owner: string): boolean
}

/** The row of a domain, by its id or by its name. */
export function rowOf({ domains }: Memory, which: DomainKey): DomainRow | undefined {
  if (typeof which === 'string') return domains.get(which)
  return domains.find(({ domain }) => domain.tenant === which.tenant && domain.name === which.name)
}

/** Claims a domain; null when it is not there. */
export function claimDomain(
  memory: Memory,
  clock: Clock,
  which: DomainKey,
  claim: Claim,
): { lease: Lease; row: DomainRow } | null {
  const row = rowOf(memory, which)
  if (!row) return null
  const { domain } = row
  assertFree(row.holder, claim, clock.now(), domain.name)
  const holder = holderOf(claim, clock)
  const claimed = { ...row, fence: row.fence + 1, holder }
  memory.domains.set(domain.id, claimed)
  return { lease: { domainId: domain.id, fence: claimed.fence, ...holder }, row: claimed }
}

/** Claims of these domains, which are in their order, the first `limit` that can be had: those that are free, then of holders that are gone. */
export function claimFirst(
  memory: Memory,
  clock: Clock,
  ids: readonly string[],
  { limit, ...claim }: Claim & { limit: number },
): { lease: Lease; row: DomainRow }[] {
  const holderOfId = (id: string) => memory.domains.get(id)?.holder
  const isFree = (id: string) => (holderOfId(id)?.until ?? clock.now()) <= clock.now()
  const isLeft = (id: string) => {
    const holder = holderOfId(id)
    return holder !== undefined && holder.owner !== claim.owner && claim.isGone(holder.owner)
  }
  const free = ids.filter(isFree)
  const left = ids.filter((id) => !isFree(id) && isLeft(id))
  return [...free, ...left].slice(0, limit).flatMap((id) => claimDomain(memory, clock, id, claim) ?? [])
}

/** The row that the lease is on, as long as nobody has claimed it since: also when its time is over. */
export function heldRow({ domains }: Memory, { domainId, owner, fence }: Lease): DomainRow & { holder: Holder } {
  const row = domains.get(domainId)
  if (!row?.holder || row.holder.owner !== owner || row.fence !== fence) throw leaseLost('this domain')
  return { ...row, holder: row.holder }
}

/** Prolongs the lease and returns its new end. */
export function prolong(memory: Memory, clock: Clock, lease: Lease, ttlMs: number): Date {
  const row = heldRow(memory, lease)
  const holder = holderOf({ owner: lease.owner, ttlMs }, clock)
  memory.domains.set(lease.domainId, { ...row, holder })
  return holder.until
}

/** Gives the lease back. */
export function release(memory: Memory, lease: Lease): void {
  const { holder: _, ...row } = heldRow(memory, lease)
  memory.domains.set(lease.domainId, row)
}

/** Claims what is no domain. */
export function claimKey({ keyHolders }: Memory, clock: Clock, key: string, claim: Claim & { id: string }): KeyLease {
  assertFree(keyHolders.get(key), claim, clock.now(), key)
  const holder = { key, id: claim.id, ...holderOf(claim, clock) }
  keyHolders.set(key, holder)
  forgetOldHolders(keyHolders, clock.now())
  return { key, id: claim.id, until: holder.until }
}

export function prolongKey({ keyHolders }: Memory, clock: Clock, { key, id }: KeyLease, ttlMs: number): Date {
  const holder = keyHolders.get(key)
  if (holder?.id !== id) throw leaseLost(key)
  const prolonged = { ...holder, ...holderOf({ owner: holder.owner, ttlMs }, clock) }
  keyHolders.set(key, prolonged)
  return prolonged.until
}

/** One that was lost is left to whoever has it now. */
export function releaseKey({ keyHolders }: Memory, { key, id }: KeyLease): void {
  if (keyHolders.get(key)?.id === id) keyHolders.delete(key)
}

const FORGOTTEN_AFTER_MS = 3_600_000

/** Nobody gives back what a process held that was killed. */
function forgetOldHolders(keyHolders: Memory['keyHolders'], now: Date): void {
  for (const { key } of keyHolders.filter(({ until }) => until.getTime() < now.getTime() - FORGOTTEN_AFTER_MS))
    keyHolders.delete(key)
}

function holderOf({ owner, ttlMs }: Pick<Claim, 'owner' | 'ttlMs'>, clock: Clock): Holder {
  return { owner, until: new Date(clock.now().getTime() + ttlMs) }
}

function assertFree(holder: Holder | undefined, { isGone }: Claim, now: Date, what: string): void {
  if (!holder || holder.until <= now || isGone(holder.owner)) return
  throw new DomainctlError('LEASE_HELD', `Somebody else is at work on ${what}.`, {
    hint: 'Wait until they have finished, then do the same again.',
    retryAt: holder.until,
  })
}

function leaseLost(what: string): DomainctlError {
  return new DomainctlError('LEASE_LOST', `The lease on ${what} is somebody else's by now; nothing was written.`, {
    hint: 'Do the same again: it continues where this one stopped.',
  })
}
