import type { Notifier } from '../contracts/notifier.ts'
import type { NoticeRoute } from '../domain/notice-routes.ts'
import type { NoticeTemplates } from '../domain/notice-template.ts'

/** Who is told what, as `create.ts` puts it together. */
export interface Notifications {
  /** One at least, in the order of the configuration. */
  channelNames: readonly string[]
  /** @throws `CHANNEL_UNKNOWN` */
  channel(name: string): Notifier
  routes: readonly NoticeRoute[]
  templates: NoticeTemplates
  /** How long the first of several notices of a kind waits for the others, in ms. */
  groupMs: number
  /** How long a warning that is told again is not sent again, in ms. */
  repeatMs: number
}
