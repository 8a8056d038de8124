import type { DomainctlError } from '../errors.ts'
import { type CaRefusal, comingBackAt } from './ca-refusals.ts'
import { transition } from './machine.ts'
import type { CaWait, Certificate, Domain, Failure } from './model.ts'
import { beforeTheEnd, MOST_CA_FAILURES, retryAt } from './policies.ts'
import { type Share, spreadRetry } from './renewal-spread.ts'
import { RETRY_SCHEDULE, retryClassOf } from './retry-schedule.ts'

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
 * setting or a record that a person has still to make is none, and a provider's is tried again soon. What CAs asked for on the
 * way is kept, whatever came after it.
 * @param o `refusals`: what each CA said; `certificate`: the live one, whose end no wait may outlast; `share`: at random, by how
 * much a pause of our own is longer, so that not all come back at once; absent: by nothing
 */
export function afterFailedOrder(
  before: Domain,
  error: DomainctlError,
  o: {
    now: Date
    refusals: readonly CaRefusal[]
    certificate?: Pick<Certificate, 'notBefore' | 'notAfter'> | undefined
    share?: Share
  },
): Domain {
  const { now, refusals, certificate, share = () => 0 } = o
  const domain = withWaits(before, refusals, now)
  const kind = retryClassOf(error.code)
  if (kind === 'interrupted') return domain
  const asked = refusals.filter((refusal) => refusal.asked)
  const isOfCa = [error, ...asked.map((refusal) => refusal.error)].some(({ kind }) => kind === 'ca-unavailable')
  const { counted, after } = RETRY_SCHEDULE[kind]
  if (!counted && !isOfCa) {
    const lastError = toFailure(error, now)
    if (typeof after === 'string') return { ...domain, lastError }
    const again = spreadRetry(new Date(now.getTime() + after), now, share)
    return { ...domain, lastError, nextActionAt: beforeTheEnd(again, now, certificate) }
  }
  const attempts = domain.attempts + 1
  const nextActionAt = beforeTheEnd(nextAttempt(error, refusals, { attempts, now, share }), now, certificate)
  const told = error.kind === 'ca-unavailable' ? comingBackAt(error, nextActionAt) : error
  const failed: Domain = { ...domain, attempts, lastError: toFailure(told, now), nextActionAt }
  // One that only rests now, or has to be allowed by CAA, may issue yet.
  const isPermanent = asked.length > 0 && refusals.every(({ permanent }) => permanent)
  return isPermanent || attempts >= MOST_CA_FAILURES ? givenUp(failed, error, now) : failed
}

/** As soon as one of the CAs may do better: when it said, or by the schedule and somewhat later. */
function nextAttempt(
  error: DomainctlError,
  refusals: readonly CaRefusal[],
  { attempts, now, share }: { attempts: number; now: Date; share: Share },
): Date {
  const again = (asked?: Date) => (asked ? retryAt(now, attempts, asked) : spreadRetry(retryAt(now, attempts), now, share))
  const times = refusals.flatMap(({ error: { kind, retryAt: at }, permanent, keptUntil }) => {
    if (kind !== 'ca-unavailable' && (kind !== 'ca-refused' || permanent)) return []
    return [again(at), ...(keptUntil ? [keptUntil] : [])]
  })
  if (times.length === 0) return again(error.retryAt)
  return new Date(Math.min(...times.map((at) => at.getTime())))
}

/** With those CAs in mind that asked to be left alone, now and before; what is over is forgotten. */
function withWaits(domain: Domain, refusals: readonly CaRefusal[], now: Date): Domain {
  const { caNotBefore = [], ...rest } = domain
  const asked = refusals.flatMap(({ ca, asked, error: { kind, code, message, retryAt: at } }): CaWait[] =>
    asked && kind === 'ca-unavailable' && at ? [{ ca, since: now, at: retryAt(now, 1, at), code, reason: message }] : [],
  )
  const waits = [...caNotBefore.filter(({ ca, at }) => at > now && !asked.some((wait) => wait.ca === ca)), ...asked]
  return waits.length > 0 ? { ...rest, caNotBefore: waits } : rest
}

/** A domain that has a certificate is never given up: its renewal goes on being tried. */
export function givenUp(domain: Domain, error: DomainctlError, now: Date): Domain {
  const given = transition(domain, 'gave_up', now)
  if (given === domain) return domain
  const { nextActionAt: _, ...rest } = given
  return { ...rest, reason: error.code }
}
