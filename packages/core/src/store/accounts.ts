import type { Selectable } from 'kysely'
import type { AccountChange, AccountView } from '../contracts/store.ts'
import type { Account } from '../domain/model.ts'
import { DomainctlError } from '../errors.ts'
import { assertRow } from './cells.ts'
import { dateOrNull, timeOrNull, withoutNulls } from './columns.ts'
import type { Db } from './database.ts'
import type { AccountsTable } from './schema.ts'
import type { Seal, SealedCell } from './seal.ts'

/** The account of this name that has not ended. */
export async function getAccount(
  db: Db,
  { tenant, ca, name }: Pick<Account, 'tenant' | 'ca' | 'name'>,
  seal: Seal,
): Promise<Account | null> {
  const row = await db
    .selectFrom('accounts')
    .selectAll()
    .where('tenant', '=', tenant)
    .where('ca', '=', ca)
    .where('name', '=', name)
    .where('ended_at', 'is', null)
    .executeTakeFirst()
  return row ? accountOf(row, seal) : null
}

export async function getAccountById(db: Db, id: string, seal: Seal): Promise<Account | null> {
  const row = await db.selectFrom('accounts').selectAll().where('id', '=', id).executeTakeFirst()
  return row ? accountOf(row, seal) : null
}

/** All of the tenant's accounts, each with what hangs on it. Unseals nothing. */
export async function accountViews(db: Db, tenant: string): Promise<AccountView[]> {
  const rows = await db
    .selectFrom('accounts')
    .selectAll()
    .where('tenant', '=', tenant)
    .orderBy('ca')
    .orderBy('name')
    .orderBy('created_at')
    .orderBy('id')
    .execute()
  // What hangs on accounts is counted over all domains: 50 ms for 10,000.
  if (rows.length === 0) return []
  const domains = await db
    .selectFrom('domains')
    .innerJoin('certificates', 'certificates.id', 'domains.certificate_id')
    .select(({ fn }) => ['certificates.account_id', fn.countAll<number>().as('count')])
    .where('domains.status', '<>', 'deleted')
    .groupBy('certificates.account_id')
    .execute()
  const orders = await db
    .selectFrom('orders')
    .select(({ fn }) => ['account_id', fn.countAll<number>().as('count')])
    .where('state', 'not in', ['stored', 'invalid'])
    .groupBy('account_id')
    .execute()
  // Some drivers answer a count as a text.
  const countOf = (counts: { account_id: string; count: number }[], id: string) =>
    Number(counts.find(({ account_id }) => account_id === id)?.count ?? 0)
  return rows.map((row) => ({
    account: factsOf(row),
    keyChanging: row.next_key !== null,
    domains: countOf(domains, row.id),
    openOrders: countOf(orders, row.id),
  }))
}

/** Inserts the account unless its tenant has one of its name at its CA; whether it did. */
export async function insertAccount(db: Db, account: Account, seal: Seal): Promise<boolean> {
  const result = await db
    .insertInto('accounts')
    .values(await accountRow(account, seal))
    .onConflict((conflict) => conflict.columns(['tenant', 'ca', 'name']).where('ended_at', 'is', null).doNothing())
    .executeTakeFirst()
  return result.numInsertedOrUpdatedRows === 1n
}

/** Sets the URL of the account at its CA. */
export async function setAccountUrl(db: Db, id: string, url: string): Promise<void> {
  const { numUpdatedRows } = await db.updateTable('accounts').set({ url }).where('id', '=', id).executeTakeFirst()
  if (numUpdatedRows !== 1n) throw notThere(id, 'confirm')
}

/** Writes what `change` makes of the account, if anything. */
export async function updateAccount(
  db: Db,
  id: string,
  change: (before: Account) => AccountChange | null,
  seal: Seal,
): Promise<AccountChange> {
  const before = await getAccountById(db, id, seal)
  if (!before) throw notThere(id, 'change')
  const made = change(before)
  if (!made) return { account: before, events: [] }
  const account = { ...made.account, id, tenant: before.tenant, ca: before.ca }
  const { id: _, ...row } = await accountRow(account, seal)
  await db.updateTable('accounts').set(row).where('id', '=', id).execute()
  return { account, events: made.events }
}

function notThere(id: string, what: string): DomainctlError {
  return new DomainctlError('INTERNAL', `The state has no account ${id} to ${what}.`, {
    hint: 'This is a fault of domainctl: please report it with the output of --verbose.',
  })
}

async function accountRow(account: Account, seal: Seal): Promise<Selectable<AccountsTable>> {
  return {
    id: account.id,
    tenant: account.tenant,
    ca: account.ca,
    name: account.name,
    contact: account.contact ?? null,
    url: account.url ?? null,
    key: await seal.close(account.key, keyCell(account, 'key')),
    key_type: account.keyType,
    next_key: account.nextKey === undefined ? null : await seal.close(account.nextKey, keyCell(account, 'next_key')),
    created_at: account.createdAt.getTime(),
    ended_at: timeOrNull(account.endedAt),
  }
}

/** @throws UnreadableValue */
export async function accountOf(row: Selectable<AccountsTable>, seal: Seal): Promise<Account> {
  return {
    ...factsOf(row),
    key: await seal.open(row.key, keyCell(row, 'key')),
    ...(row.next_key !== null && { nextKey: await seal.open(row.next_key, keyCell(row, 'next_key')) }),
  }
}

/** All but the keys. */
function factsOf(row: Selectable<AccountsTable>): AccountView['account'] {
  assertRow('accounts', row, row.id)
  return {
    id: row.id,
    tenant: row.tenant,
    ca: row.ca,
    name: row.name,
    keyType: row.key_type,
    createdAt: new Date(row.created_at),
    ...withoutNulls({ contact: row.contact, url: row.url, endedAt: dateOrNull(row.ended_at) }),
  }
}

function keyCell({ id, tenant }: { id: string; tenant: string }, column: 'key' | 'next_key'): SealedCell {
  return { table: 'accounts', row: id, column, tenant }
}
