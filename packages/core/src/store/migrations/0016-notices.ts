import { sql } from 'kysely'
import type { Db } from '../database.ts'
import type { Engine } from '../engine.ts'

/** What people are to be told, written with what it tells of, and the messages by which each channel tells it (requirements H5). */
export async function notices(db: Db, engine: Engine): Promise<void> {
  for (const statement of [
    sql`create table notices (
      id text primary key,
      at bigint not null,
      tenant text not null,
      event text not null,
      severity text not null,
      domain_id text,
      content text not null,
      sameness text,
      routed_at bigint
    )`,
    sql`create index notices_unrouted on notices (at, id) where routed_at is null`,
    sql`create index notices_same on notices (sameness, routed_at) where sameness is not null`,
    sql`create index notices_old on notices (routed_at) where routed_at is not null`,
    sql`create table notice_deliveries (
      id text primary key,
      tenant text not null,
      channel text not null,
      event text not null,
      severity text not null,
      size bigint not null,
      state text not null,
      attempts bigint not null,
      next_attempt_at bigint,
      last_error text,
      created_at bigint not null,
      ended_at bigint,
      claim text,
      claimed_by text,
      claimed_until bigint
    )`,
    sql`create index notice_deliveries_due on notice_deliveries (next_attempt_at, id) where state = 'waiting'`,
    sql`create index notice_deliveries_old on notice_deliveries (created_at)`,
    sql`create table delivered_notices (
      tenant text not null,
      delivery_id text not null,
      notice_id text not null,
      primary key (delivery_id, notice_id)
    )`,
    ...engine.byBytes('notices', ['id']),
    ...engine.byBytes('notice_deliveries', ['id']),
    ...engine.byBytes('delivered_notices', ['delivery_id', 'notice_id']),
  ])
    await statement.execute(db)
}
