import type { Selectable } from 'kysely'
import type { BudgetUnit } from '../domain/ca-budget.ts'
import type { Order, OrderAuthorization } from '../domain/model.ts'
import { assertRow } from './cells.ts'
import { dateOrNull, readArray, timeOrNull, withoutNulls } from './columns.ts'
import type { Db } from './database.ts'
import type { OrdersTable } from './schema.ts'
import type { Seal, SealedCell } from './seal.ts'

/** A CA lists as many orders as it likes, and a query takes only so many parameters. */
const URLS_AT_ONCE = 1000

/** The newest order of the domain that has not ended, or null. */
export async function openOrder(db: Db, domainId: string, seal: Seal): Promise<Order | null> {
  const row = await db
    .selectFrom('orders')
    .selectAll()
    .where('domain_id', '=', domainId)
    .where('state', 'not in', ['stored', 'invalid'])
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row ? orderOf(row, seal) : null
}

/** Those of the URLs that an order has. */
export async function knownOrders(db: Db, urls: string[]): Promise<string[]> {
  const known = new Set<string | null>()
  for (let from = 0; from < urls.length; from += URLS_AT_ONCE) {
    const some = urls.slice(from, from + URLS_AT_ONCE)
    const rows = await db.selectFrom('orders').select('url').where('url', 'in', some).execute()
    for (const { url } of rows) known.add(url)
  }
  return urls.filter((url) => known.has(url))
}

/** Inserts the order, or replaces the one with its id. */
export async function saveOrder(db: Db, order: Order, seal: Seal): Promise<void> {
  const { id, ...rest } = await orderRow(order, seal)
  await db
    .insertInto('orders')
    .values({ id, ...rest })
    .onConflict((conflict) => conflict.column('id').doUpdateSet(rest))
    .execute()
}

async function orderRow(order: Order, seal: Seal): Promise<Selectable<OrdersTable>> {
  return {
    id: order.id,
    tenant: order.tenant,
    domain_id: order.domainId,
    ca: order.ca,
    account_id: order.accountId,
    names: JSON.stringify(order.names),
    profile: order.profile ?? null,
    state: order.state,
    url: order.url ?? null,
    finalize_url: order.finalizeUrl ?? null,
    certificate_url: order.certificateUrl ?? null,
    expires: timeOrNull(order.expires),
    authorizations: JSON.stringify(order.authorizations),
    certificate_key: await seal.close(order.certificateKey ?? '', keyCell(order)),
    csr: order.csr ?? null,
    key_type: order.keyType,
    reserved: order.reserved ? JSON.stringify(order.reserved) : null,
    created_at: order.createdAt.getTime(),
    updated_at: order.updatedAt.getTime(),
  }
}

/** @throws UnreadableValue */
export async function orderOf(row: Selectable<OrdersTable>, seal: Seal): Promise<Order> {
  assertRow('orders', row, row.id)
  const cell = (column: string) => ({ table: 'orders', row: row.id, column })
  return {
    id: row.id,
    tenant: row.tenant,
    domainId: row.domain_id,
    ca: row.ca,
    accountId: row.account_id,
    names: readArray<string>(row.names, cell('names')),
    state: row.state,
    authorizations: readArray<OrderAuthorization>(row.authorizations, cell('authorizations')),
    keyType: row.key_type,
    createdAt: new Date(row.created_at),
    updatedAt: new Date(row.updated_at),
    ...withoutNulls({
      certificateKey: (await seal.open(row.certificate_key, keyCell(row))) || null,
      csr: row.csr,
      profile: row.profile,
      url: row.url,
      finalizeUrl: row.finalize_url,
      certificateUrl: row.certificate_url,
      expires: dateOrNull(row.expires),
      reserved: row.reserved === null ? null : readArray<BudgetUnit>(row.reserved, cell('reserved')),
    }),
  }
}

function keyCell({ id, tenant }: { id: string; tenant: string }): SealedCell {
  return { table: 'orders', row: id, column: 'certificate_key', tenant }
}
