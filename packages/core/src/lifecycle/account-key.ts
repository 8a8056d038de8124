import type { Issuer } from '../contracts/issuer.ts'
import type { AuditEventName } from '../domain/audit-events.ts'
import { auditLine } from '../domain/audit-line.ts'
import { DEFAULT_TENANT } from '../domain/ids.ts'
import type { Account, KeyType, NewAuditEvent } from '../domain/model.ts'
import { DomainctlError } from '../errors.ts'
import { holdingAccount } from './account-lease.ts'
import { isAboutSignature, keyRefused } from './account-refusals.ts'
import type { Services } from './services.ts'

type KeyServices = Pick<Services, 'store' | 'crypto' | 'runtime' | 'settings'>

/** One more when the connection broke: the same key again is refused where the first request was served, and does no harm. */
const MOST_REQUESTS = 2

/**
 * Gives the account another key (RFC 8555 §7.3.5). The new one is in the state before the CA hears of it, and the old one stays
 * until the CA is known to have the new one, so that neither a kill nor a lost answer loses the account; a change that an earlier
 * run has begun is brought to its end, with its own key. Only under the lease of the account.
 * @param current as it is under the lease, known to its CA
 */
export async function changeAccountKey(
  services: KeyServices,
  issuer: Issuer,
  current: Account & { url: string },
  { keyType, signal }: { keyType: KeyType; signal: AbortSignal },
): Promise<Account> {
  const begun = await withKnownKey(services, issuer, current, signal)
  // It was done, and only the answer was lost.
  if (current.nextKey !== undefined && begun.nextKey === undefined) return begun
  const { nextKey: next, account } =
    begun.nextKey === undefined ? await planKey(services, begun, keyType) : { ...begun, account: begun }
  if (next === undefined) return account
  for (let request = 1; ; request += 1) {
    try {
      await issuer.changeKey({ url: current.url, key: account.key }, next, { signal })
      return await adoptKey(services, account, next)
    } catch (error) {
      const outcome = await outcomeOf(issuer, { ...account, url: current.url }, next, signal).catch(() => 'unknown' as const)
      if (outcome === 'changed') return await adoptKey(services, account, next)
      if (!(error instanceof DomainctlError) || outcome === 'unknown') throw unfinished(account, error)
      if (outcome === 'as it was' && error.code === 'CA_UNREACHABLE') {
        if (request < MOST_REQUESTS) continue
        throw unfinished(account, error)
      }
      // A limit or an outage passes; a refusal was the answer to this very key.
      if (outcome === 'as it was' && error.kind !== 'ca-refused') throw unfinished(account, error)
      // The old key counts no more, and an earlier request was not answered: a CA that lags behind itself may say so of both.
      const mayBeServed = begun.nextKey !== undefined || request > 1
      if (outcome === 'as it was' && mayBeServed && isAboutSignature(error)) throw keyRefused(account.ca, current.url, error)
      await dropKey(services, account, next, error.message)
      if (outcome !== 'as it was') throw conflict(account, outcome.other, error)
      throw isAboutSignature(error) ? keyRefused(account.ca, current.url, error) : error
    }
  }
}

/**
 * The account with the key that its CA knows: the next one, where a change of its key was begun and has reached the CA, which then
 * takes the place of the old one in the state. Asks the CA only where a change was begun. Needs no lease: what is adopted is adopted
 * by all who look.
 */
export async function withKnownKey(
  services: KeyServices,
  issuer: Pick<Issuer, 'findAccount'>,
  account: Account,
  signal: AbortSignal,
): Promise<Account> {
  const { nextKey, url } = account
  if (nextKey === undefined || url === undefined) return account
  const outcome = await outcomeOf(issuer, { ...account, url }, nextKey, signal)
  // That the old key counts may change at any moment while somebody changes it: it stays beside the next one.
  return outcome === 'changed' ? adoptKey(services, account, nextKey) : account
}

/**
 * As {@link withKnownKey}, and brings a change to its end that nobody is at work on any more. That it cannot be ended now is no
 * hindrance: the old key still counts then.
 */
