import { sql } from 'kysely'
import { undisturbed } from '../../domain/health/damping.ts'
import type { Db } from '../database.ts'
import type { Engine } from '../engine.ts'

/**
 * Health (requirements H2, H3): what is known of each domain, in a row that its lease has nothing to do with; outages that people
 * were told of; and the history, by spans, whose end moves in place: no index has `ended_at`.
 */
export async function health(db: Db, engine: Engine): Promise<void> {
  await sql`create table health (
    domain_id text not null primary key references domains (id) on update cascade,
    tenant text not null,
    next_check_at bigint,
    claim text,
    damping text not null,
    checked_at bigint,
    layer text,
    code text,
    address text,
    message text,
    incident text,
    expiry_told text,
    span_state text,
    span_began_at bigint
  )`.execute(db)
  await sql`create index health_due on health (next_check_at)`.execute(db)
  await sql`create table health_incidents (
    id text not null primary key,
    tenant text not null,
    place text,
    document text not null
  )`.execute(db)
  await sql`create index health_incidents_place on health_incidents (tenant, place)`.execute(db)
  await sql`create table health_history (
    domain_id text not null references domains (id) on update cascade,
    tenant text not null,
    began_at bigint not null,
    ended_at bigint not null,
    state text not null,
    checks bigint not null,
    layer text,
    code text,
    address text,
    ms_sum bigint not null,
    ms_most bigint not null,
    ms_count bigint not null,
    primary key (domain_id, began_at)
  )`.execute(db)
  await sql`create index health_history_age on health_history (began_at)`.execute(db)
  for (const [table, column] of [
    ['health', 'domain_id'],
    ['health_incidents', 'id'],
    ['health_history', 'domain_id'],
  ] as const) {
    for (const statement of engine.byBytes(table, [column])) await statement.execute(db)
  }
  // Due at once, in the order in which they were changed last.
  await sql`insert into health (domain_id, tenant, next_check_at, damping)
    select id, tenant, updated_at, ${JSON.stringify(undisturbed())} from domains
    where certificate_id is not null and status not in ('suspended', 'deleted')`.execute(db)
}
