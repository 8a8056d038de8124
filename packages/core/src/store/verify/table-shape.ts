import type { Findings } from './finding.ts'

/** What a table consists of, in words that both engines have in common. */
export interface TableShape {
  columns: Map<string, { type: string; notNull: boolean }>
  /** The columns that tell its rows apart. */
  key: string[]
  /** `unique (a, b)`, `(a) where …`. */
  indexes: Set<string>
  /** `column → table.column cascade`. */
  references: Set<string>
  /** What each does, by name. */
  triggers: Map<string, string>
}

/** Both for whole numbers: of SQLite's numbering column, and of all others. */
const SAME_TYPE: Readonly<Record<string, string>> = { integer: 'bigint' }

export function indexText(columns: readonly string[], o: { unique: boolean; where: string | null }): string {
  return `${o.unique ? 'unique ' : ''}(${columns.join(', ')})${o.where === null ? '' : ` where ${condensed(o.where).replace(/[()]/g, '')}`}`
}

/** SQL that says the same reads the same. */
export function condensed(sql: string): string {
  return sql
    .toLowerCase()
    .replace(/["\s]+/g, ' ')
    .trim()
}

/** Tells what a state lacks of the tables that it should have, and what in them does what domainctl did not ask for. */
export function compareTables(
  wanted: ReadonlyMap<string, TableShape>,
  there: ReadonlyMap<string, TableShape>,
  findings: Findings,
): void {
  for (const [table, shape] of wanted) {
    const actual = there.get(table)
    if (actual) compareTable(table, shape, actual, findings)
    else findings.add({ severity: 'error', kind: 'schema', table, what: `The table ${table} is missing.` })
  }
  for (const table of there.keys()) {
    if (wanted.has(table)) continue
    findings.add({
      severity: 'note',
      kind: 'schema',
      table,
      what: `The table ${table} is none of domainctl.`,
      fix: 'Nothing has to be done; domainctl wants a database, or a schema, of its own, and copies no other tables.',
    })
  }
}

function compareTable(table: string, wanted: TableShape, there: TableShape, findings: Findings): void {
  const fault = (what: string, o: { column?: string; severity?: 'warning' } = {}) =>
    findings.add({ severity: 'error', kind: 'schema', table, ...o, what })
  for (const [column, { type, notNull }] of wanted.columns) {
    const actual = there.columns.get(column)
    if (!actual) fault(`The column ${column} of ${table} is missing.`, { column })
    else if ((SAME_TYPE[actual.type] ?? actual.type) !== (SAME_TYPE[type] ?? type))
      fault(`The column ${column} of ${table} is of another type: ${actual.type}.`, { column })
    else if (notNull && !actual.notNull) fault(`The column ${column} of ${table} may be empty.`, { column })
  }
  for (const index of wanted.indexes) {
    if (there.indexes.has(index)) continue
    // Without a unique one a row may be there twice; without another one all is only slow.
    if (index.startsWith('unique')) fault(`Nothing keeps the rows of ${table} apart by ${index} any more.`)
    else fault(`The index of ${table} on ${index} is missing: what goes by it is slow.`, { severity: 'warning' })
  }
  for (const reference of wanted.references) {
    if (!there.references.has(reference)) fault(`The reference ${reference} of ${table} is not held any more.`)
  }
  for (const [name, does] of wanted.triggers) {
    const actual = there.triggers.get(name)
    if (actual === undefined) fault(`The trigger ${name} of ${table} is missing: rows can be changed that must not be.`)
    else if (actual !== does) fault(`The trigger ${name} of ${table} does something else than it should.`)
  }
  for (const name of there.triggers.keys()) {
    if (!wanted.triggers.has(name)) fault(`${table} has a trigger that is none of domainctl: ${name}.`, { severity: 'warning' })
  }
}
