import { type ExpressionBuilder, type SqlBool, sql } from 'kysely'
import type { Certificate, Domain } from '../domain/model.ts'
import type { Db } from './database.ts'
import type { DomainsTable, Schema } from './schema.ts'

/** So many are looked at each; where there are more, a page of them is soon full on the way along the names. */
const FEW = 2_000

/** What `domains.expires_at` is for this domain; its certificate is mostly written first. */
export function expiresAt({ certificateId }: Domain) {
  return (eb: ExpressionBuilder<Schema, 'domains'>) =>
    eb
      .selectFrom('certificates')
      .select('not_after')
      .where('certificates.id', '=', certificateId ?? '')
}

/** The other way round: a certificate that a domain has already. */
export async function keepExpiry(db: Db, { id, domainId, notAfter }: Certificate): Promise<void> {
  const expires_at = notAfter.getTime()
  await db
    .updateTable('domains')
    .set({ expires_at })
    .where('id', '=', domainId)
    .where('certificate_id', '=', id)
    .where((eb) => eb.or([eb('expires_at', 'is', null), eb('expires_at', '<>', expires_at)]))
    .execute()
}

/**
 * The domains whose certificate ends before this time, as a table; all of them where no time is given. An engine cannot tell whether
 * these are a handful, to be put in order, or most of a million, of which the first hundred names are wanted: so it is asked, and
 * told by a limit, below which nothing else reaches, or by a sum, which keeps the index of these times out of it.
 */
export async function expiringBefore(db: Db, time: Date | undefined) {
  const all = sql<DomainsTable>`domains`
  if (time === undefined) return { table: all.as('domains'), rest: sql<SqlBool>`1 = 1` }
  const expires = time.getTime()
  const rows = await db
    .selectFrom('domains')
    .select('id')
    .where('expires_at', '<', expires)
    .limit(FEW + 1)
    .execute()
  if (rows.length > FEW) return { table: all.as('domains'), rest: sql<SqlBool>`domains.expires_at + 0 < ${expires}` }
  const few = sql<DomainsTable>`(select * from domains where expires_at < ${expires} limit ${FEW})`
  return { table: few.as('domains'), rest: sql<SqlBool>`1 = 1` }
}
