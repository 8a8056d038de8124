import type { AuditDetails, AuditEventName } from '../domain/audit-events.ts'
import type { NewAuditEvent, WrittenRecord } from '../domain/model.ts'
import { DomainctlError } from '../errors.ts'
import type { Step } from './step.ts'

/** Events that tell of one record at a provider. */
export type RecordEvent = Exclude<Extract<AuditEventName, `record.${string}`>, 'record.left' | 'record.restored'>

type Recorded = Pick<WrittenRecord, 'type' | 'name' | 'value' | 'provider' | 'zone' | 'previous'>

/** A line for the audit about one record: which, at which provider and in which zone, and what it has taken the place of. */
export function recordLine<E extends RecordEvent>(
  step: Pick<Step, 'event'>,
  event: E,
  row: Recorded,
  more: AuditDetails<E> = {},
): NewAuditEvent {
  return step.event(event, `${row.type} ${row.name}`, { ...recordDetails(row), ...more })
}

/** Which record it is, for the details of a line. */
export function recordDetails({ type, name, value, provider, zone, previous }: Recorded) {
  return { type, name, value, provider, zone: zone.name, ...(previous && { previous }) }
}

/** A provider did not do what it was asked, or gave no answer; `doing` says what that was. */
export function failedRecordLine(
  step: Pick<Step, 'event'>,
  row: Recorded,
  { doing, error }: { doing: 'write' | 'remove'; error: unknown },
): NewAuditEvent {
  const code = error instanceof DomainctlError ? { code: error.code } : {}
  const message = error instanceof Error ? error.message : String(error)
  return step.event('record.failed', `${row.name}: ${message}`, { ...recordDetails(row), doing, ...code })
}
