import type { ExternalAccount, Issuer, IssuerAccount, IssuerDescription } from '../contracts/issuer.ts'
import { DEFAULT_TENANT } from '../domain/ids.ts'
import { knownCa } from '../domain/known-cas.ts'
import type { Account } from '../domain/model.ts'
import { DomainctlError } from '../errors.ts'
import { event, withSettledKey } from './account-key.ts'
import { countingAccount } from './budget.ts'
import { makeId, type Services } from './services.ts'

export type KnownAccount = IssuerAccount & { id: string }

interface AccountOptions {
  /** The CA has forgotten the account: make it again with the same key. */
  renewed?: boolean
  /** Also over a limit of the CA. */
  force?: boolean
  signal: AbortSignal
}

/**
 * The operator's account at a CA, made on first use. One account serves all tenants, as Let's Encrypt asks of large
 * integrators. The key is in the state before the CA hears of it, and newAccount finds an account by its key
 * (RFC 8555 §7.3), so a lost answer or two processes at once still make one account.
 * @throws `TERMS_NOT_ACCEPTED`, `EXTERNAL_ACCOUNT_MISSING`, and what the CA answers
 */
export async function accountAt(services: Services, issuer: Issuer, o: AccountOptions): Promise<KnownAccount> {
  const { accountsInTheMaking: making } = services
  for (;;) {
    const kept = await accountInState(services, issuer.ca)
    if (kept?.url && !o.renewed) return known(await withSettledKey(services, issuer, kept, o.signal), kept.url)
    const other = making.get(issuer.ca)
    if (!other) break
    await other
    // Whoever was first has made it again for all.
    o = { ...o, renewed: false }
  }
  const made = makeAccount(services, issuer, o).finally(() => making.delete(issuer.ca))
  // A failure is the affair of the one that makes it; those who wait try by themselves then.
  making.set(issuer.ca, made.then(ignore, ignore))
  return made
}

/** The account that the configuration names for this CA, where there is one that has not ended. */
export function accountInState({ store, accountName }: Services, ca: string): Promise<Account | null> {
  return store.getAccount(DEFAULT_TENANT, ca, accountName(ca))
}

/**
 * The account that began an order: it alone may go on with it (RFC 8555 §7.4), also where the configuration names another one by now.
 * Null when it has ended, and the order with it.
 */
export async function accountOf(
  services: Services,
  issuer: Issuer,
  accountId: string,
  o: AccountOptions,
): Promise<KnownAccount | null> {
  const kept = await services.store.getAccountById(accountId)
  if (!kept?.url || kept.endedAt) return null
  if (kept.name === services.accountName(issuer.ca)) return accountAt(services, issuer, o)
  const { key } = await withSettledKey(services, issuer, kept, o.signal)
  if (!o.renewed) return { id: kept.id, url: kept.url, key }
  return { id: kept.id, ...(await register(services, issuer, { ...kept, key }, o)) }
}

function known({ id, url, key }: Account, otherwise: string): KnownAccount {
  return { id, url: url ?? otherwise, key }
}

async function makeAccount(services: Services, issuer: Issuer, o: AccountOptions): Promise<KnownAccount> {
  const kept = await accountInState(services, issuer.ca)
  if (kept?.url && !o.renewed) return known(kept, kept.url)
  const terms = await termsOf(services, issuer, o)
  const { contact } = services.settings
  const account = kept ? await withContact(services, kept, contact) : await keepNewAccount(services, issuer, contact)
  if (account.url && !o.renewed) return known(account, account.url)
  return { id: account.id, ...(await register(services, issuer, account, o, terms)) }
}

/** What an account at this CA has to agree to and is bound to. */
interface Terms {
  termsAgreed: boolean
  externalAccount?: ExternalAccount
}

/** @throws `TERMS_NOT_ACCEPTED`, `EXTERNAL_ACCOUNT_MISSING` */
async function termsOf(services: Services, issuer: Issuer, o: AccountOptions): Promise<Terms> {
  const description = await issuer.describe(o)
  const externalAccount = await requireAgreement(services, issuer.ca, description, o)
  return { termsAgreed: description.termsOfService !== undefined, ...(externalAccount && { externalAccount }) }
}

