import { sql } from 'kysely'
import type { DomainKey, Lease } from '../contracts/store.ts'
import { DomainctlError } from '../errors.ts'
import { assertRow } from './cells.ts'
import type { Db } from './database.ts'
import { DOMAIN_COLUMNS, type DomainRow } from './domain-rows.ts'
import type { Engine } from './engine.ts'

export interface Claim {
  owner: string
  ttlMs: number
  isGone(owner: string): boolean
}

/**
 * Claims the domain, or takes it over from a holder that is gone; null when there is no such domain.
 * @throws DomainctlError `LEASE_HELD`
 */
export async function claimLease(
  db: Db,
  which: DomainKey,
  claim: Claim,
  engine: Engine,
): Promise<{ lease: Lease; row: DomainRow } | null> {
  const until = sql<number>`${engine.leaseNow()} + ${claim.ttlMs}`
  const take = db
    .updateTable('domains')
    .set((eb) => ({ lease_owner: claim.owner, lease_until: until, lease_fence: eb('lease_fence', '+', 1) }))
    .where((eb) => (typeof which === 'string' ? eb('id', '=', which) : eb.and(which)))
    .returning([...DOMAIN_COLUMNS, 'lease_fence', 'lease_until'])
  const free = await take
    .where((eb) => eb.or([eb('lease_owner', 'is', null), eb('lease_until', '<=', engine.leaseNow())]))
    .executeTakeFirst()
  if (free) return claimed(claim.owner, free)

  const holder = await db
    .selectFrom('domains')
    .select(['name', 'lease_owner', 'lease_until', 'lease_fence'])
    .where((eb) => (typeof which === 'string' ? eb('id', '=', which) : eb.and(which)))
    .executeTakeFirst()
  if (!holder) return null
  assertRow('domains', holder, holder.name)
  if (holder.lease_owner !== null && claim.isGone(holder.lease_owner)) {
    // Of several that see the holder gone, one: the others find another owner or fence.
    const taken = await take
      .where('lease_owner', '=', holder.lease_owner)
      .where('lease_fence', '=', holder.lease_fence)
      .executeTakeFirst()
    if (taken) return claimed(claim.owner, taken)
  }
  throw leaseHeld(holder.name, holder.lease_until)
}

/** Prolongs the lease and returns its new end. @throws DomainctlError `LEASE_LOST` */
export async function prolongLease(db: Db, lease: Lease, ttlMs: number, engine: Engine): Promise<Date> {
  const row = await held(db, lease)
    .set({ lease_until: sql<number>`${engine.leaseNow()} + ${ttlMs}` })
    .returning('lease_until')
    .executeTakeFirst()
  if (!row) throw leaseLost()
  return new Date(row.lease_until ?? 0)
}

/** Gives the lease back and returns the tenant of its domain. @throws DomainctlError `LEASE_LOST` */
export async function releaseLease(db: Db, lease: Lease): Promise<string> {
  const row = await held(db, lease).set({ lease_owner: null, lease_until: null }).returning('tenant').executeTakeFirst()
  if (!row) throw leaseLost()
  return row.tenant
}

/**
 * Makes sure that the lease is still ours and stays so until the transaction ends; returns the tenant of its domain. A lease
 * whose time is over is still ours as long as nobody else has taken it.
 * @throws DomainctlError `LEASE_LOST`
 */
export async function assertLease(db: Db, lease: Lease): Promise<string> {
  // An update of nothing: it locks the row on an engine that locks rows.
  const row = await held(db, lease).set({ lease_fence: lease.fence }).returning('tenant').executeTakeFirst()
  if (!row) throw leaseLost()
  return row.tenant
}

function held(db: Db, lease: Lease) {
  return db
    .updateTable('domains')
    .where('id', '=', lease.domainId)
    .where('lease_owner', '=', lease.owner)
    .where('lease_fence', '=', lease.fence)
}

export function claimed(
  owner: string,
  { lease_fence: fence, lease_until, ...row }: DomainRow & { lease_fence: number; lease_until: number | null },
): { lease: Lease; row: DomainRow } {
  return { lease: { domainId: row.id, owner, fence, until: new Date(lease_until ?? 0) }, row }
}

function leaseHeld(name: string, until: number | null): DomainctlError {
  return new DomainctlError('LEASE_HELD', `Another process is at work on ${name}.`, {
    hint: 'Wait until it has finished, then run the same command again; a process that was killed elsewhere loses its hold by time.',
    ...(until !== null && { retryAt: new Date(until) }),
  })
}

function leaseLost(): DomainctlError {
  return new DomainctlError(
    'LEASE_LOST',
    'The lease on this domain ran out and another process took the domain over; nothing of this change was written.',
    {
      hint: 'Run the same command again: it continues from what the other process has done.',
    },
  )
}
