import type { ClaimedDelivery, DeliveryOutcome, Notice, NoticeRouting, Outbox } from '@domainctl/core'
import type { Delivery, Memory, NoticeRow } from './memory.ts'
import { by } from './tables.ts'

const BY_TIME = by<NoticeRow>(
  ({ notice }) => notice.at,
  ({ notice }) => notice.id,
)

/** Keeps notices; one that is there already stays as it is. */
export function addNotices({ notices }: Memory, added: readonly Notice[]): void {
  for (const notice of added) {
    if (!notices.get(notice.id)) notices.set(notice.id, { notice })
  }
}

/** Makes deliveries of notices that have none yet, in the order of their time. */
export function routeNotices(memory: Memory, routing: NoticeRouting): number {
  const waiting = memory.notices.filter(({ routedAt }) => !routedAt).sort(BY_TIME)
  if (waiting.length === 0) return 0
  for (const { notice } of waiting) {
    if (!wasTold(memory, notice, routing)) {
      for (const channel of routing.route(structuredClone(notice))) addToDelivery(memory, notice, channel, routing)
    }
    memory.notices.set(notice.id, { notice, routedAt: routing.now })
  }
  forget(memory, routing.forgetBefore)
  return waiting.length
}

/**
 * Whether the same was told a short time ago, and the domain has not been well since. What was left out itself does not count: it
 * would be silent for ever.
 */
function wasTold({ notices, deliveries }: Memory, notice: Notice, { now, repeatMs }: NoticeRouting): boolean {
  if (notice.severity === 'info' || notice.incident !== undefined) return false
  const since = new Date(now.getTime() - repeatMs)
  const same = notices
    .filter(({ routedAt }) => routedAt !== undefined && routedAt > since)
    .filter((row) => row.notice.incident === undefined && samenessOf(row.notice) === samenessOf(notice))
  const told = same.filter((row) => deliveries.find(({ noticeIds }) => noticeIds.includes(row.notice.id)))
  const last = told.sort(BY_TIME).at(-1)?.notice
  const { domainId } = notice
  return (
    last !== undefined &&
    (domainId === undefined ||
      !notices.find(
        (row) => row.notice.domainId === domainId && row.notice.severity === 'info' && !!row.routedAt && row.notice.at > last.at,
      ))
  )
}

function samenessOf({ tenant, event, severity, domainId, names, title }: Notice): string {
  return JSON.stringify([tenant, event, severity, domainId ?? names, title])
}

function addToDelivery(memory: Memory, notice: Notice, channel: string, routing: NoticeRouting): void {
  const { deliveries } = memory
  const { now, most, groupMs } = routing
  const { tenant, event, severity } = notice
  const open = deliveries
    .filter((one) => one.channel === channel && one.tenant === tenant && one.event === event && one.severity === severity)
    .filter(({ attempts, nextAttemptAt }) => attempts === 0 && nextAttemptAt !== undefined && nextAttemptAt > now)
    .filter(
      (one) => !deliveries.find((later) => isWaiting(later) && isBefore(one, later) && tellsOf(memory, later, channel, notice)),
    )
    .find(({ noticeIds }) => noticeIds.length < most)
  const delivery = open ?? {
    id: routing.newId(),
    ...{ tenant, channel, event, severity },
    noticeIds: [],
    attempts: 0,
    createdAt: now,
    nextAttemptAt: new Date(now.getTime() + groupMs),
  }
  deliveries.set(delivery.id, { ...delivery, noticeIds: [...delivery.noticeIds, notice.id] })
}

const isWaiting = ({ nextAttemptAt }: Delivery) => nextAttemptAt !== undefined

/** The order in which deliveries were made. */
function isBefore(one: Delivery, other: Delivery): boolean {
  const ms = one.createdAt.getTime() - other.createdAt.getTime()
  return ms < 0 || (ms === 0 && one.id < other.id)
}

const subjectOf = ({ incident, domainId }: Notice) => incident ?? domainId

/** Whether a delivery goes to this channel and tells of the same incident or domain. */
function tellsOf({ notices }: Memory, delivery: Delivery, channel: string, notice: Notice): boolean {
  const subject = subjectOf(notice)
  if (subject === undefined || delivery.channel !== channel) return false
  return delivery.noticeIds.some((id) => {
    const other = notices.get(id)?.notice
    return other !== undefined && subjectOf(other) === subject
  })
}

function forget({ notices, deliveries }: Memory, before: Date): void {
  for (const { id } of deliveries.filter(({ createdAt }) => createdAt < before)) deliveries.delete(id)
  const old = notices.filter(({ routedAt }) => routedAt !== undefined && routedAt < before).map(({ notice }) => notice.id)
  for (const id of old) notices.delete(id)
}

/** Claims deliveries whose time has come, those first that wait longest; `at` is the time that claims go by. */
export function claimDeliveries(
  memory: Memory,
  at: Date,
  { channels, now, untriedUntil = now, limit, claim }: Parameters<Outbox['claimDeliveries']>[0],
): ClaimedDelivery[] {
  const { notices, deliveries } = memory
  // What is told of one thing is told in order.
  const isNext = (one: Delivery) =>
    !deliveries.find(
      (earlier) =>
        isWaiting(earlier) &&
        isBefore(earlier, one) &&
        one.noticeIds.some((id) => {
          const told = notices.get(id)
          return told !== undefined && tellsOf(memory, earlier, one.channel, told.notice)
        }),
    )
  const isFree = ({ claim: held }: Delivery) => !held || held.until <= at || claim.isGone(held.owner)
  return deliveries
    .filter(({ channel }) => channels.includes(channel))
    .filter(({ nextAttemptAt: at, attempts }) => at !== undefined && (at <= now || (attempts === 0 && at <= untriedUntil)))
    .filter(isFree)
    .filter(isNext)
    .sort(
      by(
        ({ nextAttemptAt }) => nextAttemptAt ?? now,
        ({ id }) => id,
      ),
    )
    .slice(0, limit)
    .map((delivery) => {
      const { id, tenant, channel, createdAt, noticeIds } = delivery
      const attempts = delivery.attempts + 1
      const until = new Date(at.getTime() + claim.ttlMs)
      deliveries.set(id, { ...delivery, attempts, claim: { id: claim.id, owner: claim.owner, until } })
      const told = notices.filter(({ notice }) => noticeIds.includes(notice.id)).sort(BY_TIME)
      return { id, tenant, channel, attempts, createdAt, claim: claim.id, notices: told.map(({ notice }) => notice) }
    })
}

/** Writes what became of a claimed one; false when the claim is somebody else's by now. */
export function settleDelivery(
  { deliveries }: Memory,
  { id, claim }: Pick<ClaimedDelivery, 'id' | 'claim'>,
  outcome: DeliveryOutcome,
): boolean {
  const delivery = deliveries.get(id)
  if (delivery?.claim?.id !== claim) return false
  const { claim: _, nextAttemptAt: __, ...rest } = delivery
  deliveries.set(id, { ...rest, outcome, ...(outcome.state === 'waiting' && { nextAttemptAt: outcome.nextAttemptAt }) })
  return true
}
