import { type RawBuilder, sql } from 'kysely'
import { DomainctlError } from '../errors.ts'

/**
 * SQL, as text: in which life of the server this is. Another one began with every start of it, and with every crash of one of its
 * processes, after which it goes on by itself and counts anew what it had counted (pgstat of PostgreSQL 15 and newer).
 */
export const LIFE = `extract(epoch from pg_postmaster_start_time())::text || '/' || coalesce(extract(epoch from pg_stat_get_bgwriter_stat_reset_time())::text, '')`

/** SQL: what tells the transaction that runs from all others, once it has a number. */
export const THIS_TRANSACTION = `pg_current_xact_id()::text || ' ' || ${LIFE}`

/**
 * What became of a transaction whose commit was cut off: `committed`, `aborted`, `in progress`, or `unknown`.
 *
 * A crash takes back numbers that nothing on the disk bears, and the server gives them to others: what has this number now may be
 * somebody else's, or nobody's yet, which the server calls an error. In another life of the server ours does not run any more, so
 * that what is not committed under its number was not carried out; what is committed may be either one's.
 * @param transaction as {@link THIS_TRANSACTION} told it
 */
export function fateOf(transaction: string): RawBuilder<{ status: string | null }> {
  const [number = '', life = ''] = transaction.split(' ')
  const xid = sql`${number}::xid8`
  return sql<{ status: string | null }>`select case
    when ${sql.raw(LIFE)} = ${life} then pg_xact_status(${xid})
    when ${xid} >= pg_snapshot_xmax(pg_current_snapshot()) then 'aborted'
    when pg_xact_status(${xid}) = 'committed' then 'unknown'
    else 'aborted' end as status`
}

/** Whoever works on goes by what the state has, as after a crash of its own: it must not be taken for written, nor written again. */
export function unknownFate(place: string, cause: unknown): DomainctlError {
  return new DomainctlError(
    'STATE_BUSY',
    `The connection to the state ${place} ended in a commit, and it cannot be told whether that was carried out.`,
    {
      hint: 'Run the same command again: it goes on from what the state has.',
      cause,
    },
  )
}
