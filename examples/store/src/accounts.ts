import { type Account, type AccountChange, type AccountView, DomainctlError, type NewAuditEvent } from '@domainctl/core'
import type { Memory } from './memory.ts'
import { by } from './tables.ts'

/** The account of this name at this CA that has not ended. */
export function findAccount({ accounts }: Memory, { tenant, ca, name }: Pick<Account, 'tenant' | 'ca' | 'name'>): Account | null {
  return accounts.find((one) => one.tenant === tenant && one.ca === ca && one.name === name && one.endedAt === undefined) ?? null
}

/** Keeps the account unless there is one; the one that is kept. */
export function addAccount(memory: Memory, account: Account, events: NewAuditEvent[]): Account {
  const there = findAccount(memory, account)
  if (there) return there
  memory.accounts.set(account.id, account)
  memory.append(events)
  return findAccount(memory, account) ?? account
}

/** Puts what `change` makes of the account in its place; its id, tenant and CA stay. */
export function changeAccount(memory: Memory, id: string, change: (before: Account) => AccountChange | null): Account {
  const before = memory.accounts.get(id)
  if (!before) {
    throw new DomainctlError('INTERNAL', `The state has no account ${id}.`, {
      hint: 'This is a fault of domainctl: please report it.',
    })
  }
  const { tenant, ca } = before
  const made = change(before)
  if (made) {
    memory.accounts.set(id, { ...made.account, id, tenant, ca })
    memory.append(made.events)
  }
  return memory.accounts.get(id) ?? before
}

/** The tenant's accounts with what hangs on each, without any key. */
export function listAccounts(memory: Memory, tenant: string): AccountView[] {
  const { accounts, domains, certificates, orders } = memory
  const accountOf = (certificateId: string | undefined) =>
    certificateId === undefined ? undefined : certificates.get(certificateId)?.accountId
  return accounts
    .filter((account) => account.tenant === tenant)
    .sort(
      by(
        ({ ca }) => ca,
        ({ name }) => name,
        ({ createdAt }) => createdAt,
        ({ id }) => id,
      ),
    )
    .map(({ key: _, nextKey, ...account }) => ({
      account,
      keyChanging: nextKey !== undefined,
      domains: domains.filter(({ domain }) => domain.status !== 'deleted' && accountOf(domain.certificateId) === account.id)
        .length,
      openOrders: orders.filter(({ accountId, state }) => accountId === account.id && isOpen(state)).length,
    }))
}

/** Whether an order of this state has not ended. */
export function isOpen(state: string): boolean {
  return state !== 'stored' && state !== 'invalid'
}
