import type { Hash } from 'node:crypto'
import { CompiledQuery, sql } from 'kysely'
import type { CopiedCount } from '../contracts/state-work.ts'
import { DomainctlError } from '../errors.ts'
import { COPIED_TABLES, type CopiedTable } from './copied-tables.ts'
import type { Database, Db } from './database.ts'
import { FILLING } from './migrations.ts'

/** Rows that are read, and written in one transaction: it waits for the disk, and all of them are in memory. */
const PAGE = 2_000
/** Rows that one statement writes; their values are its parameters, and SQLite takes 32,766 of them. */
const ROWS_AT_ONCE = 500

type Row = Record<string, unknown>

/**
 * Copies all rows of one state into another one, which is empty or holds what an earlier run has copied of the same, and compares
 * both, row by row. Until that has ended the other one cannot be used. The first is read from one snapshot: who works on it
 * meanwhile loses nothing there, but the copy does not have it.
 * @param onSnapshot may refuse what is in the snapshot, before anything is written
 * @param onPage after each page: the table, and how many of its rows are done
 * @throws DomainctlError `USAGE` when the target holds something else; `STATE_CORRUPT` when the two differ in the end
 */
export async function copyTables(
  from: Database,
  to: Database,
  o: { signal: AbortSignal; onSnapshot?(source: Db): Promise<void>; onPage(table: string, rows: number): void },
): Promise<CopiedCount[]> {
  const { signal, onPage } = o
  const counts = await from.read(async (source) => {
    await o.onSnapshot?.(source)
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
    await to.engine.lock(db, 'state copy')
    const mark = await db.selectFrom('schema_version').select('applied_at').where('version', '=', FILLING).executeTakeFirst()
    if (mark) {
      if (mark.applied_at === last) return
      throw sourceChanged(to.engine.place)
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

/** Whatever matters adds a line to the audit. */
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
  // Of an earlier run. Not all that changes a source adds a line to its audit: secrets that are sealed anew do not.
  const there = await to.read((db) => fingerprint(db, table, signal))
  const texts = new Map<number, string>()
  let rows = 0
  for await (const { page, columns } of pages(source, table, signal)) {
    // What an earlier run has written comes first in the order of the keys, since it was written in that.
    const known = Math.min(Math.max(0, there.rows - rows), page.length)
    const fresh = page.slice(known)
    hashPage(hash, page.slice(0, known), columns)
    if (known > 0 && rows + known === there.rows && hash.copy().digest('hex') !== there.hash) throw sourceChanged(to.engine.place)
    hashPage(hash, fresh, columns)
    const [first] = fresh
    if (first)
      await to.write(async (db) => {
        await assertAlone(db, to, table, first)
        await insert(db, { table: table.table, columns, rows: fresh, texts })
      })
    rows += page.length
    onPage(table.table, rows)
  }
  if (rows < there.rows) throw sourceChanged(to.engine.place)
  return { table: table.table, rows, hash: hash.digest('hex') }
}

/** Another copy into the same place may have come first, and even have ended: then somebody uses what is there. */
async function assertAlone(db: Db, to: Database, { table, key }: CopiedTable, first: Row): Promise<void> {
  await to.engine.lock(db, 'state copy')
  const mark = await db.selectFrom('schema_version').select('version').where('version', '=', FILLING).executeTakeFirst()
  const isFirst = sql.join(
    key.map((column) => sql`${sql.ref(column)} = ${first[column]}`),
    sql` and `,
  )
  const { rows } = await sql`select 1 from ${sql.table(table)} where ${isFirst}`.execute(db)
  if (mark && rows.length === 0) return
  throw new DomainctlError('USAGE', `Another copy fills the state ${to.engine.place}, or has filled it.`, {
    hint: 'Let that one end. Killed, it goes on with the same command.',
  })
}

/** What a table comes to, in the same words on every engine. */
async function fingerprint(db: Db, table: CopiedTable, signal: AbortSignal): Promise<CopiedCount> {
  const hash = sha256()
  let rows = 0
  for await (const { page, columns } of pages(db, table, signal)) {
    hashPage(hash, page, columns)
    rows += page.length
  }
  return { table: table.table, rows, hash: hash.digest('hex') }
}

/** Loaded here, not with this file: it takes 6 ms, which a list of domains does without. */
function sha256(): Hash {
  return process.getBuiltinModule('node:crypto').createHash('sha256')
}

/**
 * All rows in the order of their keys, and their columns without what belongs to one database alone. These are in one order, whatever
 * the order in which migrations have made them. The tables are data here, so this is SQL.
 */
async function* pages(
  db: Db,
  { table, key, without = [] }: CopiedTable,
  signal: AbortSignal,
): AsyncGenerator<{ page: Row[]; columns: string[] }> {
  const order = sql.join(key.map((column) => sql.ref(column)))
  let after = sql``
  for (;;) {
    signal.throwIfAborted()
    const { rows } = await sql<Row>`select * from ${sql.table(table)} ${after} order by ${order} limit ${PAGE}`.execute(db)
    const last = rows.at(-1)
    if (!last) return
    const columns = Object.keys(last).filter((column) => !without.includes(column))
    yield { page: rows, columns: columns.sort() }
    if (rows.length < PAGE) return
    after = sql`where (${order}) > (${sql.join(key.map((column) => last[column]))})`
  }
}

async function countRows(db: Db, { table }: CopiedTable): Promise<number> {
  const { rows } = await sql<{ rows: number }>`select count(*) as rows from ${sql.table(table)}`.execute(db)
  return Number(rows[0]?.rows ?? 0)
}

/** @param o `texts`: statements of this table by their number of rows; to make one takes longer than to run it */
async function insert(
  db: Db,
  { table, columns, rows, texts }: { table: string; columns: string[]; rows: Row[]; texts: Map<number, string> },
): Promise<void> {
  for (let from = 0; from < rows.length; from += ROWS_AT_ONCE) {
    const some = rows.slice(from, from + ROWS_AT_ONCE)
    const text = texts.get(some.length) ?? insertText(db, table, columns, some.length)
    texts.set(some.length, text)
    const values = some.flatMap((row) => columns.map((column) => row[column]))
    await db.executeQuery(CompiledQuery.raw(text, values))
  }
}

function insertText(db: Db, table: string, columns: string[], rows: number): string {
  const row = sql`(${sql.join(columns.map(() => sql.val(null)))})`
  const into = sql.join(columns.map((column) => sql.ref(column)))
  return sql`insert into ${sql.table(table)} (${into}) values ${sql.join(Array.from({ length: rows }, () => row))}`.compile(db)
    .sql
}

function hashPage(hash: Hash, page: Row[], columns: string[]): void {
  const names = columns.map((column) => `[${JSON.stringify(column)},`)
  for (const row of page) hash.update(`[${columns.map((column, i) => `${names[i]}${JSON.stringify(row[column])}]`).join(',')}]\n`)
}

function sourceChanged(place: string): DomainctlError {
  return new DomainctlError('USAGE', `The state ${place} holds a part of a copy, and the source has changed since.`, {
    hint: 'Copy into a new, empty state; this one is of no use any more.',
  })
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
