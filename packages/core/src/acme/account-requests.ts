import type { Issuer, IssuerAccount } from '../contracts/issuer.ts'
import { DomainctlError } from '../errors.ts'
import type { Answer } from './answer.ts'
import type { Signer } from './client.ts'
import type { Connection } from './connection.ts'
import { AcmeProblemError, problemKind } from './problem.ts'
import { malformed } from './refusal.ts'
import { parseAccount, parseLocation } from './resources.ts'

/** What of an issuer is about accounts themselves (RFC 8555 §7.3). */
type AccountRequests = Pick<
  Issuer,
  'createAccount' | 'findAccount' | 'showAccount' | 'updateAccount' | 'deactivateAccount' | 'changeKey'
>

/** @param signerOf reads a key. @param host of the CA, for messages */
export function accountRequests(connection: Connection, signerOf: (key: string) => Signer, directory: string): AccountRequests {
  const as = ({ key, url }: IssuerAccount): Signer => ({ ...signerOf(key), kid: url })

  return {
    async createAccount(key, { contact, termsAgreed, externalAccount }, { signal }) {
      const payload = {
        ...(termsAgreed ? { termsOfServiceAgreed: true } : {}),
        ...(contact === undefined ? {} : { contact: contactUrls(contact) }),
      }
      const signer = { ...signerOf(key), ...(externalAccount && { externalAccount }) }
      const answer = await connection.post(signer, { resource: 'newAccount' }, payload, 'the account', signal)
      return { url: urlOf(answer), key }
    },

    // The CA makes none where it knows none (RFC 8555 §7.3.1).
    async findAccount(key, { signal }) {
      try {
        const payload = { onlyReturnExisting: true }
        const answer = await connection.post(signerOf(key), { resource: 'newAccount' }, payload, 'the account', signal)
        return { url: urlOf(answer), contact: parseAccount(answer).contact }
      } catch (error) {
        if (kindOf(error) === 'accountDoesNotExist') return null
        throw error
      }
    },

    async showAccount(account, { signal }) {
      return parseAccount(await connection.post(as(account), account.url, null, 'the account', signal))
    },

    async updateAccount(account, { contact, termsAgreed }, { signal }) {
      const payload = {
        ...(contact === undefined ? {} : { contact: contactUrls(contact) }),
        ...(termsAgreed ? { termsOfServiceAgreed: true } : {}),
      }
      return parseAccount(await connection.post(as(account), account.url, payload, 'the account', signal))
    },

    async deactivateAccount(account, { signal }) {
      const answer = await connection.post(as(account), account.url, { status: 'deactivated' }, 'the account', signal)
      const { status } = parseAccount(answer)
      if (status !== 'deactivated') throw malformed(account.url, `was asked to deactivate the account, and it is ${status}`)
    },

    // Both keys sign: the old one that it may be changed, the new one that it is at hand (RFC 8555 §7.3.5).
    async changeKey(account, next, { signal }) {
      const { keyChange } = await connection.directory(signal)
      if (keyChange === undefined) throw malformed(directory, 'names no place to change the key of an account at')
      const old = as(account)
      const payload = await connection.signedByNewKey(signerOf(next), keyChange, { account: account.url, oldKey: old.jwk })
      await connection.post(old, { resource: 'keyChange' }, payload, 'another key for the account', signal)
    },
  }
}

/** The account that the CA answers with. @throws DomainctlError `CA_ACCOUNT_INVALID` when it has ended */
function urlOf(answer: Answer): string {
  const { status } = parseAccount(answer)
  if (status === 'valid') return parseLocation(answer, 'an account')
  throw new DomainctlError('CA_ACCOUNT_INVALID', `The account at the CA at ${new URL(answer.url).host} is ${status}.`, {
    hint: 'An account that has ended cannot be revived (RFC 8555 §7.3.6): let it go with domainctl account deactivate; the next domainctl issue makes another one, with another key.',
  })
}

function contactUrls(contact: string): string[] {
  return [contact.startsWith('mailto:') ? contact : `mailto:${contact}`]
}

function kindOf(error: unknown): string | undefined {
  const cause = error instanceof Error ? error.cause : undefined
  return cause instanceof AcmeProblemError ? problemKind(cause.problem) : undefined
}
