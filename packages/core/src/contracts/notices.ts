import type { NoticeRoute } from '../domain/notice-routes.ts'
import type { NoticeTemplates } from '../domain/notice-template.ts'
import type { DomainctlError } from '../errors.ts'
import type { Notifier } from './notifier.ts'

/** Who is told what. */
export interface NotificationOptions {
  /** Channels by names of your own. Without any nothing is told, and nothing is written for it. */
  channels: Readonly<Record<string, Notifier>>
  /** Default: every notice to every channel. */
  routes?: readonly NoticeRoute[]
  templates?: NoticeTemplates
  /** How long the first of several notices of one event, severity and tenant waits for others, to be one message (ms, default 10,000). */
  groupMs?: number
  /** How long the same warning is not sent again (ms, default 1 hour); incidents have reminders of their own. */
  repeatMs?: number
}

/** What became of the deliveries of one call. */
export interface NoticesDelivered {
  sent: number
  /** Those are tried again. */
  failed: number
  /** Those are not. */
  gaveUp: number
}

/** A sample, and whether the channel took it. */
export interface ChannelTest {
  channel: string
  ok: boolean
  tookMs: number
  warnings: readonly string[]
  error?: DomainctlError
}

/** The verbs around what people are told. */
export interface NoticeVerbs {
  /**
   * Sends notices whose time has come, of all tenants, at most `limit` messages (default and most: 32). Safe in any number of processes, and
   * cheap when there is nothing: two reads. Each message is sent once or, where a process died or an answer was lost, again with the
   * same id. What fails is no exception: it is tried again after 15 s, 30 s, 1, 2, 5, 10 and 30 minutes and then each hour, and
   * given up after 24 hours with a line in the audit (`notice.gave_up`).
   * @param o `atOnce`: what waits for others of its kind is sent without them
   * @throws `STATE_…`, `INTERRUPTED`
   */
  deliverNotices(o?: { signal?: AbortSignal; limit?: number; atOnce?: boolean }): Promise<NoticesDelivered>
  /**
   * Sends a sample to each channel, or to those named. One that fails is no exception: see its `error`.
   * @throws `CHANNEL_UNKNOWN`
   */
  testChannels(o?: { signal?: AbortSignal; channels?: readonly string[] }): Promise<ChannelTest[]>
}
