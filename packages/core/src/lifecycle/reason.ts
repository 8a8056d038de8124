import { DomainctlError } from '../errors.ts'

/** Characters of a reason: it stands in tables. */
const LONGEST_REASON = 200

/**
 * An operator's reason, on one line and without what turns text around.
 * @param of what it is the reason of
 * @throws `USAGE`
 */
export function reasonOf(text: string, of: string): string {
  const reason = text.replace(/[\p{C}\p{Zl}\p{Zp}]+/gu, ' ').trim()
  if (reason !== '' && reason.length <= LONGEST_REASON) return reason
  const message = `The reason of ${of} has 1 to ${LONGEST_REASON} characters; this one has ${reason.length}.`
  throw new DomainctlError('USAGE', message, { hint: 'Leave it out if you do not want to give one.' })
}
