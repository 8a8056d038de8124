import { type Expression, type SqlBool, sql } from 'kysely'
import type { Lease } from '../contracts/store.ts'
import type { Db } from './database.ts'
import { DOMAIN_COLUMNS, type DomainRow } from './domain-rows.ts'
import type { Engine } from './engine.ts'
import { type Claim, claimed } from './leases.ts'

interface Claimed {
  lease: Lease
  row: DomainRow
}

/**
 * Claims up to `limit` domains that are due, oldest first. Both questions walk the index of `next_action_at` from its front, past
 * what is held: that is as much as all processes have in work. Without a second order: a million domains may be due at one
 * instant, and would all be sorted.
 */
export async function claimDueDomains(
  db: Db,
  { now, limit }: { now: Date; limit: number },
  claim: Claim,
  engine: Engine,
): Promise<Claimed[]> {
  if (limit <= 0) return []
  const due = isDue(now)
  const free = await take(db, { which: isFree(due, engine), limit }, claim, engine)
  if (free.length >= limit) return free

  // What is still due is held, so to look at all of it is no more than what is in work.
  const holders = await db
    .selectFrom('domains')
    .select('lease_owner')
    .distinct()
    .where(due)
    .where('lease_owner', 'is not', null)
    .where('lease_owner', '!=', claim.owner)
    .execute()
  const gone = holders.flatMap(({ lease_owner: holder }) => (holder !== null && claim.isGone(holder) ? holder : []))
  if (gone.length === 0) return free
  const ofGone = { which: sql<SqlBool>`${due} and lease_owner in (${sql.join(gone)})`, limit: limit - free.length }
  const left = await take(db, ofGone, claim, engine)
  return [...free, ...left]
}

function isDue(now: Date): Expression<SqlBool> {
  return sql`next_action_at <= ${now.getTime()}`
}

function isFree(due: Expression<SqlBool>, engine: Engine): Expression<SqlBool> {
  return sql`${due} and (lease_owner is null or lease_until <= ${engine.leaseNow()})`
}

/** The question for the first that are due and free, whose plan is tested. */
export function firstFree(db: Db, now: Date, limit: number, engine: Engine) {
  return firstRows(db, { which: isFree(isDue(now), engine), limit }, engine)
}

function firstRows(db: Pick<Db, 'selectFrom'>, { which, limit }: { which: Expression<SqlBool>; limit: number }, engine: Engine) {
  return db.selectFrom('domains').select('id').where(which).orderBy('next_action_at').limit(limit).modifyEnd(engine.skipLocked)
}

/** Of several that see the same rows each is had by one: what another is claiming is left out, or is held when its turn comes. */
async function take(
  db: Db,
  { which, limit }: { which: Expression<SqlBool>; limit: number },
  { owner, ttlMs }: Claim,
  engine: Engine,
): Promise<Claimed[]> {
  const rows = await db
    // Materialized: PostgreSQL may run a subquery again for each row, and would lock others than it takes.
    .with(
      (cte) => cte('due').materialized(),
      (query) => firstRows(query, { which, limit }, engine),
    )
    .updateTable('domains')
    .set((eb) => ({
      lease_owner: owner,
      lease_until: sql<number>`${engine.leaseNow()} + ${ttlMs}`,
      lease_fence: eb('lease_fence', '+', 1),
    }))
    .where('id', 'in', (eb) => eb.selectFrom('due').select('id'))
    .returning([...DOMAIN_COLUMNS, 'lease_fence', 'lease_until'])
    .execute()
  return rows.sort(byAge).map((row) => claimed(owner, row))
}

function byAge(one: DomainRow, other: DomainRow): number {
  return (one.next_action_at ?? 0) - (other.next_action_at ?? 0) || (one.id < other.id ? -1 : 1)
}
