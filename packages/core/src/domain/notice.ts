import type { Actor } from '../errors.ts'

/** What happened, by the names that requirements H5 gives it and a few more. Stable: receivers of webhooks go by them. */
export const NOTICE_EVENTS = [
  'domain.not_ready',
  'domain.verified',
  'domain.certificate_issued',
  'domain.renewed',
  'domain.deployed',
  'domain.failed',
  'domain.expiring',
  'domain.unhealthy',
  'domain.recovered',
] as const
/** What is told of; see {@link NOTICE_EVENTS}. */
export type NoticeEvent = (typeof NOTICE_EVENTS)[number]

/** From least to most. */
export const SEVERITIES_OF_NOTICES = ['info', 'warning', 'critical'] as const
/** How much it matters; see {@link SEVERITIES_OF_NOTICES}. */
export type NoticeSeverity = (typeof SEVERITIES_OF_NOTICES)[number]

/** Something that people are told. It is written with what it tells of, in one transaction, and delivered afterwards. */
export interface Notice {
  /** The same each time it is delivered: a receiver that has it drops it. */
  id: string
  at: Date
  tenant: string
  event: NoticeEvent
  severity: NoticeSeverity
  /** Notices of one incident: how it began, its reminders and its end share this, and nothing else does. */
  incident?: string
  /** Absent: it is about several domains. */
  domainId?: string
  /** Primary names of the domains that it is about. */
  names: string[]
  /** One line. */
  title: string
  /** What is wrong, why, and what comes next, some sentences. */
  text: string
  /** Who must act; absent: nobody. */
  actor?: Actor
  /** Of the domain, for routing; of several domains what all of them share. */
  labels: Record<string, string>
  /** Channels that hear of it whatever the routes say: who was told how an incident began is told how it ends. */
  channels?: string[]
  details?: Record<string, unknown>
}
