import type { NoticesDelivered } from '../contracts/notices.ts'
import type { ClaimedDelivery, DeliveryOutcome } from '../contracts/outbox.ts'
import type { VerbOptions } from '../contracts/verb-options.ts'
import { GIVEN_UP_AFTER, KEPT_FOR, nextDelivery } from '../domain/delivery-schedule.ts'
import { newId } from '../domain/ids.ts'
import { inParallel } from '../domain/in-parallel.ts'
import { channelsFor } from '../domain/notice-routes.ts'
import { worded } from '../domain/notice-template.ts'
import { type DomainctlError, toDomainctlError } from '../errors.ts'
import type { Notifications } from './notifications.ts'
import { sendNotice } from './send-notice.ts'
import { makeId, type Services, signalOf } from './services.ts'

/** How long a claim lasts, in ms: longer than all that is claimed at once takes to be sent, or to fail. */
const CLAIM_MS = 180_000
/** Messages at a time. */
const WIDTH = 8
/** Notices of one message. */
const MOST_IN_ONE = 50
/** Claimed at once, at most. */
const LIMIT = 32

const NONE: NoticesDelivered = { sent: 0, failed: 0, gaveUp: 0 }

/**
 * Sends what people are to be told and whose time has come. Each delivery is claimed before it is sent: of any number of processes
 * one has it, and what a crash cut off is sent again with the same id. What fails is planned anew, and fails nothing else.
 * @param o `channels`: to these alone; default: to all, each with its share of what is claimed
 */
export async function deliverNotices(
  services: Services,
  o: VerbOptions & { limit?: number; atOnce?: boolean; channels?: readonly string[] } = {},
): Promise<NoticesDelivered> {
  const { notifications, store, runtime } = services
  if (!notifications) return NONE
  const signal = signalOf(o)
  signal.throwIfAborted()
  const now = runtime.clock.now()
  await store.routeNotices({
    now,
    route: (notice) => channelsFor(notice, notifications.routes, notifications.channelNames),
    newId: idsInOrder(services),
    groupMs: notifications.groupMs,
    most: MOST_IN_ONE,
    repeatMs: notifications.repeatMs,
    forgetBefore: new Date(now.getTime() - KEPT_FOR),
  })
  const untriedUntil = o.atOnce ? new Date(now.getTime() + notifications.groupMs) : now
  const limit = Math.min(o.limit ?? LIMIT, LIMIT)
  const outcomes: DeliveryOutcome[] = []
  // What was sent may have kept back what is told of the same later.
  for (let ended = 1; ended > 0 && outcomes.length < limit && !signal.aborted; ) {
    const channels = o.channels ?? notifications.channelNames
    const claimed = await claimFor(services, channels, { now, untriedUntil, limit: limit - outcomes.length })
    const done = await inParallel(claimed, Math.min(WIDTH, claimed.length), (delivery) =>
      deliver(services, notifications, delivery, signal),
    )
    outcomes.push(...done)
    ended = done.filter(({ state }) => state !== 'waiting').length
  }
  const count = (state: DeliveryOutcome['state']) => outcomes.filter((outcome) => outcome.state === state).length
  return { sent: count('sent'), failed: count('waiting'), gaveUp: count('gave_up') }
}

/** To each channel its share, so that one with much to send, or that hangs, takes no other's turn. */
async function claimFor(
  { store, runtime }: Services,
  channels: readonly string[],
  { limit, ...times }: { now: Date; untriedUntil: Date; limit: number },
): Promise<ClaimedDelivery[]> {
  const { owner, isGone } = runtime.process
  const claimed: ClaimedDelivery[] = []
  for (const [i, channel] of channels.entries()) {
    const share = Math.ceil((limit - claimed.length) / (channels.length - i))
    if (share <= 0) break
    const id = makeId({ runtime })
    const claim = { id, owner, ttlMs: CLAIM_MS, isGone: (other: string) => isGone(other) }
    claimed.push(...(await store.claimDeliveries({ ...times, channels: [channel], limit: share, claim })))
  }
  return claimed
}

/** Ids of which each is greater than the one before, also within a millisecond. */
function idsInOrder({ runtime: { clock, random } }: Services): () => string {
  let last = 0
  return () => {
    last = Math.max(last + 1, clock.now().getTime())
    return newId(new Date(last), random.bytes(10))
  }
}

async function deliver(
  services: Services,
  notifications: Notifications,
  delivery: ClaimedDelivery,
  callers: AbortSignal,
): Promise<DeliveryOutcome> {
  const { store, runtime } = services
  const { channel, notices } = delivery
  const about = { channel, delivery: delivery.id, event: notices[0]?.event ?? '' }
  const outcome = await send()
  const isOurs = await store.settleDelivery(delivery, outcome, outcome.state === 'gave_up' ? [gaveUp(outcome.error)] : [])
  if (!isOurs) runtime.logger.log('warn', 'a delivery was taken over by another process', about)
  return outcome

  async function send(): Promise<DeliveryOutcome> {
    try {
      const message = { id: delivery.id, notices: notices.map((notice) => worded(notice, notifications.templates)) }
      // Notices that are older than their keeping are gone, and a message of them says nothing.
      if (notices.length > 0) {
        const { warnings } = await sendNotice(notifications.channel(channel), message, callers)
        for (const warning of warnings) runtime.logger.log('warn', 'notice sent, but', { ...about, warning })
      }
      return { state: 'sent', at: runtime.clock.now() }
    } catch (thrown) {
      return failed(toDomainctlError(thrown, callers))
    }
  }

  function failed(error: DomainctlError): DeliveryOutcome {
    const now = runtime.clock.now()
    // Whoever stopped us says nothing of the channel.
    if (callers.aborted && error.kind === 'interrupted') return { state: 'waiting', nextAttemptAt: now }
    const { attempts, createdAt } = delivery
    const { code, message, retryAt } = error
    const next = code === 'NOTICE_REFUSED' ? null : nextDelivery({ attempts, createdAt, now, retryAt })
    const kept = { code, message }
    runtime.logger.log(next ? 'warn' : 'error', next ? 'notice not sent' : 'notice given up', { ...about, ...kept, attempts })
    return next ? { state: 'waiting', nextAttemptAt: next, error: kept } : { state: 'gave_up', at: now, error: kept }
  }

  function gaveUp({ code, message }: { code: string; message: string }) {
    const why = code === 'NOTICE_REFUSED' ? 'it will never be taken' : `tried for ${GIVEN_UP_AFTER / 3_600_000} hours`
    const [only] = notices.length === 1 ? notices : []
    return {
      at: runtime.clock.now(),
      tenant: delivery.tenant,
      ...(only?.domainId !== undefined && { domainId: only.domainId }),
      who: services.settings.who,
      event: 'notice.gave_up',
      message: `${channel}: ${code}: ${message} (${why})`,
      details: { ...about, notices: notices.map(({ id }) => id), attempts: delivery.attempts },
    }
  }
}
