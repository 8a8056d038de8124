import { DomainctlError } from '../../errors.ts'
import { UnreadableValue } from '../state-errors.ts'

/** Why something failed, without its final dot, for the end of a sentence. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'it cannot be read'
  // Of a chain the cause says the same without the CA, which is not at fault here.
  const { message } = error instanceof DomainctlError && error.cause instanceof Error ? error.cause : error
  return message.replace(/\.$/, '')
}

/** Why the store's own reader refused a row. */
export function unreadable(error: unknown): string {
  if (error instanceof UnreadableValue) return `${error.message}.`
  return `The row cannot be read: ${reasonOf(error)}.`
}
