import type { Certificate, Domain } from './model.ts'
import { beforeTheEnd, renewalDecision, waitForRecords } from './policies.ts'
import { type Share, spreadRetry } from './renewal-spread.ts'

const MINUTE = 60_000

/** Before a domain without a certificate is looked at again though a look, or an order, could not even begin. */
const PAUSE = 5 * MINUTE
/** The same once the time in which records are awaited (L4) would be over. */
const LONG_PAUSE = 60 * MINUTE
/** Before a renewal that could not begin, or records that could not be taken away, are tried again. */
const RENEWAL_PAUSE = 10 * MINUTE
/** Before what a removed domain has left is tried to be taken away again. */
const REMOVAL_PAUSE = 24 * 60 * MINUTE
/** Nothing is due again sooner, but a certificate that lives for less than twenty minutes. */
const LEAST_PAUSE = MINUTE
const LEAST_SHARE = 1 / 20

/** What is known of a domain that was attended to and is due still. */
export interface StillDue {
  now: Date
  certificate?: Pick<Certificate, 'notBefore' | 'notAfter' | 'renewAt' | 'renewReason' | 'revokedAt' | 'createdAt' | 'advice'>
  /** Challenge records of an earlier order are in the DNS still. */
  hasLeftovers: boolean
  /** What was to be done could not be. */
  failed: boolean
  /** At random, by how much a pause is longer: what failed together does not come back together. */
  share: Share
}

/**
 * When a scheduler looks next at a domain for which a verb has planned nothing; null: never by itself. A failure that leaves no plan
 * of its own is one that a person has to mend: it is tried again all the same, at a pace that costs nobody anything, because nobody
 * tells a scheduler that it was mended.
 */
export function nextActionOf(domain: Domain, o: StillDue): Date | null {
  const { now, certificate, share } = o
  const after = (pause: number) => spreadRetry(new Date(now.getTime() + pause), now, share)
  switch (domain.status) {
    case 'pending_dns':
    case 'pending_probe':
    case 'issuing':
      return after(waitForRecords(domain.statusSince, now) ? PAUSE : LONG_PAUSE)
    case 'active': {
      if (!certificate) return null
      if (o.failed || o.hasLeftovers) return beforeTheEnd(after(RENEWAL_PAUSE), now, certificate)
      const renewal = renewalDecision(domain, certificate, now).at ?? certificate.renewAt
      const asked = certificate.advice?.nextCheckAt ?? renewal
      const lifetime = certificate.notAfter.getTime() - certificate.notBefore.getTime()
      const least = Math.min(LEAST_PAUSE, lifetime * LEAST_SHARE)
      return new Date(Math.max(now.getTime() + least, Math.min(renewal.getTime(), asked.getTime())))
    }
    case 'deleted':
      return after(REMOVAL_PAUSE)
    default:
      return null
  }
}
