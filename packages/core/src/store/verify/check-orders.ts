import type { Selectable } from 'kysely'
import { readArray } from '../columns.ts'
import type { OrdersTable } from '../schema.ts'
import { keyOfCell, openCell } from './check-keys.ts'
import { reasonOf } from './reason.ts'
import type { RowContext } from './row-context.ts'

type Row = Selectable<OrdersTable>

/** An order has a key that opens, or a request in its place, for its own names. */
export async function checkOrders(rows: readonly Row[], context: RowContext): Promise<void> {
  for (const row of rows) {
    if (readArray(row.names, { table: 'orders', row: row.id, column: 'names' }).length === 0) {
      const what = 'The order is for no names.'
      context.findings.add({ severity: 'error', kind: 'value', table: 'orders', row: row.id, column: 'names', what })
    }
    const cell = { table: 'orders', row: row.id, column: 'certificate_key', tenant: row.tenant }
    const key = await openCell(row.certificate_key, cell, context)
    if (key !== null && key !== '') keyOfCell(key, cell, row.key_type, context)
    if (row.csr !== null) checkRequest(row, row.csr, context)
    if (key === null || (key === '') !== (row.csr === null)) continue
    const what = key === '' ? 'The order has neither a key nor a request.' : 'The order has a key, and a request in its place.'
    context.findings.add({ severity: 'error', kind: 'value', table: 'orders', row: row.id, column: 'csr', what })
  }
}

function checkRequest(row: Row, csr: string, { keys, findings }: RowContext): void {
  const wrong = (column: string, what: string) =>
    findings.add({ severity: 'error', kind: 'value', table: 'orders', row: row.id, column, what })
  try {
    const request = keys.request(csr)
    const names = readArray<string>(row.names, { table: 'orders', row: row.id, column: 'names' })
    if (request.names.toSorted().join() !== names.toSorted().join()) wrong('names', 'names are not those of the request.')
    if (request.keyType !== row.key_type)
      wrong('key_type', `key_type is ${row.key_type}, and that of the request ${request.keyType}.`)
  } catch (error) {
    wrong('csr', `csr cannot be read: ${reasonOf(error)}.`)
  }
}
