import type { Selectable } from 'kysely'
import type { HttpChallenge } from '../domain/http-challenge.ts'
import { assertRow } from './cells.ts'
import { readArray, withoutNulls } from './columns.ts'
import type { Db } from './database.ts'
import type { HttpChallengesTable } from './schema.ts'

/** Those with this token, of any domain, newest first. */
export async function httpChallengesWith(db: Db, token: string): Promise<HttpChallenge[]> {
  const rows = await db
    .selectFrom('http_challenges')
    .selectAll()
    .where('token', '=', token)
    .orderBy('created_at', 'desc')
    .execute()
  return rows.map(challengeOf)
}

/** Those of this domain, oldest first. */
export async function httpChallengesOf(db: Db, domainId: string): Promise<HttpChallenge[]> {
  const rows = await db
    .selectFrom('http_challenges')
    .selectAll()
    .where('domain_id', '=', domainId)
    .orderBy('created_at')
    .orderBy('token')
    .execute()
  return rows.map(challengeOf)
}

/** Inserts the challenge, or replaces what this domain has under its token. */
export async function saveHttpChallenge(db: Db, challenge: HttpChallenge): Promise<void> {
  const { token, domain_id, ...rest } = challengeRow(challenge)
  await db
    .insertInto('http_challenges')
    .values({ token, domain_id, ...rest })
    .onConflict((conflict) => conflict.columns(['token', 'domain_id']).doUpdateSet(rest))
    .execute()
}

/** Takes challenges of this domain out of the journal. */
export async function removeHttpChallenges(db: Db, domainId: string, tokens: readonly string[]): Promise<void> {
  if (tokens.length === 0) return
  await db.deleteFrom('http_challenges').where('domain_id', '=', domainId).where('token', 'in', tokens).execute()
}

function challengeRow(challenge: HttpChallenge): Selectable<HttpChallengesTable> {
  return {
    token: challenge.token,
    tenant: challenge.tenant,
    domain_id: challenge.domainId,
    order_id: challenge.orderId,
    name: challenge.name,
    key_authorization: challenge.keyAuthorization,
    file: challenge.file ?? null,
    folders: JSON.stringify(challenge.folders),
    created_at: challenge.createdAt.getTime(),
  }
}

/** @throws UnreadableValue */
export function challengeOf(row: Selectable<HttpChallengesTable>): HttpChallenge {
  assertRow('http_challenges', row, row.token)
  return {
    token: row.token,
    tenant: row.tenant,
    domainId: row.domain_id,
    orderId: row.order_id,
    name: row.name,
    keyAuthorization: row.key_authorization,
    folders: readArray<string>(row.folders, { table: 'http_challenges', row: row.token, column: 'folders' }),
    createdAt: new Date(row.created_at),
    ...withoutNulls({ file: row.file }),
  }
}