/** Tells the CA of the account, or of its key again: where it knows the key, it answers with the account that has it. */
async function register(
  services: Services,
  issuer: Issuer,
  { id, key, contact }: Account,
  o: AccountOptions,
  terms?: Terms,
): Promise<IssuerAccount> {
  const asked = { ...(contact !== undefined && { contact }), ...(terms ?? (await termsOf(services, issuer, o))) }
  const { url } = await countingAccount(services, issuer.ca, o.force ?? false, () => issuer.createAccount(key, asked, o))
  await services.store.confirmAccount(id, url, [event(services, 'account.confirmed', `${issuer.ca} knows the account as ${url}`)])
  return { url, key }
}

/**
 * What the operator and a CA have to have agreed on before an account is made there; answers what it is bound to.
 * @param o `onlyLooks`: makes nothing anywhere
 * @throws `TERMS_NOT_ACCEPTED`, `EXTERNAL_ACCOUNT_MISSING`, `CONFIG_INVALID`
 */
export async function requireAgreement(
  { settings, externalAccount, hasAccountApi }: Pick<Services, 'settings' | 'externalAccount' | 'hasAccountApi'>,
  ca: string,
  { termsOfService, externalAccountRequired }: Pick<IssuerDescription, 'termsOfService' | 'externalAccountRequired'>,
  o: { signal: AbortSignal; onlyLooks?: boolean },
): Promise<ExternalAccount | undefined> {
  if (termsOfService && !settings.acceptTerms) {
    throw new DomainctlError('TERMS_NOT_ACCEPTED', `${ca} asks to accept its terms of service: ${termsOfService}`, {
      hint: 'Read them, then repeat with --accept-tos (or set acceptTos in the configuration).',
    })
  }
  // To ask the API of its website would make one there.
  if (o.onlyLooks && hasAccountApi(ca)) return undefined
  const given = await externalAccount(ca, o)
  // Not every CA that asks for one says so in its directory.
  const isWanted = externalAccountRequired || knownCa(ca)?.externalAccountFrom !== undefined
  if (isWanted && !given) throw externalAccountMissing(ca)
  return given
}

async function keepNewAccount(services: Services, issuer: Issuer, contact: string | undefined): Promise<Account> {
  const crypto = await services.crypto()
  const { accountKeyType } = services.settings
  const account: Account = {
    id: makeId(services),
    tenant: DEFAULT_TENANT,
    ca: issuer.ca,
    name: services.accountName(issuer.ca),
    ...(contact !== undefined && { contact }),
    key: await crypto.createKey(accountKeyType),
    keyType: accountKeyType,
    createdAt: services.runtime.clock.now(),
  }
  return services.store.addAccount(account, [event(services, 'account.planned', `key made for an account at ${issuer.ca}`)])
}

/** One that its CA has not confirmed may have been refused for its contact: the one of today counts then. */
async function withContact(services: Services, { id }: Account, contact: string | undefined): Promise<Account> {
  return services.store.changeAccount(id, ({ contact: planned, ...before }) => {
    if (before.url !== undefined || planned === contact) return null
    const events = [event(services, 'account.contact_planned', `telling ${before.ca} ${contact ?? 'no contact'}`)]
    return { account: { ...before, ...(contact !== undefined && { contact }) }, events }
  })
}

function externalAccountMissing(ca: string): DomainctlError {
  const { externalAccountFrom: from, externalAccountApi: api } = knownCa(ca) ?? {}
  const byKey = api === undefined ? '' : ' Or configure an API key of yours (apiKey): it gets both by itself.'
  return new DomainctlError('EXTERNAL_ACCOUNT_MISSING', `${ca} makes accounts only for those who have one at its website.`, {
    hint: `Get the key id and the HMAC key${from === undefined ? ' there' : ` at ${from}`}, and configure them for this CA (cas).${byKey}`,
  })
}

function ignore(): void {}
