import { sql } from 'kysely'
import type { Db } from '../database.ts'
import type { Engine } from '../engine.ts'

/**
 * Domains with their names, orders, certificates and records; accounts; the audit. Times are ms since 1970, JSON is text.
 * What belongs to a domain follows it when it gets another id, which is what adding a removed one again does; the audit
 * does not, it is never changed.
 */
export async function initial(db: Db, engine: Engine): Promise<void> {
  for (const statement of [
    sql`create table meta (name text primary key, value text not null)`,

    sql`create table domains (
      id text primary key,
      tenant text not null,
      name text not null,
      status text not null,
      status_since bigint not null,
      settings text not null,
      labels text not null,
      attempts bigint not null,
      last_error text,
      ca_not_before_ca text,
      ca_not_before bigint,
      next_action_at bigint,
      certificate_id text,
      created_at bigint not null,
      updated_at bigint not null,
      lease_owner text,
      lease_until bigint,
      lease_fence bigint not null,
      unique (tenant, name)
    )`,
    sql`create index domains_next_action_at on domains (next_action_at) where next_action_at is not null`,

    sql`create table domain_names (
      domain_id text not null references domains (id) on update cascade,
      tenant text not null,
      position bigint not null,
      name text not null,
      base_name text not null,
      ownership_state text,
      ownership_token text,
      ownership_checked_at bigint,
      ownership_proven_at bigint,
      routing_state text,
      routing_target text,
      routing_addresses text,
      routing_checked_at bigint,
      delegation_state text,
      delegation_target text,
      delegation_checked_at bigint,
      primary key (domain_id, position)
    )`,
    sql`create index domain_names_base_name on domain_names (base_name)`,

    sql`create table former_domain_ids (
      former_id text primary key,
      tenant text not null,
      domain_id text not null references domains (id) on update cascade
    )`,
    sql`create index former_domain_ids_domain on former_domain_ids (domain_id)`,

    sql`create table orders (
      id text primary key,
      tenant text not null,
      domain_id text not null references domains (id) on update cascade,
      ca text not null,
      account_id text not null,
      names text not null,
      profile text,
      state text not null,
      url text,
      finalize_url text,
      certificate_url text,
      expires bigint,
      authorizations text not null,
      certificate_key text not null,
      key_type text not null,
      created_at bigint not null,
      updated_at bigint not null
    )`,
    sql`create index orders_domain on orders (domain_id, created_at)`,
    sql`create index orders_url on orders (url)`,

    sql`create table certificates (
      id text primary key,
      tenant text not null,
      domain_id text not null references domains (id) on update cascade,
      order_id text not null,
      ca text not null,
      account_id text not null,
      chain text not null,
      private_key text not null,
      key_type text not null,
      serial text not null,
      fingerprint text not null,
      issuer text not null,
      names text not null,
      not_before bigint not null,
      not_after bigint not null,
      renew_at bigint not null,
      renew_reason text not null,
      created_at bigint not null
    )`,
    sql`create index certificates_domain on certificates (domain_id)`,
    sql`create index certificates_not_after on certificates (not_after)`,

    sql`create table records (
      id text primary key,
      tenant text not null,
      domain_id text not null references domains (id) on update cascade,
      order_id text,
      purpose text not null,
      provider text not null,
      zone_id text not null,
      zone_name text not null,
      name text not null,
      type text not null,
      value text not null,
      ttl bigint not null,
      state text not null,
      created_at bigint not null
    )`,
    sql`create index records_domain on records (domain_id)`,
    sql`create index records_name_type on records (name, type)`,

    sql`create table accounts (
      id text primary key,
      tenant text not null,
      ca text not null,
      contact text,
      url text,
      key text not null,
      created_at bigint not null,
      unique (tenant, ca)
    )`,

    sql`create table audit (
      seq ${engine.sequence},
      at bigint not null,
      tenant text not null,
      domain_id text,
      who text not null,
      event text not null,
      message text not null,
      details text
    )`,
    sql`create index audit_domain on audit (domain_id, tenant, seq)`,
    sql`create index audit_tenant on audit (tenant, seq)`,
    ...engine.appendOnly('audit'),
  ]) {
    await statement.execute(db)
  }
}
