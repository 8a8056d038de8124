import type { RenewalInfo } from '../domain/renewal-advice.ts'
import type { Answer } from './answer.ts'
import { printable } from './printable.ts'
import { isRecord } from './problem.ts'
import { malformed } from './refusal.ts'
import { parseRetryAfter } from './retry-after.ts'

/** RFC 3339 §5.6, which Date.parse is more lenient about. */
const TIMESTAMP = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/

/**
 * A RenewalInfo object (RFC 9773 §4.2).
 * @throws DomainctlError `CA_REFUSED` for one without a window, or whose window ends before it begins
 */
export function parseRenewalInfo({ url, data, headers }: Answer, now: Date): RenewalInfo {
  const window = isRecord(data) && isRecord(data.suggestedWindow) ? data.suggestedWindow : {}
  const [start, end] = [timeOf(window.start), timeOf(window.end)]
  if (!start || !end || end <= start) throw malformed(url, 'sent renewal information without a window of time')
  const explanationUrl = isRecord(data) ? linkOf(data.explanationURL) : undefined
  const retryAfterMs = parseRetryAfter(headers['retry-after'], now)
  return {
    start,
    end,
    ...(explanationUrl !== undefined && { explanationUrl }),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  }
}

function timeOf(value: unknown): Date | undefined {
  if (typeof value !== 'string' || !TIMESTAMP.test(value)) return undefined
  const at = new Date(value)
  return Number.isNaN(at.getTime()) ? undefined : at
}

/** It is shown to people, who may follow it. */
function linkOf(value: unknown): string | undefined {
  if (typeof value !== 'string' || !/^https?:/i.test(value) || !URL.canParse(value)) return undefined
  return printable(new URL(value).href)
}
