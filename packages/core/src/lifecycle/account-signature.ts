import type { Issuer, IssuerAccount } from '../contracts/issuer.ts'
import { DomainctlError } from '../errors.ts'
import { event, withKnownKey } from './account-key.ts'
import { isAboutSignature, isRefusalOfSigner, keyRefused } from './account-refusals.ts'
import { problemOf } from './fulfilment.ts'
import type { Services } from './services.ts'

/** The account of this key has another one by now: what was made from the old one, such as the value of a TXT record, counts no more. */
export class AccountKeyChanged extends Error {
  constructor(cause?: unknown) {
    super('the account has another key by now', { cause })
  }
}

/** An account in use; its key is exchanged in place when another process has changed it. */
export interface AccountInUse extends IssuerAccount {
  readonly id: string
}

/**
 * The CA as this account speaks to it, through what may befall the account meanwhile. Where another process has changed its key, the
 * request is signed anew by the one that counts now, and `account` has that one from then on; only an answer to a challenge is not
 * repeated, since its record was made from the old key (RFC 8555 §8.1). And where the CA has new terms of service and the operator
 * accepts them, they are agreed to, once.
 * @throws AccountKeyChanged from `answerChallenge`; `CA_ACCOUNT_INVALID` when the CA takes none of the keys that the state has
 */
export function signedByAccount(services: Services, issuer: Issuer, account: AccountInUse): Issuer {
  let hasAgreed = false

  async function asAccount<T>(request: () => Promise<T>, o: { signal: AbortSignal }): Promise<T> {
    for (;;) {
      const { key } = account
      try {
        return await request()
      } catch (error) {
        if (isAboutTerms(error) && services.settings.acceptTerms && !hasAgreed) {
          hasAgreed = true
          await agreeToTerms(services, issuer, account, o).catch((second: unknown) => {
            // A CA that does not take it so: what it asked for first is what a person has to see, and not an answer about an order.
            throw second instanceof DomainctlError && second.kind === 'ca-refused' ? error : second
          })
        } else if (!isRefusalOfSigner(error) || !(await hasAnotherKey(services, issuer, account, key, o))) {
          throw isAboutSignature(error) ? keyRefused(issuer.ca, account.url, error) : error
        }
      }
    }
  }

  return {
    ...issuer,
    newOrder: (_, order, o) => asAccount(() => issuer.newOrder(account, order, o), o),
    getOrder: (_, url, o) => asAccount(() => issuer.getOrder(account, url, o), o),
    listOrders: (_, o) => asAccount(() => issuer.listOrders(account, o), o),
    getAuthorization: (_, url, o) => asAccount(() => issuer.getAuthorization(account, url, o), o),
    finalize: (_, order, csr, o) => asAccount(() => issuer.finalize(account, order, csr, o), o),
    getCertificate: (_, url, o) => asAccount(() => issuer.getCertificate(account, url, o), o),
    updateAccount: (_, changes, o) => asAccount(() => issuer.updateAccount(account, changes, o), o),
    deactivateAccount: (_, o) => asAccount(() => issuer.deactivateAccount(account, o), o),
    revoke: (by, chain, o) =>
      'account' in by ? asAccount(() => issuer.revoke({ account }, chain, o), o) : issuer.revoke(by, chain, o),
    answerChallenge(_, url, o) {
      const { key } = account
      return asAccount(async () => {
        if (account.key !== key) throw new AccountKeyChanged()
        return issuer.answerChallenge(account, url, o)
      }, o)
    },
  }
}

/** Whether the account has another key than `key` by now; then it is in `account`. */
async function hasAnotherKey(
  services: Services,
  issuer: Issuer,
  account: AccountInUse,
  key: string,
  { signal }: { signal: AbortSignal },
): Promise<boolean> {
  if (account.key === key) {
    const kept = await services.store.getAccountById(account.id)
    if (!kept || kept.endedAt) return false
    account.key = (await withKnownKey(services, issuer, kept, signal)).key
  }
  return account.key !== key
}

async function agreeToTerms(
  services: Services,
  issuer: Issuer,
  account: AccountInUse,
  o: { signal: AbortSignal },
): Promise<void> {
  await services.store.changeAccount(account.id, (before) => ({
    account: before,
    events: [event(services, 'account.terms_planned', `agreeing to the new terms of service of ${issuer.ca}`)],
  }))
  await issuer.updateAccount(account, { termsAgreed: true }, o)
}

function isAboutTerms(error: unknown): boolean {
  return problemOf(error)?.type.endsWith(':userActionRequired') ?? false
}
