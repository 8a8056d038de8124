import { type RawBuilder, type SqlBool, sql } from 'kysely'

/** Of two `notice_deliveries` under these names, whether one was made before the other; ids of one routing come in order. */
export function isBefore(one: string, other: string): RawBuilder<SqlBool> {
  const at = (table: string) => sql`${sql.ref(`${table}.created_at`)}, ${sql.ref(`${table}.id`)}`
  return sql<SqlBool>`(${at(one)}) < (${at(other)})`
}
