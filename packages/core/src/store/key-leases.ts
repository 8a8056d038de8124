import { sql } from 'kysely'
import type { KeyLease } from '../contracts/store.ts'
import { DomainctlError } from '../errors.ts'
import { assertRow } from './cells.ts'
import type { Db } from './database.ts'
import type { Engine } from './engine.ts'
import type { Claim } from './leases.ts'

/** A claim that ended so long ago, in ms, is nobody's any more; sooner, a holder that was only slow has it still. */
const FORGOTTEN_AFTER_MS = 3_600_000

/**
 * Claims what the key names, or takes it over from a holder that is gone. A claim whose holder died stays in the table until
 * the next one of its key, or the next of any key an hour after its end.
 * @throws DomainctlError `LEASE_HELD`
 */
export async function claimKeyLease(db: Db, key: string, claim: Claim & { id: string }, engine: Engine): Promise<KeyLease> {
  const { id, owner } = claim
  const until = sql<number>`${engine.leaseNow()} + ${claim.ttlMs}`
  const taken = { id, owner, lease_until: until }
  const longAgo = sql<number>`${engine.leaseNow()} - ${FORGOTTEN_AFTER_MS}`
  await db.deleteFrom('key_leases').where('lease_until', '<', longAgo).execute()
  const free = await db
    .insertInto('key_leases')
    .values({ key, ...taken })
    .onConflict((conflict) => conflict.column('key').doUpdateSet(taken).where('key_leases.lease_until', '<=', engine.leaseNow()))
    .returning('lease_until')
    .executeTakeFirst()
  if (free) return { key, id, until: new Date(free.lease_until) }

  const holder = await db
    .selectFrom('key_leases')
    .select(['id', 'owner', 'lease_until'])
    .where('key', '=', key)
    .executeTakeFirst()
  if (holder) assertRow('key_leases', holder, key)
  // Null: on an engine with several writers it was given back in between.
  if (holder && claim.isGone(holder.owner)) {
    // Of several that see the holder gone, one: the others find another id.
    const heir = await held(db, { key, id: holder.id }).set(taken).returning('lease_until').executeTakeFirst()
    if (heir) return { key, id, until: new Date(heir.lease_until) }
  }
  throw new DomainctlError('LEASE_HELD', `Somebody else holds the lease ${key}.`, {
    hint: 'Wait until it is given back; a process that was killed elsewhere loses its hold by time.',
    ...(holder && { retryAt: new Date(holder.lease_until) }),
  })
}

/** Prolongs the lease and returns its new end. One whose time is over is still ours until somebody has taken it. @throws DomainctlError `LEASE_LOST` */
export async function prolongKeyLease(db: Db, lease: KeyLease, ttlMs: number, engine: Engine): Promise<Date> {
  const row = await held(db, lease)
    .set({ lease_until: sql<number>`${engine.leaseNow()} + ${ttlMs}` })
    .returning('lease_until')
    .executeTakeFirst()
  if (row) return new Date(row.lease_until)
  throw new DomainctlError('LEASE_LOST', `The lease ${lease.key} ran out, and somebody else has taken it.`, {
    hint: 'Run the same command again: it continues where this one stopped.',
  })
}

/** Gives the lease back: nothing of it stays. One that was lost is left to whoever has it now. */
export async function releaseKeyLease(db: Db, { key, id }: KeyLease): Promise<void> {
  await db.deleteFrom('key_leases').where('key', '=', key).where('id', '=', id).execute()
}

function held(db: Db, { key, id }: Pick<KeyLease, 'key' | 'id'>) {
  return db.updateTable('key_leases').where('key', '=', key).where('id', '=', id)
}
