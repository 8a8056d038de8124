const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

// The three forms of RFC 9110 §5.6.7: today's, that of RFC 850 and that of C's asctime. Date.parse is of no use here: it
// reads `1` as a day in 2001.
const IMF = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), (?<day>\d\d) (?<month>[A-Z][a-z]{2}) (?<year>\d{4}) (?<time>\d\d:\d\d:\d\d) GMT$/
const RFC850 =
  /^(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day, (?<day>\d\d)-(?<month>[A-Z][a-z]{2})-(?<year>\d\d) (?<time>\d\d:\d\d:\d\d) GMT$/
const ASCTIME = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) (?<month>[A-Z][a-z]{2}) (?<day>[ \d]\d) (?<time>\d\d:\d\d:\d\d) (?<year>\d{4})$/

/** No CA means more than a year; beyond some 270,000 a Date would be invalid. */
const LONGEST_MS = 366 * 86_400_000

/**
 * How long a `Retry-After` header asks to wait (RFC 9110 §10.2.3), in milliseconds from `now`: 0 for a time that has
 * passed, at most 366 days, undefined when there is no header or it cannot be read.
 */
export function parseRetryAfter(header: string | undefined, now: Date): number | undefined {
  const value = header?.trim()
  if (value === undefined) return undefined
  if (/^\d+$/.test(value)) return Math.min(Number(value) * 1000, LONGEST_MS)
  const at = parseHttpDate(value, now)
  return at === undefined ? undefined : Math.min(Math.max(at - now.getTime(), 0), LONGEST_MS)
}

/** Milliseconds since the epoch of an HTTP-date, or undefined. */
function parseHttpDate(value: string, now: Date): number | undefined {
  const parts = (IMF.exec(value) ?? RFC850.exec(value) ?? ASCTIME.exec(value))?.groups
  if (!parts) return undefined
  const { day = '', month = '', year = '', time = '' } = parts
  const [hours = 0, minutes = 0, seconds = 0] = time.split(':').map(Number)
  const monthIndex = MONTHS.indexOf(month)
  if (monthIndex < 0 || hours > 23 || minutes > 59 || seconds > 60) return undefined
  const at = new Date(Date.UTC(fullYear(year, now), monthIndex, Number(day), hours, minutes, seconds))
  // Date.UTC carries the 31st of February over into March.
  return at.getUTCDate() === Number(day) || seconds === 60 ? at.getTime() : undefined
}

/** A year of two digits that lies more than 50 years ahead is one of the past (RFC 9110 §5.6.7). */
function fullYear(year: string, now: Date): number {
  if (year.length === 4) return Number(year)
  const thisYear = now.getUTCFullYear()
  const candidate = thisYear - (thisYear % 100) + Number(year)
  return candidate > thisYear + 50 ? candidate - 100 : candidate
}
