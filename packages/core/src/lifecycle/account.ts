import type { ExternalAccount, Issuer, IssuerAccount, IssuerDescription } from '../contracts/issuer.ts'
import { DEFAULT_TENANT } from '../domain/ids.ts'
import { knownCa } from '../domain/known-cas.ts'
import type { Account } from '../domain/model.ts'
import { DomainctlError } from '../errors.ts'
import { countingAccount } from './budget.ts'
import { makeId, type Services } from './services.ts'

type KnownAccount = IssuerAccount & { id: string }

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
    const kept = await services.store.getAccount(DEFAULT_TENANT, issuer.ca)
    if (kept?.url && !o.renewed) return { id: kept.id, url: kept.url, key: kept.key }
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

async function makeAccount(services: Services, issuer: Issuer, o: AccountOptions): Promise<KnownAccount> {
  const { store, settings } = services
  const description = await issuer.describe(o)
  const { termsOfService } = description
  const externalAccount = await requireAgreement(services, issuer.ca, description)
  const { contact } = settings
  const account = (await store.getAccount(DEFAULT_TENANT, issuer.ca)) ?? (await keepNewAccount(services, issuer, contact))
  if (account.url && !o.renewed) return { id: account.id, url: account.url, key: account.key }
  const wanted = {
    ...(contact !== undefined && { contact }),
    termsAgreed: termsOfService !== undefined,
    ...(externalAccount && { externalAccount }),
  }
  const { url } = await countingAccount(services, issuer.ca, o.force ?? false, () => issuer.createAccount(account.key, wanted, o))
  await store.confirmAccount(account.id, url, [event(services, 'account.confirmed', `${issuer.ca} knows the account as ${url}`)])
  return { id: account.id, url, key: account.key }
}

/**
 * What the operator and a CA have to have agreed on before an account is made there; answers what it is bound to.
 * @throws `TERMS_NOT_ACCEPTED`, `EXTERNAL_ACCOUNT_MISSING`, `CONFIG_INVALID`
 */
export async function requireAgreement(
  { settings, externalAccount }: Pick<Services, 'settings' | 'externalAccount'>,
  ca: string,
  { termsOfService, externalAccountRequired }: Pick<IssuerDescription, 'termsOfService' | 'externalAccountRequired'>,
): Promise<ExternalAccount | undefined> {
  if (termsOfService && !settings.acceptTerms) {
    throw new DomainctlError('TERMS_NOT_ACCEPTED', `${ca} asks to accept its terms of service: ${termsOfService}`, {
      hint: 'Read them, then repeat with --accept-tos (or set acceptTos in the configuration).',
    })
  }
  const given = await externalAccount(ca)
  // Not every CA that asks for one says so in its directory.
  const isWanted = externalAccountRequired || knownCa(ca)?.externalAccountFrom !== undefined
  if (isWanted && !given) throw externalAccountMissing(ca)
  return given
}

async function keepNewAccount(services: Services, issuer: Issuer, contact: string | undefined): Promise<Account> {
  const crypto = await services.crypto()
  const account: Account = {
    id: makeId(services),
    tenant: DEFAULT_TENANT,
    ca: issuer.ca,
    ...(contact !== undefined && { contact }),
    key: await crypto.createKey('ec256'),
    createdAt: services.runtime.clock.now(),
  }
  return services.store.addAccount(account, [event(services, 'account.planned', `key made for an account at ${issuer.ca}`)])
}

function externalAccountMissing(ca: string): DomainctlError {
  const from = knownCa(ca)?.externalAccountFrom
  return new DomainctlError('EXTERNAL_ACCOUNT_MISSING', `${ca} makes accounts only for those who have one at its website.`, {
    hint: `Get the key id and the HMAC key${from === undefined ? ' there' : ` at ${from}`}, and configure them for this CA (cas).`,
  })
}

function event({ runtime, settings }: Services, name: string, message: string) {
  return { at: runtime.clock.now(), tenant: DEFAULT_TENANT, who: settings.who, event: name, message }
}

function ignore(): void {}
