import { NOTICE_EVENTS, type NoticeEvent, type NoticeSeverity, SEVERITIES_OF_NOTICES } from '@domainctl/core'
import * as z from 'zod'
import { DURATION_FORM, parseDuration } from '../time.ts'

/** `notifications` as a configuration file has it. Fields of a channel are checked by the channel's own schema. */
export interface WrittenNotifications {
  channels: Record<string, { type: string; [field: string]: unknown }>
  routes?: WrittenRoute[]
  templates?: Partial<Record<NoticeEvent | 'default', { title?: string; text?: string }>>
  /** Durations. */
  group?: string
  repeat?: string
}

interface WrittenRoute {
  channels: string[]
  events?: NoticeEvent[]
  severity?: NoticeSeverity
  tenants?: string[]
  labels?: Record<string, string>
}

const texts = z.array(z.string().min(1)).min(1)

const ROUTE = z.strictObject({
  channels: texts,
  events: z.array(z.enum(NOTICE_EVENTS)).min(1).optional(),
  severity: z.enum(SEVERITIES_OF_NOTICES).optional(),
  tenants: texts.optional(),
  labels: z.record(z.string(), z.string()).optional(),
})

const TEMPLATE = z.strictObject({ title: z.string().min(1).optional(), text: z.string().min(1).optional() })
const duration = z.string().refine((text) => (parseDuration(text) ?? -1) >= 0)

export const WRITTEN_NOTIFICATIONS = z.strictObject({
  channels: z.record(z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/), z.looseObject({ type: z.string() })),
  routes: z.array(ROUTE).optional(),
  templates: z.partialRecord(z.enum(['default', ...NOTICE_EVENTS]), TEMPLATE).optional(),
  group: duration.optional(),
  repeat: duration.optional(),
})

const EXPECTED: Readonly<Record<string, string>> = {
  channels: 'a mapping from names of your choice (letters, digits, ., _ and -) to channels, each with a type',
  routes: 'a list of routes, each with channels and what it is for (events, severity, tenants, labels)',
  templates: `a mapping from an event (${NOTICE_EVENTS.join(', ')}) or default to title and text`,
  group: `${DURATION_FORM}, how long a notice waits for others of its kind`,
  repeat: `${DURATION_FORM}, how long the same warning is not sent again`,
}

const EXPECTED_OF_ROUTE: Readonly<Record<string, string>> = {
  channels: 'a list of names of channels',
  events: `a list of events (${NOTICE_EVENTS.join(', ')})`,
  severity: `one of ${SEVERITIES_OF_NOTICES.join(', ')}: that and worse`,
  tenants: 'a list of tenants',
  labels: 'a mapping from labels to their values',
}

/** What is expected at a path below `notifications`, whose first part is that. */
export function expectedOfNotifications([, field, , part]: readonly string[]): string {
  if (field === 'routes' && part !== undefined) return EXPECTED_OF_ROUTE[part] ?? EXPECTED.routes ?? ''
  if (field === 'channels' && part === 'type') return 'the type of a channel, such as slack'
  return (field === undefined ? undefined : EXPECTED[field]) ?? 'a mapping with channels, and routes, templates, group, repeat'
}

/** The keys that there are at such a path. */
export function keysOfNotifications([, field]: readonly string[]): readonly string[] {
  if (field === 'routes') return Object.keys(EXPECTED_OF_ROUTE)
  return field === 'templates' ? ['title', 'text'] : Object.keys(EXPECTED)
}
