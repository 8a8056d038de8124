import { malformed } from './payload.ts'

/** RFC 3339 §5.6: `date-time`, but for leap seconds, which certificates cannot say. */
const TIMESTAMP = /^(\d{4}-\d{2}-\d{2})T(?:[01]\d|2[0-3])(?::[0-5]\d){2}(?:\.\d{1,9})?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/

const DAY_MS = 86_400_000
const EARLIEST_MS = DAY_MS
const LATEST_MS = 30 * DAY_MS
/** As long as browsers ever took; the CA's own lifetime may be set to more. */
const LONGEST_MS = 398 * DAY_MS

/**
 * Reads when the certificate of a new order is to begin and to end (RFC 8555 §7.4), to the second.
 * @throws AcmeProblem `malformed`
 */
export function readPeriod(
  order: { notBefore?: unknown; notAfter?: unknown },
  { now, lifetimeSeconds }: { now: Date; lifetimeSeconds: number },
): { notBefore?: Date; notAfter?: Date } {
  const notBefore = order.notBefore === undefined ? undefined : readTime('notBefore', order.notBefore)
  const notAfter = order.notAfter === undefined ? undefined : readTime('notAfter', order.notAfter)
  const start = notBefore?.getTime() ?? now.getTime()
  if (start < now.getTime() - EARLIEST_MS) throw malformed('The notBefore is more than a day ago.')
  if (start > now.getTime() + LATEST_MS) throw malformed('The notBefore is more than 30 days away.')
  if (notAfter) {
    if (notAfter <= now) throw malformed('The notAfter is over.')
    if (notAfter.getTime() <= start) throw malformed('The notAfter is not after the beginning.')
    const longest = Math.max(LONGEST_MS, lifetimeSeconds * 1000)
    if (notAfter.getTime() - start > longest)
      throw malformed(`The certificate would live for more than ${longest / DAY_MS} days.`)
  }
  return { ...(notBefore && { notBefore }), ...(notAfter && { notAfter }) }
}

/** Seconds, because certificates know nothing smaller (RFC 5280 §4.1.2.5). */
export function wholeSeconds(time: number): Date {
  return new Date(Math.floor(time / 1000) * 1000)
}

function readTime(member: string, value: unknown): Date {
  // RFC 3339 §5.6 allows `t` and `z` in lower case, which Date.parse need not know.
  const text = typeof value === 'string' && value.length < 40 ? value.toUpperCase() : ''
  const [, date = ''] = TIMESTAMP.exec(text) ?? []
  if (!isCalendarDate(date)) throw malformed(`The ${member} has to be a time as RFC 3339 writes it.`)
  return wholeSeconds(Date.parse(text))
}

/** Date.parse takes days that a month does not have for some of the next. */
function isCalendarDate(date: string): boolean {
  const midnight = new Date(`${date}T00:00:00Z`)
  return !Number.isNaN(midnight.getTime()) && midnight.toISOString().startsWith(date)
}
