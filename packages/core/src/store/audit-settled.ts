import { type RawBuilder, sql } from 'kysely'

/**
 * How PostgreSQL knows up to where the audit is complete. Numbers are given before the commit, so a lower one may come after a
 * higher one was seen. Each transaction that is about to take numbers says so first, by a lock which nobody waits for and that
 * carries the last number taken so far: its own are above it. What is not above the lowest of those that run has ended.
 * The id of a transaction would not tell: it says nothing of which of two has taken its numbers first.
 */
export const AUDIT_SETTLED: RawBuilder<unknown>[] = [
  // A statement's own trigger runs before the defaults of its rows, and so before a number is taken.
  sql.raw(`create function audit_begins() returns trigger language plpgsql set search_path from current as $$
    begin
      perform pg_advisory_xact_lock_shared(
        hashtext('domainctl.audit.' || current_schema()),
        (select (case when is_called then last_value else 0 end % 2147483648)::integer from audit_seq_seq));
      return null;
    end $$`),
  sql.raw('create trigger audit_begins before insert on audit for each statement execute function audit_begins()'),
  // First the number, then the locks: whoever locks after that takes higher ones.
  sql.raw(`create function audit_settled() returns bigint language plpgsql set search_path from current as $$
    declare
      latest bigint;
      oldest bigint;
    begin
      select case when is_called then last_value else 0 end into latest from audit_seq_seq;
      select min(latest - (latest - objid::bigint) % 2147483648) into oldest from pg_locks
        where locktype = 'advisory' and objsubid = 2 and granted
          and classid = hashtext('domainctl.audit.' || current_schema())::oid
          and database = (select oid from pg_database where datname = current_database());
      return least(latest, oldest);
    end $$`),
]
