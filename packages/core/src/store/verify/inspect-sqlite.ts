import { sql } from 'kysely'
import type { Db } from '../database.ts'
import type { Inspection, RawRow } from './inspection.ts'
import { condensed, indexText, type TableShape } from './table-shape.ts'

const PAGE = 500

/** Beyond these no JavaScript number is exact, and `node:sqlite` gives none. */
const LARGEST = sql.lit(Number.MAX_SAFE_INTEGER)
const SMALLEST = sql.lit(Number.MIN_SAFE_INTEGER)

/** {@link Inspection} of SQLite. */
export const inspectSqlite: Inspection = {
  async isStored(db) {
    const main = await sql<{ file: string }>`select file from pragma_database_list where name = 'main'`.execute(db)
    return main.rows.some(({ file }) => file !== '')
  },

  async faults(db) {
    const found = await sql<{ integrity_check: string }>`pragma integrity_check`.execute(db)
    const orphans = await sql<{ table: string; rowid: number; parent: string }>`pragma foreign_key_check`.execute(db)
    return [
      ...found.rows.map(({ integrity_check }) => integrity_check).filter((text) => text !== 'ok'),
      ...orphans.rows.map(({ table, rowid, parent }) => `the row ${rowid} of ${table} belongs to no row of ${parent}`),
    ]
  },

  async tables(db) {
    const names = await sql<{
      name: string
    }>`select name from sqlite_master where type = 'table' and name not like 'sqlite_%'`.execute(db)
    const tables = new Map<string, TableShape>()
    for (const { name } of names.rows) tables.set(name, await tableShape(db, name))
    return tables
  },

  async wantedTriggers(fresh) {
    return new Map(Array.from(fresh, ([table, { triggers }]) => [table, triggers]))
  },

  async *pages(db, table, { columns, key }) {
    // A number that is too large would end the whole page; as a text it is told like any other value that is none.
    const selected = Array.from(columns, ([column, { type }]) => {
      const value = sql.ref(column)
      if (type === 'text') return value
      const isTooLarge = sql`typeof(${value}) = 'integer' and (${value} > ${LARGEST} or ${value} < ${SMALLEST})`
      return sql`case when ${isTooLarge} then cast(${value} as text) else ${value} end as ${value}`
    })
    // By its own number of the row: a key that was tampered with may be null, or stand there twice.
    let after = sql``
    for (;;) {
      const { rows } = await sql<Record<string, unknown> & { its_number: string }>`
        select cast(rowid as text) as its_number, ${sql.join(selected)} from ${sql.table(table)} ${after} order by rowid limit ${PAGE}`.execute(
        db,
      )
      const last = rows.at(-1)
      if (!last) return
      yield rows.map(({ its_number, ...values }): RawRow => ({ id: idOf(values, key) ?? `number ${its_number}`, values }))
      if (rows.length < PAGE) return
      after = sql`where rowid > ${BigInt(last.its_number)}`
    }
  },
}

function idOf(values: Record<string, unknown>, key: readonly string[]): string | undefined {
  const parts = key.map((column) => values[column])
  return parts.every((part) => typeof part === 'string' || typeof part === 'number') ? parts.join(' ') : undefined
}

async function tableShape(db: Db, table: string): Promise<TableShape> {
  const columns = await sql<{ name: string; type: string; notnull: number; pk: number }>`
    select name, type, "notnull", pk from pragma_table_info(${table})`.execute(db)
  const references = await sql<{ from: string; table: string; to: string; on_update: string }>`
    select "from", "table", "to", on_update from pragma_foreign_key_list(${table})`.execute(db)
  const triggers = await sql<{ name: string; sql: string }>`
    select name, sql from sqlite_master where type = 'trigger' and tbl_name = ${table}`.execute(db)
  const key = columns.rows.filter(({ pk }) => pk > 0).toSorted((a, b) => a.pk - b.pk)
  return {
    columns: new Map(columns.rows.map(({ name, type, notnull }) => [name, { type: type.toLowerCase(), notNull: notnull === 1 }])),
    key: key.map(({ name }) => name),
    indexes: await indexesOf(db, table),
    references: new Set(
      references.rows.map(({ from, table, to, on_update }) => `${from} → ${table}.${to} ${on_update.toLowerCase()}`),
    ),
    triggers: new Map(triggers.rows.map(({ name, sql }) => [name, condensed(sql)])),
  }
}

async function indexesOf(db: Db, table: string): Promise<Set<string>> {
  const { rows } = await sql<{ name: string; unique: number; sql: string | null }>`
    select list.name, list."unique", master.sql from pragma_index_list(${table}) as list
    left join sqlite_master as master on master.type = 'index' and master.name = list.name`.execute(db)
  const indexes = new Set<string>()
  for (const { name, unique, sql: made } of rows) {
    const columns = await sql<{ name: string }>`select name from pragma_index_info(${name}) order by seqno`.execute(db)
    const where = /\swhere\s(.*)$/is.exec(made ?? '')?.[1] ?? null
    indexes.add(
      indexText(
        columns.rows.map((column) => column.name),
        { unique: unique === 1, where },
      ),
    )
  }
  return indexes
}
