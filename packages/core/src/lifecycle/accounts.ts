import type { AccountOptions, AccountReport } from '../contracts/accounts.ts'
import type { AccountView } from '../contracts/store.ts'
import { DEFAULT_TENANT } from '../domain/ids.ts'
import { inParallel } from '../domain/in-parallel.ts'
import type { Account } from '../domain/model.ts'
import { DomainctlError, toDomainctlError } from '../errors.ts'
import { isRefusalOfSigner } from './account-refusals.ts'
import { problemOf } from './fulfilment.ts'
import { type Services, signalOf } from './services.ts'

/** CAs that are asked at a time how accounts are. */
const ASKED_AT_A_TIME = 8

/** An account that its CA knows. */
export type UsableAccount = Account & { url: string }

/** AccountVerbs.accounts */
export async function accounts(services: Services, o: { signal?: AbortSignal; check?: boolean }): Promise<AccountReport[]> {
  const views = await services.store.listAccounts(DEFAULT_TENANT)
  return inParallel(views, ASKED_AT_A_TIME, async (view) => {
    const report = reportOf(services, view)
    return o.check && view.account.url !== undefined ? { ...report, ...(await askFor(services, view, signalOf(o))) } : report
  })
}

/** The account that is meant, as it is reported. @throws `ACCOUNT_NOT_FOUND`, `USAGE` */
export async function account(services: Services, o: AccountOptions): Promise<AccountReport> {
  return reportById(services, (await meant(services, o)).id)
}

export async function reportById(services: Services, id: string): Promise<AccountReport> {
  const view = (await services.store.listAccounts(DEFAULT_TENANT)).find(({ account }) => account.id === id)
  if (!view) throw new Error('an account has vanished')
  return reportOf(services, view)
}

/** The account that is meant and has not ended. @throws `ACCOUNT_NOT_FOUND`, `USAGE` */
export async function meant(services: Services, o: AccountOptions): Promise<Account> {
  const { store, settings } = services
  const cas = o.ca === undefined ? settings.cas : services.directoryUrls(o.ca)
  const nameAt = (ca: string) => o.account ?? services.accountName(ca)
  const found = (await Promise.all(cas.map((ca) => store.getAccount(DEFAULT_TENANT, ca, nameAt(ca))))).flatMap((one) => one ?? [])
  const [one, ...others] = found
  if (one && others.length === 0) return one
  if (one) {
    throw new DomainctlError('USAGE', `There is such an account at several CAs: ${found.map(({ ca }) => ca).join(', ')}.`, {
      hint: 'Name one of them with --ca.',
    })
  }
  const there = (await store.listAccounts(DEFAULT_TENANT)).filter(({ account }) => !account.endedAt)
  const known = there.map(({ account: { ca, name } }) => `${name} at ${ca}`)
  const wanted = cas.map((ca) => `${nameAt(ca)} at ${ca}`)
  throw new DomainctlError('ACCOUNT_NOT_FOUND', `The state has no account ${wanted.join(', nor ')}.`, {
    hint:
      known.length > 0
        ? `It has: ${known.join(', ')}. Name one with --ca and --account.`
        : 'The first domainctl issue makes one; domainctl account import brings one that is there.',
  })
}

/** The same, for what only an account can be asked for that its CA knows. @throws `ACCOUNT_NOT_FOUND`, `USAGE` */
export async function usable(services: Services, o: AccountOptions): Promise<UsableAccount> {
  const account = await meant(services, o)
  if (account.url !== undefined) return { ...account, url: account.url }
  throw new DomainctlError('ACCOUNT_NOT_FOUND', `The CA ${account.ca} has not confirmed the account ${account.name} yet.`, {
    hint: 'The next domainctl issue at this CA makes it.',
  })
}

function reportOf(services: Services, { account, keyChanging, domains, openOrders }: AccountView): AccountReport {
  const { id, ca, name, url, contact, keyType, createdAt, endedAt } = account
  return {
    id,
    ca,
    name,
    ...(url !== undefined && { url }),
    ...(contact !== undefined && { contact }),
    status: endedAt ? 'deactivated' : url === undefined ? 'planned' : 'valid',
    keyType,
    keyChanging,
    inUse: !endedAt && services.settings.cas.includes(ca) && services.accountName(ca) === name,
    domains,
    openOrders,
    createdAt: createdAt.toISOString(),
    ...(endedAt && { endedAt: endedAt.toISOString() }),
  }
}

/** How the account is at its CA. */
async function askFor(
  services: Services,
  { account: { id, ca, endedAt } }: AccountView,
  signal: AbortSignal,
): Promise<Pick<AccountReport, 'status' | 'contact' | 'error'>> {
  if (endedAt) return { status: 'deactivated' }
  try {
    const kept = await services.store.getAccountById(id)
    if (!kept?.url) return { status: 'planned' }
    const issuer = await services.issuer(ca)
    const show = (key: string) => issuer.showAccount({ url: kept.url ?? '', key }, { signal })
    // While the key is being changed, either may be the one that counts.
    const { status, contact } = await show(kept.key).catch((error) =>
      kept.nextKey !== undefined && isRefusalOfSigner(error) ? show(kept.nextKey) : Promise.reject(error),
    )
    const [first] = contact
    return { status, ...(first !== undefined && { contact: first.replace(/^mailto:/, '') }) }
  } catch (thrown) {
    signal.throwIfAborted()
    const { code, message, hint } = toDomainctlError(thrown)
    const error = { code, message, hint }
    if (problemOf(thrown)?.type.endsWith(':accountDoesNotExist')) return { status: 'unknown', error }
    if (code === 'CA_ACCOUNT_INVALID') return { status: 'deactivated', error }
    return { status: isRefusalOfSigner(thrown) ? 'key refused' : 'not asked', error }
  }
}
