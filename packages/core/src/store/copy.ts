import type { Hash } from 'node:crypto'
import { sql } from 'kysely'
import { DomainctlError } from '../errors.ts'
import { COPIED_TABLES, type CopiedTable } from './copied-tables.ts'
import type { Database, Db } from './database.ts'
import { FILLING } from './migrations.ts'

/** Rows of a page; their values are parameters of one statement, and SQLite takes 32,766 of them. */
const PAGE = 500

type Row = Record<string, unknown>

/** What a table came to. */
export interface CopiedCount {
  table: string
  rows: number
  /** SHA-256 of all rows in the order of their keys, hex. */
  hash: string
}

/**
 * Copies all rows of one state into another one, which is empty or holds what an earlier run has copied of the same, and compares
 * both, row by row. Until that has ended the other one cannot be used. The first is read from one snapshot: who works on it
 * meanwhile loses nothing there, but the copy does not have it.
 * @param onPage after each page: the table, and how many of its rows are done
 * @throws DomainctlError `USAGE` when the target holds something else; `STATE_CORRUPT` when the two differ in the end
 */
export async function copyTables(
  from: Database,
  to: Database,
  { signal, onPage }: { signal: AbortSignal; onPage(table: string, rows: number): void },
): Promise<CopiedCount[]> {
  const counts = await from.read(async (source) => {
    const last = await lastEvent(source)
    await begin(to, last)
    const done: CopiedCount[] = []
    for (const table of COPIED_TABLES) done.push(await copyTable(source, to, table, { signal, onPage }))
    return done
  })
  for (const [i, table] of COPIED_TABLES.entries()) {
    const there = await to.read((db) => fingerprint(db, table, signal))
    if (there.hash !== counts[i]?.hash) throw differs(to.engine.place, table.table)
  }
  await to.write(async (db) => {
    for (const statement of to.engine.afterNumbers('audit', 'seq')) await statement.execute(db)
    await db.deleteFrom('schema_version').where('version', '=', FILLING).execute()
  })
  return counts
}

/** Marks the target; one that is marked goes on where the same source is as it was. The time of the mark stands for that. */
async function begin(to: Database, last: number): Promise<void> {
  await to.write(async (db) => {
    const mark = await db.selectFrom('schema_version').select('applied_at').where('version', '=', FILLING).executeTakeFirst()
    if (mark) {
      if (mark.applied_at === last) return
      throw new DomainctlError(
        'USAGE',
        `The state ${to.engine.place} holds a part of a copy, and the source has changed since.`,
        {
          hint: 'Copy into a new, empty state; this one is of no use any more.',
        },
      )
    }
    for (const table of COPIED_TABLES) {
      if ((await countRows(db, table)) > 0) {
        throw new DomainctlError('USAGE', `The state ${to.engine.place} is not empty.`, {
          hint: 'Copy into a new one: nothing that is there is ever replaced.',
        })
      }
    }
    await db.insertInto('schema_version').values({ version: FILLING, applied_at: last }).execute()
  })
}

/** Every change of a state adds a line to its audit. */
async function lastEvent(db: Db): Promise<number> {
  const row = await db
    .selectFrom('audit')
    .select(({ fn }) => fn.max('seq').as('seq'))
    .executeTakeFirst()
  return Number(row?.seq ?? 0)
}

async function copyTable(
  source: Db,
  to: Database,
  table: CopiedTable,
  { signal, onPage }: { signal: AbortSignal; onPage(table: string, rows: number): void },
): Promise<CopiedCount> {
  const hash = sha256()
  const there = await to.read((db) => countRows(db, table))
  let rows = 0
  for await (const page of pages(source, table, signal)) {
    for (const row of page) hash.update(textOf(row))
    // What an earlier run has written comes first in the order of the keys, since it was written in that.
    const fresh = page.slice(Math.max(0, there - rows))
    if (fresh.length > 0) await to.write((db) => insert(db, table, fresh))
    rows += page.length
    onPage(table.table, rows)
  }
  return { table: table.table, rows, hash: hash.digest('hex') }
}

/** What a table comes to, in the same words on every engine. */
async function fingerprint(db: Db, table: CopiedTable, signal: AbortSignal): Promise<CopiedCount> {
  const hash = sha256()
  let rows = 0
  for await (const page of pages(db, table, signal)) {
    for (const row of page) hash.update(textOf(row))
    rows += page.length
  }
  return { table: table.table, rows, hash: hash.digest('hex') }
}

/** Loaded here, not with this file: it takes 6 ms, which a list of domains does without. */
function sha256(): Hash {
  return process.getBuiltinModule('node:crypto').createHash('sha256')
}

/** All rows in the order of their keys, without what belongs to one database alone. The tables are data here, so this is SQL. */
async function* pages(db: Db, { table, key, without = [] }: CopiedTable, signal: AbortSignal): AsyncGenerator<Row[]> {
  const columns = sql.join(key.map((column) => sql.ref(column)))
  let after = sql``
  for (;;) {
    signal.throwIfAborted()
    const { rows } = await sql<Row>`select * from ${sql.table(table)} ${after} order by ${columns} limit ${PAGE}`.execute(db)
    const last = rows.at(-1)
    if (!last) return
    yield rows.map((row) => Object.fromEntries(Object.entries(row).filter(([column]) => !without.includes(column))))
    if (rows.length < PAGE) return
    after = sql`where (${columns}) > (${sql.join(key.map((column) => last[column]))})`
  }
}

async function countRows(db: Db, { table }: CopiedTable): Promise<number> {
  const { rows } = await sql<{ rows: number }>`select count(*) as rows from ${sql.table(table)}`.execute(db)
  return Number(rows[0]?.rows ?? 0)
}

async function insert(db: Db, { table }: CopiedTable, rows: readonly Row[]): Promise<void> {
  const columns = Object.keys(rows[0] ?? {})
  const values = rows.map((row) => sql`(${sql.join(columns.map((column) => row[column]))})`)
  const into = sql.join(columns.map((column) => sql.ref(column)))
  await sql`insert into ${sql.table(table)} (${into}) values ${sql.join(values)}`.execute(db)
}

/** Columns in one order, whatever the order in which migrations have made them. */
function textOf(row: Row): string {
  const columns = Object.keys(row).sort()
  return `${JSON.stringify(columns.map((column) => [column, row[column]]))}\n`
}

function differs(place: string, table: string): DomainctlError {
  return new DomainctlError(
    'STATE_CORRUPT',
    `The copy in ${place} differs from its source in the table ${table}; it was not released.`,
    {
      hint: 'Copy into a new, empty state. If it happens again, look for what else writes into that database.',
    },
  )
}
