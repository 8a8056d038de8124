import type { KeyMaterial } from '../../contracts/key-material.ts'
import type { Clock, Random } from '../../contracts/runtime.ts'
import type { VerifiedTable } from '../../contracts/state-work.ts'
import { DomainctlError } from '../../errors.ts'
import type { Database, Db } from '../database.ts'
import type { Keyring } from '../keyring.ts'
import { LATEST } from '../migrations.ts'
import type { Seal } from '../seal.ts'
import { checkCells } from './check-cells.ts'
import { damagedDataKeys } from './check-data-keys.ts'
import { checkForms } from './check-forms.ts'
import { pageChecks } from './check-rows.ts'
import { Findings } from './finding.ts'
import { freshTables, inspectionOf } from './fresh-tables.ts'
import type { Inspection } from './inspection.ts'
import { type ReferenceCheck, referenceChecks } from './references.ts'
import type { PageCheck } from './row-context.ts'
import { compareTables, type TableShape } from './table-shape.ts'

export interface VerifyTablesOptions {
  keys: KeyMaterial
  withSecrets: boolean
  clock: Clock
  random: Random
  signal: AbortSignal
  /** After each page of rows. */
  onPage(table: string, rows: number): void
}

/**
 * Reads all that is in a state, and changes nothing: what the engine says of itself, the tables against those that are made now,
 * every row, every secret, and what rows of several tables have in common. Pages of a table are of one snapshot, tables are not.
 * @throws DomainctlError `STATE_UNREADABLE` where there is no state, `STATE_KEY_WRONG`, `STATE_KEY_INVALID` before anything is read
 */
export async function verifyTables(
  database: Database,
  keyring: Keyring,
  o: VerifyTablesOptions,
): Promise<{ tables: VerifiedTable[]; findings: Findings }> {
  const { engine } = database
  const inspection = inspectionOf(engine)
  if (!(await database.read((db) => inspection.isStored(db)))) throw nothingThere(engine.place)
  const findings = new Findings()
  if (o.withSecrets) for (const finding of await database.read((db) => damagedDataKeys(db, keyring))) findings.add(finding)
  await telling(findings, null, async () => {
    for (const fault of await database.read((db) => inspection.faults(db)))
      findings.add({ severity: 'error', kind: 'database', what: `The database is damaged: ${fault}.` })
  })
  o.signal.throwIfAborted()
  const there = await checkSchema(database, inspection, findings, o)
  if (!(await database.read((db) => keyring.isLocked(db)))) {
    const what = 'It does not say which key the state is sealed with.'
    findings.add({ severity: 'error', kind: 'value', table: 'data_keys', what })
  }
  const tables: VerifiedTable[] = []
  for (const [table, shape] of there) {
    let read: ReadTable = { rows: 0, secrets: 0, findings: new Findings() }
    // A transaction may be begun again, and then with nothing of what was found before.
    await telling(findings, table, () =>
      database.read(async (db) => {
        read = { rows: 0, secrets: 0, findings: new Findings() }
        const seal = o.withSecrets ? await keyring.unlock(db) : null
        return readTable(db, { table, shape, inspection, seal, read }, o)
      }),
    )
    tables.push({ table, rows: read.rows, secrets: read.secrets })
    findings.addAll(read.findings)
  }
  for (const check of referenceChecks(engine)) {
    o.signal.throwIfAborted()
    await turn()
    await telling(findings, check.table, () => checkReference(database, check, findings))
  }
  return { tables, findings }
}

/** Of those that are there, the tables that a state has, in their order. */
async function checkSchema(
  database: Database,
  inspection: Inspection,
  findings: Findings,
  { clock, random }: VerifyTablesOptions,
): Promise<Map<string, TableShape>> {
  const wanted = await freshTables(clock, random)
  const triggers = await inspection.wantedTriggers(wanted, clock.now())
  for (const [table, shape] of wanted) shape.triggers = triggers.get(table) ?? new Map()
  const there = await database.read((db) => inspection.tables(db))
  compareTables(wanted, there, findings)
  const steps = await database.read((db) => db.selectFrom('schema_version').select('version').orderBy('version').execute())
  const rows = steps.map(({ version }) => version)
  const expected = Array.from({ length: LATEST }, (_, i) => i + 1)
  if (rows.join() !== expected.join()) {
    const what = `The steps that the tables were made by are ${rows.join(', ') || 'none'}; they should be 1 to ${LATEST}.`
    findings.add({ severity: 'error', kind: 'schema', table: 'schema_version', column: 'version', what })
  }
  const known = new Map<string, TableShape>()
  for (const table of wanted.keys()) {
    const shape = there.get(table)
    if (shape) known.set(table, shape)
  }
  return known
}

/** How far the reading of a table has come, and what it has found. */
interface ReadTable {
  rows: number
  secrets: number
  readonly findings: Findings
}

interface TableToRead {
  table: string
  shape: TableShape
  inspection: Inspection
  seal: Seal | null
  read: ReadTable
}

async function readTable(
  db: Db,
  { table, shape, inspection, seal, read }: TableToRead,
  { keys, clock, signal, onPage }: VerifyTablesOptions,
): Promise<void> {
  const { findings } = read
  const now = clock.now()
  const checks: Readonly<Record<string, PageCheck | undefined>> = pageChecks()
  const opened = () => {
    read.secrets += 1
  }
  for await (const page of inspection.pages(db, table, shape)) {
    const readable = page.filter((row) => checkCells(table, row, { findings, now }))
    for (const row of readable) checkForms(table, row, findings)
    await checks[table]?.(readable, { db, seal, keys, findings, now, opened })
    read.rows += page.length
    onPage(table, read.rows)
    signal.throwIfAborted()
    await turn()
  }
}

async function checkReference(database: Database, { wrong, ...finding }: ReferenceCheck, findings: Findings): Promise<void> {
  const { rows } = await database.read((db: Db) => wrong.execute(db))
  for (const { id } of rows) findings.add({ ...finding, row: String(id) })
}

/** What cannot be read at all is told, and the rest is read all the same. */
async function telling<T>(findings: Findings, table: string | null, work: () => Promise<T>): Promise<T | null> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof DomainctlError) || !['STATE_UNREADABLE', 'STATE_CORRUPT'].includes(error.code)) throw error
    const what = table === null ? error.message : `${table} cannot be read to its end. ${error.message}`
    findings.add({ severity: 'error', kind: 'database', ...(table !== null && { table }), what })
    return null
  }
}

/** A backup that was cut to nothing is not one in which nothing is wrong. */
function nothingThere(place: string): DomainctlError {
  return new DomainctlError('STATE_UNREADABLE', `There is nothing to verify: ${place} is empty.`, {
    hint: 'Check the path. A state that should be there and is empty is to be restored from a backup.',
  })
}

/** Lets signals and the display of progress come in between: on SQLite all else happens in one go. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
