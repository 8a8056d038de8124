import type { AuditDetails, AuditEventName } from './audit-events.ts'
import type { NewAuditEvent } from './model.ts'

/** Characters of a message, and of who it was. Errors of two CAs in one sentence stay whole. */
const LONGEST_MESSAGE = 2_000
const LONGEST_WHO = 200

/** Characters of details as JSON: a hundred names of the greatest length fit. */
const LARGEST_DETAILS = 32_768
/** What becomes of the parts of details that are larger. */
const LONGEST_TEXT = 300
const LONGEST_LIST = 20

/**
 * A line for the audit. A CA or a provider may have put anything into what is told: controls are made visible, since people read
 * it in a terminal, and nothing is of unbounded size, since nothing can ever be taken away again.
 */
export function auditLine<E extends AuditEventName>(
  of: Pick<NewAuditEvent, 'at' | 'tenant' | 'domainId' | 'who'>,
  event: E,
  message: string,
  details?: AuditDetails<E>,
): NewAuditEvent {
  const told = details && boundedDetails(details)
  return {
    ...of,
    who: shortened(visible(of.who), LONGEST_WHO),
    event,
    message: shortened(visible(message), LONGEST_MESSAGE),
    ...(told && Object.keys(told).length > 0 && { details: told }),
  }
}

/** Details as they are where they are not too large; otherwise their parts are cut, and `shortened` says so. */
export function boundedDetails(details: Readonly<Record<string, unknown>>): Record<string, unknown> {
  if (sizeOf(details) <= LARGEST_DETAILS) return { ...details }
  const cut = { ...Object.fromEntries(Object.entries(details).map(([key, value]) => [key, cutValue(value)])), shortened: true }
  if (sizeOf(cut) <= LARGEST_DETAILS) return cut
  // Lists within lists: what is no list says at least what it is about.
  return { ...Object.fromEntries(Object.entries(cut).filter(([, value]) => typeof value !== 'object')), shortened: true }
}

function cutValue(value: unknown): unknown {
  if (typeof value === 'string') return shortened(value, LONGEST_TEXT)
  if (Array.isArray(value)) return value.slice(0, LONGEST_LIST).map(cutValue)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, cutValue(one)]))
}

function sizeOf(value: unknown): number {
  return JSON.stringify(value)?.length ?? 0
}

function shortened(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most - 1)}…` : text
}

function visible(text: string): string {
  return text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`)
}
