import { DomainctlError } from '../errors.ts'
import type { Step } from './step.ts'

/** The same failure in other words: its code, who has to act and when stay, and it is the cause. */
export function retold(error: DomainctlError, { message = error.message, hint = error.hint }): DomainctlError {
  const { code, actor, retryAt } = error
  return new DomainctlError(code, message, { hint, actor, ...(retryAt && { retryAt }), cause: error })
}

/** What was done before, or beside, a failure: an error is all that a caller gets, and some of it is told only once. */
export function withOutcome(
  { report }: Pick<Step, 'report'>,
  failure: DomainctlError,
  o: { removed: readonly unknown[]; restored: readonly unknown[]; warnings: readonly string[] },
): DomainctlError {
  const { removed, restored, warnings } = o
  for (const warning of warnings) report(warning)
  const done = [
    ...(removed.length > 0 ? [`${removed.length} record(s) were taken away`] : []),
    ...(restored.length > 0 ? [`${restored.length} put back`] : []),
  ]
  const told = [...(done.length > 0 ? [`Of the others ${done.join(', ')}.`] : []), ...warnings]
  return told.length === 0 ? failure : retold(failure, { message: [failure.message, ...told].join(' ') })
}
