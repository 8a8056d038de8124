import type { AccountOptions, AccountReport } from '../contracts/accounts.ts'
import type { FoundAccount, Issuer } from '../contracts/issuer.ts'
import { DEFAULT_TENANT } from '../domain/ids.ts'
import type { Account } from '../domain/model.ts'
import { DomainctlError } from '../errors.ts'
import { event } from './account-key.ts'
import { holdingAccount } from './account-lease.ts'
import { reportById } from './accounts.ts'
import { makeId, type Services, signalOf } from './services.ts'

type Imported = { account: AccountReport; was: 'added' | 'given this key' | 'there' }

/** AccountVerbs.importAccount */
export async function importAccount(services: Services, o: AccountOptions & { key: string }): Promise<Imported> {
  const { store, settings } = services
  const ca = onlyCa(o.ca === undefined ? settings.cas : services.directoryUrls(o.ca))
  const name = o.account ?? services.accountName(ca)
  const { key, type } = (await services.crypto()).readAccountKey(o.key)
  const issuer = await services.issuer(ca)
  const found = await findByKey(issuer, key, signalOf(o))
  const there = await accountWithUrl(services, ca, found.url)
  if (there) return takeKey(services, issuer, there, { key, type }, signalOf(o))
  const account: Account = {
    id: makeId(services),
    tenant: DEFAULT_TENANT,
    ca,
    name,
    ...contactOf(found),
    url: found.url,
    key,
    keyType: type,
    createdAt: services.runtime.clock.now(),
  }
  const kept = await store.addAccount(account, [event(services, 'account.imported', `${ca} knows the key as ${found.url}`)])
  if (kept.id !== account.id) throw nameTaken(kept)
  return { account: await reportById(services, kept.id), was: 'added' }
}

function onlyCa(cas: readonly string[]): string {
  const [ca, ...others] = cas
  if (ca !== undefined && others.length === 0) return ca
  throw new DomainctlError('USAGE', `An account is one CA's, and there are several: ${cas.join(', ')}.`, {
    hint: 'Name it with --ca.',
  })
}

/** @throws DomainctlError `ACCOUNT_NOT_FOUND` */
async function findByKey(issuer: Issuer, key: string, signal: AbortSignal): Promise<FoundAccount> {
  const found = await issuer.findAccount(key, { signal })
  if (found) return found
  throw unknownKey(issuer.ca)
}

function unknownKey(ca: string): DomainctlError {
  return new DomainctlError('ACCOUNT_NOT_FOUND', `${ca} knows no account with this key.`, {
    hint: 'Check that it is the key of the account, not of a certificate, and that this is its CA (--ca).',
  })
}

/** The account that the state has under this URL and that has not ended. */
async function accountWithUrl({ store }: Services, ca: string, url: string): Promise<Account | null> {
  const view = (await store.listAccounts(DEFAULT_TENANT)).find(
    ({ account }) => account.ca === ca && account.url === url && !account.endedAt,
  )
  return view ? store.getAccountById(view.account.id) : null
}

/** The state has the account, with another key: one of before a change, such as from a backup. */
async function takeKey(
  services: Services,
  issuer: Issuer,
  there: Account,
  { key, type }: { key: string; type: string },
  signal: AbortSignal,
): Promise<Imported> {
  if (there.key === key) return { account: await reportById(services, there.id), was: 'there' }
  await holdingAccount(services, there, signal, async (held) => {
    // Until here another process may have changed the key to one that nobody else has.
    if ((await findByKey(issuer, key, held)).url !== there.url) throw unknownKey(there.ca)
    await services.store.changeAccount(there.id, ({ nextKey: _, ...before }) => ({
      account: { ...before, key, keyType: type },
      events: [event(services, 'account.key_imported', `${there.ca} knows the account by this key`)],
    }))
  })
  return { account: await reportById(services, there.id), was: 'given this key' }
}

/** @throws DomainctlError `USAGE` */
function nameTaken({ ca, name, url }: Account): DomainctlError {
  return new DomainctlError('USAGE', `The state has another account ${name} at ${ca}${url === undefined ? '' : `: ${url}`}.`, {
    hint: 'Give this one another name with --account.',
  })
}

function contactOf({ contact: [first] }: FoundAccount): { contact?: string } {
  return first === undefined ? {} : { contact: first.replace(/^mailto:/, '') }
}
