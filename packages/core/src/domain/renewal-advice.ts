import type { Certificate, RenewalAdvice } from './model.ts'
import { emergencyBegins } from './policies.ts'
import { planByLifetime, type Share } from './renewal-spread.ts'

const HOUR = 3_600_000

/** How often advice is asked for: as the CA wishes, within these bounds (RFC 9773 §4.3.2), in ms. */
const LEAST_PAUSE = 60_000
const MOST_PAUSE = 24 * HOUR
/** Where the CA wishes nothing, or did not answer. */
const USUAL_PAUSE = 6 * HOUR

/** What a CA says of a certificate's renewal (RFC 9773 §4.2). */
export interface RenewalInfo {
  start: Date
  end: Date
  explanationUrl?: string
  /** What `Retry-After` asked for, in ms. */
  retryAfterMs?: number
}

/** What is kept of a certificate about its renewal. */
export type RenewalPlan = Pick<Certificate, 'renewAt' | 'renewReason'> & { advice: RenewalAdvice }

/**
 * Whether the CA is to be asked for its advice now. Of a certificate that was revoked there is nothing to ask, and of one that
 * has expired nothing may be (RFC 9773 §4.3).
 */
export function adviceIsDue(
  { advice, revokedAt, notAfter }: Pick<Certificate, 'advice' | 'revokedAt' | 'notAfter'>,
  now: Date,
): boolean {
  return revokedAt === undefined && notAfter > now && (!advice || advice.nextCheckAt <= now)
}

/**
 * Whether the CA wants it renewed just now, which is when an order that says what it replaces is exempt from limits: so Let's
 * Encrypt's software has it (boulder, wfe2/wfe.go, `validateReplacementOrder`). A window that is over, as it is after a revocation or
 * in an incident, exempts from none.
 */
export function isAdvisedNow({ advice }: Pick<Certificate, 'advice'>, now: Date): boolean {
  const { start, end } = advice?.window ?? {}
  return start !== undefined && end !== undefined && start <= now && now < end
}

/** No pause is longer than this share of the lifetime: of a certificate for a day a day later nothing can be heeded. */
const MOST_SHARE = 1 / 10

/** When it is asked again: after `wish` ms, within the bounds, and while the certificate lasts. */
function nextCheck({ notBefore, notAfter }: Pick<Certificate, 'notBefore' | 'notAfter'>, now: Date, wish = USUAL_PAUSE): Date {
  const most = Math.min(MOST_PAUSE, (notAfter.getTime() - notBefore.getTime()) * MOST_SHARE)
  const pause = Math.max(Math.min(wish, most), LEAST_PAUSE)
  return new Date(Math.min(now.getTime() + pause, notAfter.getTime()))
}

/**
 * A window may reach to the end of the certificate, as Pebble's do: none is planned for when less than this share of the lifetime is
 * left, when people are warned (requirements H4) and a process that dies at it leaves too little time, unless the window begins later:
 * then none for after the emergency rule ({@link emergencyBegins}) would have it renewed whatever was advised.
 */
const LEFT_SHARE = 1 / 4

/**
 * The plan after the CA has answered: an instant within its window, chosen evenly at random and kept for as long as the
 * window stays, so that a fleet does not gather at its beginning (RFC 9773 §4.2).
 * @param share where in the window, 0 to 1
 */
export function planByAdvice(certificate: Certificate, info: RenewalInfo, now: Date, share: Share): RenewalPlan {
  const { start, end, explanationUrl } = info
  const advice: RenewalAdvice = {
    askedAt: now,
    window: { start, end },
    ...(explanationUrl !== undefined && { explanationUrl }),
    nextCheckAt: nextCheck(certificate, now, info.retryAfterMs),
  }
  const before = certificate.advice?.window
  if (before?.start.getTime() === start.getTime() && before.end.getTime() === end.getTime()) {
    const { renewAt, renewReason } = certificate
    return { renewAt, renewReason, advice }
  }
  const { notBefore, notAfter } = certificate
  const latest = notAfter.getTime() - (notAfter.getTime() - notBefore.getTime()) * LEFT_SHARE
  // Nobody looks again between an instant that is planned for later than this and the end of the certificate.
  const last = emergencyBegins(certificate).getTime()
  const until = Math.min(end.getTime(), latest > start.getTime() ? latest : Math.max(last, start.getTime()))
  const chosen = start.getTime() + Math.floor(share() * (until - start.getTime()))
  const renewAt = new Date(Math.min(chosen, last))
  const because = explanationUrl === undefined ? '' : `, see ${explanationUrl}`
  const renewReason = `its CA wants it renewed between ${start.toISOString()} and ${end.toISOString()}${because}`
  return { renewAt, renewReason, advice }
}

/**
 * The plan after the CA could not be asked: as it was, and another look later. What it advised before still holds.
 * @param retryAt when the CA wants to be asked again, where it said so
 */
export function planWithoutAnswer(certificate: Certificate, now: Date, retryAt?: Date): RenewalPlan {
  const { renewAt, renewReason, advice } = certificate
  const nextCheckAt = nextCheck(certificate, now, retryAt && retryAt.getTime() - now.getTime())
  return { renewAt, renewReason, advice: { ...advice, askedAt: now, nextCheckAt } }
}

/** The plan at a CA that gives no advice any more: the lifetime decides. */
export function planWithoutAdvice(certificate: Certificate, now: Date, share: Share): RenewalPlan {
  const advice: RenewalAdvice = { askedAt: now, nextCheckAt: nextCheck(certificate, now, MOST_PAUSE) }
  return { ...planByLifetime(certificate, share), advice }
}
