import type { CaWait, Certificate, Domain } from './model.ts'
import { backoff, LONGEST_RETRY_AFTER } from './retry-schedule.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** What a policy says: whether to act, and why, in words that `renew --dry-run` prints. */
export interface Decision {
  act: boolean
  reason: string
  /** When it will be time, where that is known. */
  at?: Date
}

/** How long a process waits in place for a `Retry-After`; beyond it the time is stored and said (requirements C5). */
export const LONGEST_WAIT_IN_PLACE = 30_000

/** When to try again after the `attempts`-th failure in a row; what the CA asked for goes first. */
export function retryAt(now: Date, attempts: number, asked?: Date): Date {
  const latest = now.getTime() + LONGEST_RETRY_AFTER
  if (asked) return new Date(Math.min(Math.max(asked.getTime(), now.getTime()), latest))
  return new Date(now.getTime() + backoff(attempts))
}

/** Failures at the CA in a row after which a domain that was never issued is given up until a person revives it (L1). */
export const MOST_CA_FAILURES = 10

/** How records that are awaited are looked for (requirements L4). */
const FAST_PHASE = 20 * MINUTE
const FAST_PAUSE = 45_000
const SLOW_PAUSE = 5 * MINUTE
/** Full diagnoses with a notice in the slow phase: the n-th comes 5 min × 2ⁿ after the one before. */
const DIAGNOSES = 10

/** From the beginning of the wait, in ms: when each full diagnosis of the slow phase is due; the last one ends the wait. */
const DIAGNOSED_AFTER: readonly number[] = Array.from(
  { length: DIAGNOSES },
  (_, n) => FAST_PHASE + SLOW_PAUSE * (2 ** (n + 1) - 1),
)

/** Where a domain stands in the wait for its records. */
export interface WaitForRecords {
  phase: 'fast' | 'slow'
  nextLookAt: Date
  /** When the next full diagnosis, with a notice, is due. */
  nextDiagnosisAt: Date
  /** When it is given up, until somebody verifies it. */
  givesUpAt: Date
}

/** The schedule of L4 for records that are awaited since `since`; null when the time is over. */
export function waitForRecords(since: Date, now: Date): WaitForRecords | null {
  const age = Math.max(0, now.getTime() - since.getTime())
  const next = DIAGNOSED_AFTER.find((after) => after > age)
  const last = DIAGNOSED_AFTER.at(-1)
  if (next === undefined || last === undefined) return null
  const phase = age < FAST_PHASE ? 'fast' : 'slow'
  return {
    phase,
    nextLookAt: new Date(now.getTime() + (phase === 'fast' ? FAST_PAUSE : SLOW_PAUSE)),
    nextDiagnosisAt: new Date(since.getTime() + next),
    givesUpAt: new Date(since.getTime() + last),
  }
}

/** Whether one of the full diagnoses of L4 fell due after the look at `last`, of records that are awaited since `since`. */
export function diagnosisIsDue(since: Date, last: Date, now: Date): boolean {
  const [from, to] = [last.getTime() - since.getTime(), now.getTime() - since.getTime()]
  return DIAGNOSED_AFTER.some((after) => after > from && after <= to)
}

/** An ownership record may be away for so long before a renewal is refused (requirements L1). */
export const OWNERSHIP_GRACE = 72 * HOUR

/** When a renewal begins to be refused because the ownership record is away since `missingSince`. */
export function ownershipLostAt(missingSince: Date): Date {
  return new Date(missingSince.getTime() + OWNERSHIP_GRACE)
}

/**
 * When a certificate should be renewed: a third of its lifetime before the end, or half of it when it lives for less
 * than 10 days (requirements C3; the CA's own advice, ARI, goes before it once it is known).
 */
export function renewalTime(certificate: Pick<Certificate, 'notBefore' | 'notAfter'>): { at: Date; reason: string } {
  const lifetime = certificate.notAfter.getTime() - certificate.notBefore.getTime()
  const short = lifetime < 10 * DAY
  const left = short ? lifetime / 2 : lifetime / 3
  return { at: new Date(certificate.notAfter.getTime() - left), reason: `${short ? 'half' : 'a third'} of its lifetime is left` }
}

/** The emergency rule: a twentieth of the lifetime before its end a certificate is due, whatever was advised or planned. */
const EMERGENCY_SHARE = 1 / 20

/**
 * Between two renewals of one name (requirements C3): a CA whose advice is always in the past must not be answered with one
 * order after another. Half a day, or a tenth of a lifetime that is shorter than five days.
 */
const LEAST_GAP = 12 * HOUR

type Lifetime = Pick<Certificate, 'notBefore' | 'notAfter'>

/** When a certificate must be renewed, come what may. */
export function emergencyBegins({ notBefore, notAfter }: Lifetime): Date {
  const lifetime = notAfter.getTime() - notBefore.getTime()
  return new Date(notAfter.getTime() - lifetime * EMERGENCY_SHARE)
}

