import { DummyDriver, Kysely, PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler, sql } from 'kysely'
import type { Db } from '../database.ts'
import type { Engine } from '../engine.ts'
import { migrate } from '../migrations.ts'
import type { Schema } from '../schema.ts'
import type { Inspection, RawRow } from './inspection.ts'
import { condensed, indexText, type TableShape } from './table-shape.ts'

const PAGE = 500

const HERE = sql`(select oid from pg_namespace where nspname = current_schema())`

/** {@link Inspection} of PostgreSQL. What only its own tools see (pg_amcheck, checksums) is not looked at. */
export function inspectPostgres(engine: Engine): Inspection {
  return {
    isStored: async () => true,

    async faults(db) {
      const indexes = await sql<{ name: string }>`
        select i.indexrelid::regclass::text as name from pg_index i join pg_class c on c.oid = i.indrelid
        where c.relnamespace = ${HERE} and not (i.indisvalid and i.indisready and i.indislive)`.execute(db)
      const constraints = await sql<{ name: string; table: string }>`
        select n.conname as name, c.relname as table from pg_constraint n join pg_class c on c.oid = n.conrelid
        where c.relnamespace = ${HERE} and not n.convalidated`.execute(db)
      return [
        ...indexes.rows.map(({ name }) => `the index ${name} is not valid`),
        ...constraints.rows.map(({ name, table }) => `the constraint ${name} of ${table} was never checked on all rows`),
      ]
    },

    async tables(db) {
      const columns = await sql<{ table: string; name: string; type: string; not_null: boolean }>`
        select c.relname as table, a.attname as name, format_type(a.atttypid, null) as type, a.attnotnull as not_null
        from pg_attribute a join pg_class c on c.oid = a.attrelid
        where c.relnamespace = ${HERE} and c.relkind in ('r', 'p') and a.attnum > 0 and not a.attisdropped
        order by c.relname, a.attnum`.execute(db)
      const tables = new Map<string, TableShape>()
      for (const { table, name, type, not_null } of columns.rows) {
        const shape = tables.get(table) ?? emptyShape()
        shape.columns.set(name, { type, notNull: not_null })
        tables.set(table, shape)
      }
      await readIndexes(db, tables)
      await readReferences(db, tables)
      await readTriggers(db, tables)
      return tables
    },

    wantedTriggers: (_, now) => wantedTriggers(engine, now),

    async *pages(db, table, { columns, key }) {
      const selected = sql.join(Array.from(columns.keys(), (column) => sql.ref(column)))
      const order = sql.join(key.map((column) => sql.ref(column)))
      let after = sql``
      for (;;) {
        const { rows } = await sql<Record<string, unknown>>`
          select ${selected} from ${sql.table(table)} ${after} order by ${order} limit ${PAGE}`.execute(db)
        const last = rows.at(-1)
        if (!last) return
        yield rows.map((values): RawRow => ({ id: key.map((column) => String(values[column])).join(' '), values }))
        if (rows.length < PAGE) return
        after = sql`where (${order}) > (${sql.join(key.map((column) => last[column]))})`
      }
    },
  }
}

function emptyShape(): TableShape {
  return { columns: new Map(), key: [], indexes: new Set(), references: new Set(), triggers: new Map() }
}

async function readIndexes(db: Db, tables: ReadonlyMap<string, TableShape>): Promise<void> {
  const { rows } = await sql<{ table: string; unique: boolean; primary: boolean; columns: string[]; condition: string | null }>`
    select c.relname as table, i.indisunique as unique, i.indisprimary as primary,
      array(select pg_get_indexdef(i.indexrelid, n, false) from generate_series(1, i.indnkeyatts) n) as columns,
      pg_get_expr(i.indpred, i.indrelid) as condition
    from pg_index i join pg_class c on c.oid = i.indrelid
    where c.relnamespace = ${HERE} and i.indisvalid`.execute(db)
  for (const { table, unique, primary, columns, condition } of rows) {
    const shape = tables.get(table)
    const names = columns.map((column) => column.replaceAll('"', ''))
    // PostgreSQL tells the type of each text in a condition, which nobody wrote.
    const where = condition?.replaceAll("'::text", "'") ?? null
    shape?.indexes.add(indexText(names, { unique, where }))
    if (primary && shape) shape.key = names
  }
}

async function readReferences(db: Db, tables: ReadonlyMap<string, TableShape>): Promise<void> {
  const { rows } = await sql<{ table: string; column: string; parent: string; key: string; update: string }>`
    select c.relname as table, a.attname as column, p.relname as parent, k.attname as key, n.confupdtype as update
    from pg_constraint n join pg_class c on c.oid = n.conrelid join pg_class p on p.oid = n.confrelid
    join pg_attribute a on a.attrelid = n.conrelid and a.attnum = n.conkey[1]
    join pg_attribute k on k.attrelid = n.confrelid and k.attnum = n.confkey[1]
    where n.contype = 'f' and c.relnamespace = ${HERE}`.execute(db)
  for (const { table, column, parent, key, update } of rows)
    tables.get(table)?.references.add(`${column} → ${parent}.${key} ${update === 'c' ? 'cascade' : 'no action'}`)
}

async function readTriggers(db: Db, tables: ReadonlyMap<string, TableShape>): Promise<void> {
  const { rows } = await sql<{ table: string; name: string; made: string; body: string; fires: string }>`
    select c.relname as table, t.tgname as name, pg_get_triggerdef(t.oid) as made, p.prosrc as body, t.tgenabled as fires
    from pg_trigger t join pg_class c on c.oid = t.tgrelid join pg_proc p on p.oid = t.tgfoid
    where c.relnamespace = ${HERE} and not t.tgisinternal`.execute(db)
  for (const { table, name, made, body, fires } of rows) {
    const does = triggerText(made, body)
    tables.get(table)?.triggers.set(name, fires === 'O' || fires === 'A' ? does : `${does} (switched off)`)
  }
}

/** When it fires, and what its function does then. */
function triggerText(made: string, body: string): string {
  const when = /trigger\s+\S+\s+((?:before|after|instead of)\s.*?)\s+on\s/is.exec(made)?.[1] ?? ''
  return `${condensed(when)}: ${condensed(body)}`
}

/** Those that the migrations make: by running them on nothing, and reading what they say. */
async function wantedTriggers(engine: Engine, now: Date): Promise<Map<string, Map<string, string>>> {
  const statements: string[] = []
  const dialect = {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (db: Kysely<unknown>) => new PostgresIntrospector(db),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  }
  const kysely = new Kysely<Schema>({ dialect, log: ({ query }) => void statements.push(query.sql) })
  await kysely.transaction().execute((db) => migrate(db, engine, now))
  await kysely.destroy()
  const bodies = new Map<string, string>()
  const tables = new Map<string, Map<string, string>>()
  for (const statement of statements) {
    const [, made, body] = /create\s+(?:or\s+replace\s+)?function\s+(\w+)\s*\(.*?\$\w*\$(.*)\$\w*\$/is.exec(statement) ?? []
    if (made !== undefined && body !== undefined) bodies.set(made, body)
    const [, trigger, table, call] =
      /create\s+(?:or\s+replace\s+)?trigger\s+(\w+)\s.*?\son\s+(\w+)\s.*execute\s+(?:function|procedure)\s+(\w+)/is.exec(
        statement,
      ) ?? []
    if (trigger === undefined || table === undefined || call === undefined) continue
    const triggers = tables.get(table) ?? new Map<string, string>()
    tables.set(table, triggers.set(trigger, triggerText(statement, bodies.get(call) ?? '')))
  }
  return tables
}
