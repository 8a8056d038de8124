import { sql } from 'kysely'
import type { Db } from '../database.ts'
import type { Keyring } from '../keyring.ts'
import { SEALED_COLUMNS } from '../rotate-key.ts'
import type { NewFinding } from './finding.ts'

/**
 * The data keys that do not open, each with what is lost with it. All else is read without them then: every secret that was sealed
 * with one is a finding of its own.
 * @throws DomainctlError `STATE_KEY_WRONG`, `STATE_KEY_INVALID` where it is not they that are wrong
 */
export async function damagedDataKeys(db: Db, keyring: Keyring): Promise<NewFinding[]> {
  const found: NewFinding[] = []
  for (const [row, { message, cell }] of await keyring.spareDamaged(db)) {
    const secrets = await sealedWith(db, row)
    const lost =
      secrets === 0 ? 'No secret was sealed with this key.' : `${secrets} secrets were sealed with this key and are lost.`
    found.push({
      severity: 'error',
      kind: 'secret',
      table: 'data_keys',
      row,
      column: cell.column,
      what: `${message}. ${lost}`,
      fix: FIX,
    })
  }
  return found
}

const FIX =
  'Put the row back from a backup: it stays the same until the key is changed. What has no backup is to be replaced (`domainctl issue NAME --force`, `domainctl account rotate-key`).'

async function sealedWith(db: Db, id: string): Promise<number> {
  let secrets = 0
  for (const { table, column } of SEALED_COLUMNS) {
    const beginning = `v1.${id}.`
    const { rows } = await sql<{ secrets: number }>`select count(*) as secrets from ${sql.table(table)}
      where substr(${sql.ref(column)}, 1, ${beginning.length}) = ${beginning}`.execute(db)
    secrets += Number(rows[0]?.secrets ?? 0)
  }
  return secrets
}