/** In an emergency no pause is longer than this share of what is left, nor shorter than this many ms. */
const EMERGENCY_PAUSE = { share: 1 / 10, least: 10 * MINUTE }

/** The shortest pause as a share of a lifetime so short that ten minutes of it are much: one of an hour is at its end in three. */
const SHORTEST_PAUSE = EMERGENCY_SHARE / 10

/**
 * A pause from `since` to `at`, cut short where the certificate would end meanwhile: it lasts until the emergency begins, and in
 * it for a tenth of what was left, so that no certificate runs out on a wait, whoever asked for it. Once it has run out a day is
 * soon enough: most of those are of names that have moved away.
 */
export function beforeTheEnd(at: Date, since: Date, certificate: Lifetime | undefined): Date {
  if (!certificate) return at
  const lifetime = certificate.notAfter.getTime() - certificate.notBefore.getTime()
  const left = certificate.notAfter.getTime() - since.getTime()
  const least = Math.min(EMERGENCY_PAUSE.least, lifetime * SHORTEST_PAUSE)
  const pause = left > 0 ? Math.max(least, left * EMERGENCY_PAUSE.share) : DAY
  const latest = Math.max(emergencyBegins(certificate).getTime(), since.getTime() + pause)
  return new Date(Math.min(at.getTime(), latest))
}

/** Before it no renewal is due that is no emergency. */
function gapEnds({ notBefore, notAfter, createdAt }: Lifetime & Pick<Certificate, 'createdAt'>): Date {
  const lifetime = notAfter.getTime() - notBefore.getTime()
  return new Date(createdAt.getTime() + Math.min(LEAST_GAP, lifetime / 10))
}

/**
 * Until when `issue` leaves a certificate as it is: until it is to be renewed, or for the least gap after it was made, as a renewal
 * does; null when it does not. A CA whose advice is always in the past gets no order after another from either.
 */
export function goodUntil(
  certificate: Lifetime & Pick<Certificate, 'renewAt' | 'revokedAt' | 'createdAt'>,
  now: Date,
): Date | null {
  if (certificate.revokedAt || emergencyBegins(certificate) <= now) return null
  const until = new Date(Math.max(certificate.renewAt.getTime(), gapEnds(certificate).getTime()))
  return until > now ? until : null
}

/** Whether a scheduler should renew now. */
export function renewalDecision(
  domain: Domain,
  certificate: (Lifetime & Pick<Certificate, 'renewAt' | 'renewReason' | 'revokedAt' | 'createdAt'>) | undefined,
  now: Date,
): Decision {
  if (!certificate) return { act: false, reason: 'it has no certificate yet; `domainctl issue` gets the first one' }
  const expired = certificate.notAfter <= now
  const emergency = emergencyBegins(certificate) <= now
  const due = certificate.renewAt <= now || emergency || certificate.revokedAt !== undefined
  const again = due ? nextAttempt(domain, certificate) : null
  if (again && again > now) {
    const reason = `the last attempt failed (${domain.lastError?.code ?? 'unknown'}) and the next one is planned`
    return { act: false, reason, at: again }
  }
  if (expired) return { act: true, reason: 'it has expired' }
  if (certificate.revokedAt) return { act: true, reason: 'it was revoked' }
  if (emergency) return { act: true, reason: `it expires at ${certificate.notAfter.toISOString()}` }
  const gap = gapEnds(certificate)
  if (due && gap > now) return { act: false, reason: 'it was renewed a short time ago', at: gap }
  if (due) return { act: true, reason: certificate.renewReason }
  return { act: false, reason: `it is not time yet: ${certificate.renewReason}`, at: certificate.renewAt }
}

/** After a failure: when it is tried again. */
function nextAttempt({ attempts, nextActionAt, lastError }: Domain, certificate: Lifetime): Date | null {
  // One that found no room under the limits of its CAs was not counted, and has its turn all the same.
  if ((attempts === 0 && lastError?.code !== 'CA_BUDGET_SPENT') || !nextActionAt) return null
  return beforeTheEnd(nextActionAt, lastError?.at ?? nextActionAt, certificate)
}

/** That this CA asked to be left alone, with the time when that is over; null when it is. */
export function mustWaitForCa(
  { caNotBefore = [] }: Domain,
  ca: string,
  now: Date,
  certificate: Lifetime | undefined,
): CaWait | null {
  const wait = caNotBefore.find((one) => one.ca === ca)
  if (!wait) return null
  const at = beforeTheEnd(wait.at, wait.since, certificate)
  return at > now ? { ...wait, at } : null
}

/** Quarantine: so long nobody else can claim a name that was removed, but by a fresh ownership record (requirements L8), in ms. */
export const QUARANTINE = 7 * 24 * 60 * 60 * 1000
