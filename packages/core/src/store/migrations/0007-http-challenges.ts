import { sql } from 'kysely'
import type { Db } from '../database.ts'

/**
 * Answers to HTTP-01 challenges (RFC 8555 §8.3, requirements C1), asked for by their tokens. CAs use a pending authorization
 * again, so that two domains with a name in common may have one token.
 */
export async function httpChallenges(db: Db): Promise<void> {
  await sql`create table http_challenges (
    token text not null,
    tenant text not null,
    domain_id text not null references domains (id) on update cascade,
    order_id text not null,
    name text not null,
    key_authorization text not null,
    file text,
    folders text not null,
    created_at bigint not null,
    primary key (token, domain_id)
  )`.execute(db)
  await sql`create index http_challenges_domain on http_challenges (domain_id)`.execute(db)
}
