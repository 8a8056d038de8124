import { AUDIT_EVENTS, type AuditPaging, type AuditQuery, DomainctlError } from '@domainctl/core'
import type { Context } from './context.ts'
import { integerFlag } from './integer-flag.ts'
import { shortened } from './output/text.ts'
import { parseDuration } from './time.ts'

/** What `audit` and `history` are asked for. */
export interface AuditFlags {
  event?: string[]
  who?: string
  since?: string
  until?: string
  limit?: string
  after?: string
  before?: string
}

export const MOST_EVENTS = 10_000

/** @throws DomainctlError `USAGE` */
export function auditQuery({ io, output }: Context, flags: AuditFlags): Pick<AuditQuery, 'events' | 'who' | 'since' | 'until'> {
  const { event: events, who, since, until } = flags
  for (const event of events ?? []) {
    // It may be of another version of domainctl: it is asked for all the same.
    if (!isKnown(event)) output.note(`No event is called ${shortened(event)}: docs/guide/audit.md lists them.`)
  }
  if (who?.trim() === '')
    throw new DomainctlError('USAGE', '--who: expected who it was, found nothing.', { hint: 'Such as --who cli:ann.' })
  const from = since === undefined ? undefined : timeFlag('--since', since, io.now())
  const to = until === undefined ? undefined : timeFlag('--until', until, io.now())
  if (from && to && from >= to) {
    throw new DomainctlError('USAGE', '--since is not before --until: there is no time between them.', {
      hint: 'Change them round.',
    })
  }
  return {
    ...(events && { events }),
    ...(who !== undefined && { who }),
    ...(from && { since: from }),
    ...(to && { until: to }),
  }
}

/** @throws DomainctlError `USAGE` */
export function auditPaging({ limit, after, before }: AuditFlags, most = MOST_EVENTS): AuditPaging {
  if (after !== undefined && before !== undefined) {
    throw new DomainctlError('USAGE', '--after and --before were given together.', {
      hint: 'Read on with --after, back with --before; a span of time has --since and --until.',
    })
  }
  return {
    ...(limit !== undefined && { limit: integerFlag('--limit', limit, { least: 1, most, such: 50 }) }),
    ...(after !== undefined && { after: seqFlag('--after', after) }),
    ...(before !== undefined && { before: seqFlag('--before', before) }),
  }
}

function seqFlag(flag: string, text: string): number {
  const seq = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN
  if (Number.isSafeInteger(seq)) return seq
  throw new DomainctlError('USAGE', `${flag}: expected the number of a line, found ${JSON.stringify(shortened(text))}.`, {
    hint: `Give the seq of an event, such as ${flag} 1200; ${flag === '--after' ? '0 is before the first.' : 'they grow with time.'}`,
  })
}

/** A time, or how long ago; what has no zone is local time, as the tables show it. */
function timeFlag(flag: string, text: string, now: Date): Date {
  const ago = parseDuration(text)
  if (ago !== null) return new Date(now.getTime() - ago)
  const isTime = /^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:?\d\d)?)?$/.test(text)
  const time = new Date(text.length === 10 ? `${text}T00:00` : text)
  // A 31st that a month does not have would become the first of the next.
  if (isTime && !Number.isNaN(time.getTime()) && isDayOfMonth(text)) return time
  throw new DomainctlError('USAGE', `${flag}: expected a time or a duration, found ${JSON.stringify(shortened(text))}.`, {
    hint: `Such as ${flag} 2026-11-20, ${flag} 2026-11-20T09:15Z or ${flag} 2d (two days ago).`,
  })
}

function isDayOfMonth(text: string): boolean {
  const [year = 0, month = 0, day = 0] = text.slice(0, 10).split('-').map(Number)
  return day <= new Date(Date.UTC(year, month, 0)).getUTCDate()
}

function isKnown(pattern: string): boolean {
  if (!/^[a-z0-9_.*]{1,64}$/.test(pattern)) return true
  const fitting = new RegExp(`^${pattern.replaceAll('.', '\\.').replaceAll(/\*+/g, '.*')}$`)
  return Object.keys(AUDIT_EVENTS).some((event) => fitting.test(event))
}
