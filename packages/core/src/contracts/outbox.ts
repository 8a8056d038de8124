import type { NewAuditEvent } from '../domain/model.ts'
import type { Notice } from '../domain/notice.ts'
import type { NoticeMessage } from './notifier.ts'

/** How notices become deliveries. */
export interface NoticeRouting {
  now: Date
  /** Channels of a notice. Pure: it may be called again. */
  route(notice: Notice): readonly string[]
  /** Ids of deliveries that are made, each greater than the one before. */
  newId(): string
  /** How long a delivery waits for others of its kind, in ms, and how many notices it takes. */
  groupMs: number
  most: number
  /**
   * A notice of no incident that tells the same (tenant, event, severity, domain, title) as one of the last so many ms is not
   * told again, unless its domain had one of severity `info` since; those of severity `info` always are.
   */
  repeatMs: number
  /** What was told, or made, before this is forgotten. */
  forgetBefore: Date
}

/** A message on its way to one channel, under a claim. */
export interface ClaimedDelivery extends NoticeMessage {
  readonly tenant: string
  readonly channel: string
  /** With this one. */
  readonly attempts: number
  readonly createdAt: Date
  /** Tells this claim from all others. */
  readonly claim: string
}

/** How an attempt has ended. */
export type DeliveryOutcome =
  | { state: 'sent'; at: Date }
  | { state: 'waiting'; nextAttemptAt: Date; error?: { code: string; message: string } }
  | { state: 'gave_up'; at: Date; error: { code: string; message: string } }

/** What people are to be told, kept until they have been. Of any number of processes each delivery is had by one at a time. */
export interface Outbox {
  /** Keeps notices that belong to no change of a domain (for those: `Changes.notices`). One that is there already is left as it is. */
  addNotices(notices: Notice[]): Promise<void>
  /**
   * Makes deliveries of notices that have none yet, one for each channel, or adds them to one that nobody has tried to send and
   * after which none tells of the same incident or domain, and forgets old ones; answers how many notices it was. Writes nothing when there are none.
   */
  routeNotices(routing: NoticeRouting): Promise<number>
  /**
   * Claims at most `limit` deliveries to these channels whose time has come, those first that wait longest, and counts an attempt of
   * each. One that tells of the same incident (or, without one, domain) as an earlier one to its channel waits until that has ended. A claim ends after `ttlMs`, or when `isGone(owner)`. Writes nothing when there are none.
   */
  claimDeliveries(o: {
    channels: readonly string[]
    now: Date
    /** Those that nobody has tried to send are claimed when their time comes by then; default: `now`. */
    untriedUntil?: Date
    limit: number
    claim: { id: string; owner: string; ttlMs: number; isGone(owner: string): boolean }
  }): Promise<ClaimedDelivery[]>
  /** Writes what became of it, with the events; false, and nothing is written, when the claim is somebody else's by now. */
  settleDelivery(
    delivery: Pick<ClaimedDelivery, 'id' | 'claim'>,
    outcome: DeliveryOutcome,
    events: NewAuditEvent[],
  ): Promise<boolean>
}
