import type { Damping } from '../domain/health/damping.ts'
import type { ExpiryTold } from '../domain/health/expiry.ts'
import type { SpanState } from '../domain/health/uptime.ts'

/** What is known of a domain's health. */
export interface HealthRecord {
  domainId: string
  damping: Damping
  /** Of the last check; absent: there was none. */
  checkedAt?: Date
  /** What the last check counts as. */
  seen?: SpanState
  /** Of the last check that has learnt something and found it wrong, until one finds it well; where it was well, why nothing is learnt. */
  layer?: string
  code?: string
  address?: string
  message?: string
  /** Its id, while people were told of it and not yet of its end. */
  incident?: string
  expiryTold?: ExpiryTold
  /** Absent: it is not checked. While somebody checks it: when that is nobody's any more. */
  nextCheckAt?: Date
}
