import { createHash } from 'node:crypto'
import type { Selectable } from 'kysely'
import type { NoticeRouting } from '../contracts/outbox.ts'
import type { Notice } from '../domain/notice.ts'
import { readObject, withoutNulls } from './columns.ts'
import type { Db } from './database.ts'
import type { Engine } from './engine.ts'
import { isBefore } from './notice-order.ts'
import type { NoticesTable } from './schema.ts'

/** So many are routed in one transaction. */
const MOST_AT_ONCE = 200
/** So many old ones go with them: the table does not grow, and nobody waits for a long clean-up. */
const FORGOTTEN_AT_ONCE = 500

/** Keeps notices; one that is there already stays as it is. */
export async function saveNotices(db: Db, notices: readonly Notice[]): Promise<void> {
  for (const notice of notices) {
    await db
      .insertInto('notices')
      .values(noticeRow(notice))
      .onConflict((conflict) => conflict.column('id').doNothing())
      .execute()
  }
}

export async function isAnyUnrouted(db: Db): Promise<boolean> {
  const row = await db.selectFrom('notices').select('id').where('routed_at', 'is', null).limit(1).executeTakeFirst()
  return row !== undefined
}

/** Makes deliveries of those that have none, in the order of their time; see `contracts/outbox.ts`. */
export async function routeNotices(db: Db, routing: NoticeRouting, engine: Engine): Promise<number> {
  // One at a time: two would each make a delivery for what belongs into one.
  await engine.lock(db, 'routing of notices')
  const rows = await db
    .selectFrom('notices')
    .selectAll()
    .where('routed_at', 'is', null)
    .orderBy('at')
    .orderBy('id')
    .limit(MOST_AT_ONCE)
    .execute()
  for (const row of rows) {
    const notice = noticeOf(row)
    if (!(await wasTold(db, row, routing))) {
      for (const channel of routing.route(notice)) await addToDelivery(db, notice, channel, routing, engine)
    }
    await db.updateTable('notices').set({ routed_at: routing.now.getTime() }).where('id', '=', row.id).execute()
  }
  await forget(db, routing.forgetBefore.getTime())
  return rows.length
}

/** Whether the same was told a short time ago, and the domain has not been well since: after that it is news. */
async function wasTold(db: Db, row: Selectable<NoticesTable>, { now, repeatMs }: NoticeRouting): Promise<boolean> {
  const { sameness, domain_id } = row
  if (sameness === null || repeatMs <= 0) return false
  const told = await db
    .selectFrom('notices')
    .innerJoin('delivered_notices', 'delivered_notices.notice_id', 'notices.id')
    .select(['at', 'routed_at'])
    .where('sameness', '=', sameness)
    .where('routed_at', '>', now.getTime() - repeatMs)
    .orderBy('at', 'desc')
    .limit(1)
    .executeTakeFirst()
  if (!told || domain_id === null) return told !== undefined
  const better = await db
    .selectFrom('notices')
    .select('id')
    .where((eb) => eb.and({ domain_id, severity: 'info' }))
    .where('routed_at', '>=', told.routed_at)
    .where('at', '>', told.at)
    .limit(1)
    .executeTakeFirst()
  return better === undefined
}

async function addToDelivery(db: Db, notice: Notice, channel: string, routing: NoticeRouting, engine: Engine): Promise<void> {
  const now = routing.now.getTime()
  const { tenant, event, severity } = notice
  const subject = notice.incident ?? notice.domainId ?? null
  // Whoever claims it meanwhile waits, and sends the notice with the others.
  const open = await db
    .selectFrom('notice_deliveries')
    .select(['id', 'size'])
    .where('state', '=', 'waiting')
    .where('next_attempt_at', '>', now)
    .where('attempts', '=', 0)
    .where('size', '<', routing.most)
    .where((eb) => eb.and({ channel, tenant, event, severity }))
    // Nor before something else that is told of the same: it comes after that.
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('delivered_notices as theirs')
            .innerJoin('notice_deliveries as later', 'later.id', 'theirs.delivery_id')
            .select('later.id')
            .where('theirs.subject', '=', subject)
            .where('later.channel', '=', channel)
            .where('later.state', '=', 'waiting')
            .where(isBefore('notice_deliveries', 'later')),
        ),
      ),
    )
    .orderBy('id')
    .limit(1)
    .modifyEnd(engine.takesRows)
    .executeTakeFirst()
  const id = open?.id ?? routing.newId()
  if (open)
    await db
      .updateTable('notice_deliveries')
      .set({ size: open.size + 1 })
      .where('id', '=', id)
      .execute()
  else {
    const next = now + routing.groupMs
    await db
      .insertInto('notice_deliveries')
      .values({
        id,
        tenant,
        channel,
        event,
        severity,
        size: 1,
        state: 'waiting',
        attempts: 0,
        next_attempt_at: next,
        created_at: now,
      })
      .execute()
  }
  await db.insertInto('delivered_notices').values({ delivery_id: id, notice_id: notice.id, tenant, subject }).execute()
}

async function forget(db: Db, before: number): Promise<void> {
  const old = await db
    .selectFrom('notice_deliveries')
    .select('id')
    .where('created_at', '<', before)
    .orderBy('created_at')
    .limit(FORGOTTEN_AT_ONCE)
    .execute()
  const ids = old.map(({ id }) => id)
  if (ids.length > 0) {
    await db.deleteFrom('delivered_notices').where('delivery_id', 'in', ids).execute()
    await db.deleteFrom('notice_deliveries').where('id', 'in', ids).execute()
  }
  const told = await db
    .selectFrom('notices')
    .select('id')
    .where('routed_at', '<', before)
    .orderBy('routed_at')
    .limit(FORGOTTEN_AT_ONCE)
    .execute()
  const gone = told.map(({ id }) => id)
  if (gone.length === 0) return
  await db.deleteFrom('delivered_notices').where('notice_id', 'in', gone).execute()
  await db.deleteFrom('notices').where('id', 'in', gone).execute()
}

function noticeRow({ id, at, tenant, event, severity, domainId, ...content }: Notice): Selectable<NoticesTable> {
  const isRepeated = severity !== 'info' && content.incident === undefined
  const told = JSON.stringify([tenant, event, severity, domainId ?? content.names, content.title])
  return {
    id,
    at: at.getTime(),
    tenant,
    event,
    severity,
    domain_id: domainId ?? null,
    content: JSON.stringify(content),
    sameness: isRepeated ? createHash('sha256').update(told).digest('hex') : null,
    routed_at: null,
  }
}

/** @throws UnreadableValue */
export function noticeOf(row: Selectable<NoticesTable>): Notice {
  const { id, tenant, event, severity } = row
  type Content = Omit<Notice, 'id' | 'at' | 'tenant' | 'event' | 'severity' | 'domainId'>
  return {
    ...readObject<Content>(row.content, { table: 'notices', row: id, column: 'content' }),
    id,
    at: new Date(row.at),
    tenant,
    event,
    severity,
    ...withoutNulls({ domainId: row.domain_id }),
  }
}
