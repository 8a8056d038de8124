import type { Certificate } from './model.ts'
import { renewalTime } from './policies.ts'

/** When a certificate is to be renewed, and why then, in words that `renew --dry-run` prints. */
export type PlannedRenewal = Pick<Certificate, 'renewAt' | 'renewReason'>

type Lifetime = Pick<Certificate, 'notBefore' | 'notAfter'>

/** A number from 0 to less than 1, evenly at random. */
export type Share = () => number

/** Without a CA's advice: how much sooner than {@link renewalTime} it may be, as a share of the lifetime. */
const SPREAD = 1 / 12

/**
 * When a certificate is renewed of which its CA says nothing: by its lifetime, and at random somewhat sooner, so that those
 * which were had in one run do not come back in one (requirements C3). Chosen once, and kept.
 */
export function planByLifetime(certificate: Lifetime, share: Share): PlannedRenewal {
  const { at, reason } = renewalTime(certificate)
  const lifetime = certificate.notAfter.getTime() - certificate.notBefore.getTime()
  const sooner = Math.floor(share() * SPREAD * lifetime)
  return {
    renewAt: new Date(at.getTime() - sooner),
    renewReason: `planned for when ${reason}, ${inWords(sooner)} sooner at random`,
  }
}

/** A plan may be brought forward by this share of the time from the beginning of the certificate to it. */
const FORWARD = 1 / 4

/** Into so many slots the time in which it may be is cut to see where many are planned. */
export const SLOTS = 32

/** With fewer plans than this in that time nothing is brought forward: a run of all of them at once does no harm. */
const LEAST_PLANS = 200

/** The time in which a renewal may be planned, cut into {@link SLOTS}; the last one has the plan in its middle. */
export interface RenewalRoom {
  from: Date
  to: Date
}

/** Where else a renewal may be that is planned for `renewAt`: sooner, never before now; null when it is (almost) due. */
export function roomBefore({ notBefore }: Lifetime, { renewAt }: PlannedRenewal, now: Date): RenewalRoom | null {
  const at = renewAt.getTime()
  const from = Math.max(at - Math.max(0, at - notBefore.getTime()) * FORWARD, now.getTime())
  const width = Math.floor((at - from) / (SLOTS - 0.5))
  if (width < 1) return null
  const to = at + Math.ceil(width / 2)
  return { from: new Date(to - SLOTS * width), to: new Date(to) }
}

/**
 * The plan, brought forward where it falls among more than its share: a fleet that was renewed at once, after an outage of the
 * CA or a mass revocation, would leave a hole and come back as a burst one lifetime after the other, since the window that a CA
 * advises is only a fiftieth of the lifetime wide. It goes to a slot with less than the average, the more likely the more it
 * lacks; so holes fill up, and processes that choose at the same time do not choose the same.
 * @param plans how many renewals are planned in each slot of `room`
 */
export function levelled(plan: PlannedRenewal, room: RenewalRoom, plans: readonly number[], share: Share): PlannedRenewal {
  const all = plans.reduce((sum, count) => sum + count, 0)
  const average = all / plans.length
  const here = plans.at(-1) ?? 0
  if (all < LEAST_PLANS || here <= average + Math.sqrt(average)) return plan
  const lacking = plans.map((count) => Math.max(0, average - count))
  let left = share() * lacking.reduce((sum, lack) => sum + lack, 0)
  const slot = lacking.findIndex((lack) => {
    left -= lack
    return left < 0
  })
  if (slot < 0) return plan
  const from = room.from.getTime()
  const width = (room.to.getTime() - from) / plans.length
  const renewAt = new Date(Math.floor(from + (slot + share()) * width))
  const sooner = inWords(plan.renewAt.getTime() - renewAt.getTime())
  return { renewAt, renewReason: `${plan.renewReason}; ${sooner} sooner, since many others are planned for then` }
}

/** Of a pause after a failure: it is longer by up to this share, at random. */
const PAUSE_SPREAD = 1 / 10

/** A next attempt somewhat later than planned, so that a fleet which failed in one second does not come back in one. */
export function spreadRetry(at: Date, now: Date, share: Share): Date {
  const pause = Math.max(0, at.getTime() - now.getTime())
  return new Date(now.getTime() + pause + Math.floor(share() * PAUSE_SPREAD * pause))
}

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
] as const

function inWords(ms: number): string {
  const [unit, length] = UNITS.find(([, length]) => ms >= length) ?? ['s', 1000]
  return `${(ms / length).toFixed(1)} ${unit}`
}
