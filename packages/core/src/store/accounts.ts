import type { Selectable } from 'kysely'
import type { Account } from '../domain/model.ts'
import { DomainctlError } from '../errors.ts'
import { withoutNulls } from './columns.ts'
import type { Db } from './database.ts'
import type { AccountsTable } from './schema.ts'
import type { Seal, SealedCell } from './seal.ts'

export async function getAccount(db: Db, tenant: string, ca: string, seal: Seal): Promise<Account | null> {
  const row = await db.selectFrom('accounts').selectAll().where('tenant', '=', tenant).where('ca', '=', ca).executeTakeFirst()
  return row ? accountOf(row, seal) : null
}

/** Inserts the account unless its tenant has one at its CA; whether it did. */
export async function insertAccount(db: Db, account: Account, seal: Seal): Promise<boolean> {
  const result = await db
    .insertInto('accounts')
    .values(accountRow(account, seal))
    .onConflict((conflict) => conflict.columns(['tenant', 'ca']).doNothing())
    .executeTakeFirst()
  return result.numInsertedOrUpdatedRows === 1n
}

/** Sets the URL of the account at its CA. */
export async function setAccountUrl(db: Db, id: string, url: string): Promise<void> {
  const { numUpdatedRows } = await db.updateTable('accounts').set({ url }).where('id', '=', id).executeTakeFirst()
  if (numUpdatedRows === 1n) return
  throw new DomainctlError('INTERNAL', `The state has no account ${id} to confirm.`, {
    hint: 'This is a fault of domainctl: please report it with the output of --verbose.',
  })
}

function accountRow(account: Account, seal: Seal): Selectable<AccountsTable> {
  return {
    id: account.id,
    tenant: account.tenant,
    ca: account.ca,
    contact: account.contact ?? null,
    url: account.url ?? null,
    key: seal.close(account.key, keyCell(account)),
    created_at: account.createdAt.getTime(),
  }
}

function accountOf(row: Selectable<AccountsTable>, seal: Seal): Account {
  return {
    id: row.id,
    tenant: row.tenant,
    ca: row.ca,
    key: seal.open(row.key, keyCell(row)),
    createdAt: new Date(row.created_at),
    ...withoutNulls({ contact: row.contact, url: row.url }),
  }
}

function keyCell({ id, tenant }: { id: string; tenant: string }): SealedCell {
  return { table: 'accounts', row: id, column: 'key', tenant }
}
