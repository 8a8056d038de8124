import { sql } from 'kysely'
import type { ClaimedDelivery, DeliveryOutcome, Outbox } from '../contracts/outbox.ts'
import type { Db } from './database.ts'
import type { Engine } from './engine.ts'
import { isBefore } from './notice-order.ts'
import { noticeOf } from './notices.ts'

type Wanted = Parameters<Outbox['claimDeliveries']>[0]

export async function isAnyDue(db: Db, wanted: Wanted): Promise<boolean> {
  return (await due(db, wanted).select('id').limit(1).executeTakeFirst()) !== undefined
}

function due(db: Db, { channels, now, untriedUntil = now }: Pick<Wanted, 'channels' | 'now' | 'untriedUntil'>) {
  return (
    db
      .selectFrom('notice_deliveries')
      .where('state', '=', 'waiting')
      .where('next_attempt_at', '<=', Math.max(now.getTime(), untriedUntil.getTime()))
      .where((eb) => eb.or([eb('next_attempt_at', '<=', now.getTime()), eb('attempts', '=', 0)]))
      .where('channel', 'in', channels)
      // What is told of one thing is told in order: that it is well again must not come before that it was not.
      .where(({ not, exists, selectFrom }) =>
        not(
          exists(
            selectFrom('delivered_notices as mine')
              .innerJoin('delivered_notices as theirs', 'theirs.subject', 'mine.subject')
              .innerJoin('notice_deliveries as earlier', 'earlier.id', 'theirs.delivery_id')
              .select('earlier.id')
              .whereRef('mine.delivery_id', '=', 'notice_deliveries.id')
              .whereRef('earlier.channel', '=', 'notice_deliveries.channel')
              .where('earlier.state', '=', 'waiting')
              .where(isBefore('earlier', 'notice_deliveries')),
          ),
        ),
      )
  )
}

/** Claims those whose time has come, also from holders that are gone; see `contracts/outbox.ts`. */
export async function claimDeliveries(db: Db, wanted: Wanted, engine: Engine): Promise<ClaimedDelivery[]> {
  const { id: claim, owner, ttlMs, isGone } = wanted.claim
  await engine.lock(db, 'claims of notices')
  const holders = await due(db, wanted).select('claimed_by').distinct().where('claimed_by', 'is not', null).execute()
  const gone = holders.flatMap(({ claimed_by }) => (claimed_by !== null && isGone(claimed_by) ? [claimed_by] : []))
  const free = await due(db, wanted)
    .select('id')
    .where((eb) =>
      eb.or([
        eb('claimed_until', 'is', null),
        eb('claimed_until', '<=', engine.leaseNow()),
        ...(gone.length > 0 ? [eb('claimed_by', 'in', gone)] : []),
      ]),
    )
    .orderBy('next_attempt_at')
    .orderBy('id')
    .limit(wanted.limit)
    .modifyEnd(engine.takesRows)
    .execute()
  if (free.length === 0) return []
  const ids = free.map(({ id }) => id)
  const rows = await db
    .updateTable('notice_deliveries')
    .set((eb) => ({
      claim,
      claimed_by: owner,
      claimed_until: sql<number>`${engine.leaseNow()} + ${ttlMs}`,
      attempts: eb('attempts', '+', 1),
    }))
    .where('id', 'in', ids)
    .returningAll()
    .execute()
  const notices = await db
    .selectFrom('notices')
    .innerJoin('delivered_notices', 'delivered_notices.notice_id', 'notices.id')
    .selectAll('notices')
    .select('delivery_id')
    .where('delivery_id', 'in', ids)
    .orderBy('at')
    .orderBy('id')
    .execute()
  return rows
    .toSorted((a, b) => ids.indexOf(a.id) - ids.indexOf(b.id))
    .map(({ id, tenant, channel, attempts, created_at }) => ({
      id,
      tenant,
      channel,
      attempts,
      createdAt: new Date(created_at),
      claim,
      notices: notices.filter(({ delivery_id }) => delivery_id === id).map(noticeOf),
    }))
}

/** Writes what became of a claimed one; false when the claim is somebody else's. */
export async function settleDelivery(
  db: Db,
  { id, claim }: Pick<ClaimedDelivery, 'id' | 'claim'>,
  outcome: DeliveryOutcome,
): Promise<boolean> {
  const isWaiting = outcome.state === 'waiting'
  const row = await db
    .updateTable('notice_deliveries')
    .set({
      state: outcome.state,
      next_attempt_at: isWaiting ? outcome.nextAttemptAt.getTime() : null,
      last_error: outcome.state !== 'sent' && outcome.error ? JSON.stringify(outcome.error) : null,
      ended_at: isWaiting ? null : outcome.at.getTime(),
      claim: null,
      claimed_by: null,
      claimed_until: null,
    })
    .where('id', '=', id)
    .where('claim', '=', claim)
    .returning('id')
    .executeTakeFirst()
  return row !== undefined
}
