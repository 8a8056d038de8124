import type { Selectable } from 'kysely'
import type { AccountsTable } from '../schema.ts'
import { keyOfCell, openCell } from './check-keys.ts'
import type { RowContext } from './row-context.ts'

/** The keys of accounts open and are keys. */
export async function checkAccounts(rows: readonly Selectable<AccountsTable>[], context: RowContext): Promise<void> {
  for (const row of rows) {
    const cell = (column: 'key' | 'next_key') => ({ table: 'accounts', row: row.id, column, tenant: row.tenant })
    const key = await openCell(row.key, cell('key'), context)
    if (key !== null) keyOfCell(key, cell('key'), row.key_type, context)
    if (row.next_key === null) continue
    const next = await openCell(row.next_key, cell('next_key'), context)
    // It may be of another type than the one that it follows.
    if (next !== null) keyOfCell(next, cell('next_key'), null, context)
  }
}
