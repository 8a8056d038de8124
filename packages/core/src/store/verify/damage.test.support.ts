import { DatabaseSync } from 'node:sqlite'
import { CELLS, cellKind } from '../cells.ts'

/** Every column of every table. */
export const ALL_CELLS = Object.entries(CELLS).flatMap(([table, columns]) =>
  Object.keys(columns).map((column) => [table, column] as const),
)

/** What somebody's hand, or a program that is not ours, may leave in a cell: SQL. */
export const DAMAGES = [
  'null',
  "''",
  "'☠ not this'",
  "'[]'",
  "'{}'",
  "'null'",
  '0',
  '-1',
  '1.5',
  '9223372036854775807',
  "x'00ff'",
  "'2026-01-01T00:00:00Z'",
] as const

/** Texts of people and of others: whatever stands there is shown, or sent back to whom it came from, and nothing else. */
const ANY_TEXT = new Set([
  'health.claim',
  'health.layer',
  'health.code',
  'health.address',
  'health.message',
  'health_incidents.place',
  'health_history.layer',
  'health_history.code',
  'health_history.address',
  'domains.lease_owner',
  'domain_names.ownership_token',
  'domain_names.routing_target',
  'domain_names.delegation_target',
  'former_domain_ids.former_id',
  'orders.profile',
  'certificates.renew_reason',
  'certificates.revocation_reason',
  'records.id',
  'records.provider',
  'records.zone_id',
  'records.zone_name',
  'records.name',
  'records.value',
  'http_challenges.name',
  'http_challenges.file',
  'deployments.target',
  'key_leases.key',
  'key_leases.id',
  'key_leases.owner',
  'accounts.name',
  'accounts.contact',
  'audit.who',
  'audit.event',
  'audit.message',
  'audit.domain_id',
  'audit.tenant',
  'ca_circuits.reason',
  'ca_budgets.subject',
  'notices.event',
  'notices.domain_id',
  'notices.sameness',
  'notice_deliveries.channel',
  'notice_deliveries.event',
  'notice_deliveries.claim',
  'notice_deliveries.claimed_by',
  'delivered_notices.subject',
])

/** Lists and objects that may as well be empty. */
const MAY_BE_EMPTY = new Set([
  'domains.labels',
  'domains.ca_waits',
  'domain_names.routing_addresses',
  'orders.authorizations',
  'orders.reserved',
  'records.previous',
  'http_challenges.folders',
  'audit.details',
])

/** Why a value does no harm that verify says nothing of; null where it should have. */
export function harmlessBecause(table: string, column: string, { type, text }: { type: string; text: string }): string | null {
  const cell = `${table}.${column}`
  const kind = cellKind(table, column)
  if (!kind || !(table in CELLS)) return null
  if (type === 'null') return kind.stored(null) === null ? 'as if it had never been noted' : null
  if (type === 'text' && ANY_TEXT.has(cell)) return 'a text for people, or of others'
  if (type === 'text' && (text === '[]' || text === '{}') && MAY_BE_EMPTY.has(cell)) return 'as if there were none of it'
  if (type === 'integer' && kind.time === undefined && kind.stored(Number(text)) === null)
    return 'a count, or a time, like another'
  return null
}

/**
 * Puts a value into a column of the first row of a table, past all that guards it. Answers what stands there then, and whether it is
 * another than before; null where the database itself does not take it.
 */
export function damageCell(
  path: string,
  { table, column, sql }: { table: string; column: string; sql: string },
): { isOther: boolean; type: string; text: string } | null {
  const database = new DatabaseSync(path, { enableForeignKeyConstraints: false })
  const value = () => {
    const seen = `hex(cast(${column} as blob)) as bytes, typeof(${column}) as type, cast(${column} as text) as text`
    return database.prepare(`select ${seen} from ${table} order by rowid limit 1`).get()
  }
  try {
    const before = value()
    const guard = database.prepare("select sql from sqlite_master where name = 'audit_no_update'").get()?.sql
    database.exec('drop trigger audit_no_update')
    try {
      database.exec(`update ${table} set ${column} = ${sql} where rowid = (select min(rowid) from ${table})`)
    } catch {
      return null
    } finally {
      database.exec(String(guard))
    }
    const after = value()
    return {
      isOther: JSON.stringify(after) !== JSON.stringify(before),
      type: String(after?.type),
      text: String(after?.text),
    }
  } finally {
    database.close()
  }
}