export async function withSettledKey(
  services: KeyServices,
  issuer: Issuer,
  account: Account,
  signal: AbortSignal,
): Promise<Account> {
  if (account.nextKey === undefined || account.url === undefined) return account
  const known = await withKnownKey(services, issuer, account, signal)
  if (known.nextKey === undefined) return known
  try {
    return await holdingAccount(services, account, signal, async (held) => {
      const current = await services.store.getAccountById(account.id)
      if (current?.url === undefined || current.nextKey === undefined || current.endedAt) return current ?? known
      return changeAccountKey(services, issuer, { ...current, url: current.url }, { keyType: 'ec256', signal: held })
    })
  } catch (error) {
    if (signal.aborted || !(error instanceof DomainctlError) || error.code.startsWith('STATE_')) throw error
    if (error.code !== 'LEASE_HELD') {
      services.runtime.logger.log('warn', 'the change of an account key stays open', {
        account: account.id,
        error: error.message,
      })
    }
    return (await services.store.getAccountById(account.id)) ?? known
  }
}

/** What the CA has made of the next key. */
type Outcome = 'changed' | 'as it was' | { other: string }

async function outcomeOf(
  issuer: Pick<Issuer, 'findAccount'>,
  { url }: { url: string },
  next: string,
  signal: AbortSignal,
): Promise<Outcome> {
  const found = await issuer.findAccount(next, { signal })
  if (found === null) return 'as it was'
  return found.url === url ? 'changed' : { other: found.url }
}

async function planKey(
  services: KeyServices,
  { id, ca }: Account,
  type: KeyType,
): Promise<{ nextKey?: string; account: Account }> {
  const key = await (await services.crypto()).createKey(type)
  const account = await services.store.changeAccount(id, (before) => {
    if (before.nextKey !== undefined) return null
    const planned = event(services, 'account.key_planned', `another key made for the account at ${ca}`)
    return { account: { ...before, nextKey: key }, events: [planned] }
  })
  return { account, ...(account.nextKey !== undefined && { nextKey: account.nextKey }) }
}

async function adoptKey(services: KeyServices, { id, ca }: Account, next: string): Promise<Account> {
  const { type } = (await services.crypto()).readAccountKey(next)
  return services.store.changeAccount(id, (before) => {
    if (before.nextKey !== next) return null
    const { nextKey: _, ...rest } = before
    const events = [event(services, 'account.key_changed', `${ca} knows the account by its new key (${type})`)]
    return { account: { ...rest, key: next, keyType: type }, events }
  })
}

/** The CA has refused this key, so no request with it can be served any more. */
async function dropKey(services: KeyServices, { id }: Account, next: string, why: string): Promise<void> {
  await services.store.changeAccount(id, (before) => {
    if (before.nextKey !== next) return null
    const { nextKey: _, ...account } = before
    return { account, events: [event(services, 'account.key_refused', why)] }
  })
}

function unfinished({ name, ca }: Account, error: unknown): unknown {
  if (!(error instanceof DomainctlError) || error.kind === 'interrupted') return error
  return new DomainctlError(error.code, `The key of the account ${name} at ${ca} may or may not be changed. ${error.message}`, {
    hint: 'Nothing is lost, both keys are kept: whatever uses the account next finds out which one counts. Run the same command again later.',
    actor: error.actor,
    ...(error.retryAt && { retryAt: error.retryAt }),
    cause: error,
  })
}

function conflict({ ca }: Account, other: string, cause: DomainctlError): DomainctlError {
  return new DomainctlError('CA_REFUSED', `Another account at ${ca} has the new key already: ${other}.`, {
    hint: 'The account keeps its old key. Run the same command again: it makes another new key.',
    cause,
  })
}

/** Of an account, for the audit. */
export function event(
  { runtime, settings }: Pick<Services, 'runtime' | 'settings'>,
  name: AuditEventName,
  message: string,
): NewAuditEvent {
  return auditLine({ at: runtime.clock.now(), tenant: DEFAULT_TENANT, who: settings.who }, name, message)
}
