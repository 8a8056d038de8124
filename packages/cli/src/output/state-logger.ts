import type { Logger } from '@domainctl/core'
import type { Output } from './output.ts'
import { printable } from './text.ts'

/** What people have to know of a state that is opened: that a backup of it was made, or that another process is waited for. */
export function isStateNews(fields: Record<string, unknown>): boolean {
  return typeof fields.backup === 'string' || fields.isWaiting === true
}

/**
 * Prints what people have to know of the state that a command opens, and with --verbose what may be wrong with its place. What else
 * the engine logs, the results of the command say.
 */
export function stateLogger(output: Output): Logger {
  return {
    log: (_, message, fields = {}) => {
      if (isStateNews(fields) || (output.verbose && typeof fields.state === 'string')) output.note(printable(message))
    },
  }
}
