import type { DomainctlError } from '../errors.ts'
import { transition } from './machine.ts'
import type { Domain, Failure } from './model.ts'
import { MOST_CA_FAILURES, retryAt } from './policies.ts'

/** When to try again after a failure that is not the CA's, in ms: a provider or its servers recover sooner than a limit. */
const PROVIDER_RETRY = 10 * 60_000

/** An error as it is kept in the state. */
export function toFailure(error: DomainctlError, at: Date): Failure {
  const { code, message, hint, actor, retryAt } = error
  return { code, message, hint, actor, at, ...(retryAt && { retryAt }) }
}

/** `domain` without the fields that a success clears. */
export function cleared(domain: Domain): Domain {
  const { lastError: _, nextActionAt: __, reason: ___, caNotBefore: ____, ...rest } = domain
  return { ...rest, attempts: 0 }
}

/**
 * What a failed order makes of a domain (requirements C5, L1). Only the CA's failures count: an interruption, a wrong
 * setting or a record that a person has still to make is none, and a provider's is tried again soon.
 * @param o `refusals`: what each CA said that was asked; `permanent`: the CA will never issue for these names
 */
export function afterFailedOrder(
  domain: Domain,
  error: DomainctlError,
  o: { now: Date; refusals: readonly { ca: string; error: DomainctlError }[]; permanent: boolean },
): Domain {
  const { now } = o
  if (error.kind === 'interrupted' || error.kind === 'busy') return domain
  const lastError = toFailure(error, now)
  if (error.kind === 'usage' || error.code === 'DNS_RECORDS_WANTED') return { ...domain, lastError }
  if (error.kind !== 'ca-refused' && error.kind !== 'ca-unavailable') {
    return { ...domain, lastError, nextActionAt: new Date(now.getTime() + PROVIDER_RETRY) }
  }
  const attempts = domain.attempts + 1
  const at = retryAt(now, attempts, error.retryAt)
  const caNotBefore = waitsAfter(domain, o.refusals, now)
  const failed: Domain = { ...domain, attempts, lastError, nextActionAt: at, ...(caNotBefore.length > 0 && { caNotBefore }) }
  return o.permanent || attempts >= MOST_CA_FAILURES ? givenUp(failed, error, now) : failed
}

/** Which CAs asked to be left alone, now and before; what is over is forgotten. */
function waitsAfter(
  { caNotBefore = [] }: Domain,
  refusals: readonly { ca: string; error: DomainctlError }[],
  now: Date,
): { ca: string; at: Date }[] {
  const asked = refusals.flatMap(({ ca, error: { kind, retryAt: at } }) =>
    kind === 'ca-unavailable' && at ? [{ ca, at: retryAt(now, 1, at) }] : [],
  )
  const before = caNotBefore.filter(({ ca, at }) => at > now && !asked.some((wait) => wait.ca === ca))
  return [...before, ...asked]
}

/** A domain that has a certificate is never given up: its renewal goes on being tried. */
function givenUp(domain: Domain, error: DomainctlError, now: Date): Domain {
  const given = transition(domain, 'gave_up', now)
  if (given === domain) return domain
  const { nextActionAt: _, ...rest } = given
  return { ...rest, reason: error.code }
}
