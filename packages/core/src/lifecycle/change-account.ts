import type { AccountOptions, AccountReport } from '../contracts/accounts.ts'
import type { AuditEventName } from '../domain/audit-events.ts'
import type { Account } from '../domain/model.ts'
import { DomainctlError } from '../errors.ts'
import { changeAccountKey, event, withKnownKey } from './account-key.ts'
import { holdingAccount } from './account-lease.ts'
import { isKeyRefused } from './account-refusals.ts'
import { signedByAccount } from './account-signature.ts'
import { reportById, type UsableAccount, usable } from './accounts.ts'
import { type Services, signalOf } from './services.ts'

/** AccountVerbs.rotateAccountKey */
export async function rotateAccountKey(services: Services, o: AccountOptions): Promise<AccountReport> {
  return changing(services, o, async (account, signal) => {
    const issuer = await services.issuer(account.ca)
    await changeAccountKey(services, issuer, account, { keyType: services.settings.accountKeyType, signal })
  })
}

/** AccountVerbs.updateAccount */
export async function updateAccount(services: Services, o: AccountOptions & { contact: string }): Promise<AccountReport> {
  const { contact } = o
  return changing(services, o, async (account, signal) => {
    const { store } = services
    const { id, ca } = account
    await note(services, account, 'account.contact_planned', `telling ${ca} the contact ${contact}`)
    const { inUse, issuer } = await speaking(services, account, signal)
    await issuer.updateAccount(inUse, { contact }, { signal })
    await store.changeAccount(id, (before) => ({
      account: { ...before, contact },
      events: [event(services, 'account.contact_changed', `${ca} has the contact ${contact}`)],
    }))
  })
}

/** AccountVerbs.deactivateAccount */
export async function deactivateAccount(services: Services, o: AccountOptions): Promise<AccountReport> {
  return changing(services, o, async (account, signal) => {
    const { store, runtime } = services
    await note(services, account, 'account.end_planned', `ending the account ${account.url}`)
    const { inUse, issuer } = await speaking(services, account, signal)
    let said = `${account.ca} has deactivated the account ${account.url}`
    try {
      await issuer.deactivateAccount(inUse, { signal })
    } catch (error) {
      // The CA has ended it, or forgotten it, or has heard it before: there is nothing left that could be used.
      if (!(error instanceof DomainctlError && error.code === 'CA_ACCOUNT_INVALID') || isKeyRefused(error)) throw error
      said = `the account ${account.url} had ended: ${error.message}`
    }
    await store.changeAccount(account.id, (before) =>
      before.endedAt ? null : { account: ended(before, runtime.clock.now()), events: [event(services, 'account.ended', said)] },
    )
  })
}

/** AccountVerbs.exportAccountKey */
export async function exportAccountKey(
  services: Services,
  o: AccountOptions,
): Promise<{ account: AccountReport; privateKey: string }> {
  const account = await usable(services, o)
  const { key } = await withKnownKey(services, await services.issuer(account.ca), account, signalOf(o))
  await note(services, account, 'account.key_exported', `the key of the account ${account.url} was exported`)
  return { account: await reportById(services, account.id), privateKey: key }
}

/** Changes the account that is meant, under its lease and as it is then. */
async function changing(
  services: Services,
  o: AccountOptions,
  change: (account: UsableAccount, signal: AbortSignal) => Promise<void>,
): Promise<AccountReport> {
  const { id, ca, name } = await usable(services, o)
  await holdingAccount(services, { id, ca, name }, signalOf(o), async (signal) => {
    const current = await services.store.getAccountById(id)
    if (!current?.url || current.endedAt) {
      throw new DomainctlError('ACCOUNT_NOT_FOUND', `The account ${name} at ${ca} has ended meanwhile.`, {
        hint: 'See what there is with: domainctl account list',
      })
    }
    await change({ ...current, url: current.url }, signal)
  })
  return reportById(services, id)
}

/** The CA as the account speaks to it, with the key that counts. */
async function speaking(services: Services, account: UsableAccount, signal: AbortSignal) {
  const directory = await services.issuer(account.ca)
  const { key } = await withKnownKey(services, directory, account, signal)
  const inUse = { id: account.id, url: account.url, key }
  return { inUse, issuer: signedByAccount(services, directory, inUse) }
}

async function note(services: Services, { id }: Account, name: AuditEventName, message: string): Promise<void> {
  await services.store.changeAccount(id, (account) => ({ account, events: [event(services, name, message)] }))
}

/** Its keys open nothing any more, but tell what it was. */
function ended(account: Account, endedAt: Date): Account {
  return { ...account, endedAt }
}
