import type { DomainctlError } from '../errors.ts'
import type { Domain } from './model.ts'
import type { Notice } from './notice.ts'
import { waitForRecords } from './policies.ts'

/** What people are told by one of the full diagnoses of awaited records (L4): what is not right, who has to act, and until when. */
export function diagnosisNotice(
  { id, name, statusSince }: Domain,
  error: DomainctlError,
  now: Date,
): Pick<Notice, 'event' | 'severity' | 'incident' | 'title' | 'text' | 'actor'> {
  const wait = waitForRecords(statusSince, now)
  const until = wait ? ` They are looked at every five minutes until ${wait.givesUpAt.toISOString()}.` : ''
  return {
    event: 'domain.not_ready',
    severity: 'info',
    // One wait is one incident: it ends when the records are seen, or it is given up.
    incident: `awaiting ${id} ${statusSince.getTime()}`,
    title: `The records of ${name} are not right yet`,
    text: `${error.message} ${error.hint}${until}`,
    actor: error.actor,
  }
}
