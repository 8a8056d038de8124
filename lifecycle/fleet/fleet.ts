import type { CaLimits } from '../../packages/core/src/domain/ca-limits.ts'
import { inOne } from '../../packages/core/src/domain/ca-refusals.ts'
import { afterFailedOrder, cleared } from '../../packages/core/src/domain/failures.ts'
import type { Certificate, Domain } from '../../packages/core/src/domain/model.ts'
import { renewalDecision } from '../../packages/core/src/domain/policies.ts'
import { adviceIsDue, isAdvisedNow, planByAdvice, planWithoutAnswer } from '../../packages/core/src/domain/renewal-advice.ts'
import { levelled, planByLifetime, roomBefore, SLOTS } from '../../packages/core/src/domain/renewal-spread.ts'
import { sampleCertificate, sampleDomain } from '../../packages/core/src/testing/model-samples.ts'
import { type Chances, seeded } from '../seeded.ts'
import type { Allowance } from './judge.ts'
import { MemoryLedger } from './ledger.ts'
import { failureOf, type Member, newMember } from './member.ts'
import { PlanCounts } from './plan-counts.ts'
import { type Incident, type Outcome, SimulatedCa } from './simulated-ca.ts'
import { Wheel } from './wheel.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
/** What the CA asks for with its advice (`Retry-After`), as Let's Encrypt does. */
const ADVICE_HOLDS = 6 * HOUR

export interface FleetOptions {
  seed: number
  domains: number
  days: number
  lifetime: number
  /** The CA gives advice (ARI). */
  advises: boolean
  incidents: readonly Incident[]
  /** Orders that are begun in a second at most. */
  pace: number
  /** Customers that leave, and as many that come, as a share of the fleet in a year. */
  turnover: number
  /** When so many come at once. */
  imports: readonly { at: number; count: number }[]
  /** Of the domains, this share is below one registrable domain, that of the platform. */
  shared: number
  /** At any time so many domains, about, have records with which no validation succeeds, each for up to five days. */
  broken: number
  /** Other limits than the usual ones, by subject (of the platform's domain: `0`); '' for all. */
  agreed: Readonly<Record<string, CaLimits>>
  /** Renewals are brought forward where too many are planned; false: to see what comes without. */
  levels?: boolean
  /** Every look at advice that stays goes through the policies, too; it is the same, and takes longer. */
  everyLook?: boolean
}

export interface FleetResult {
  /** Renewals in each hour. */
  renewals: number[]
  /** Hours of an incident and of its catching up: until all that it struck are renewed. */
  struck: boolean[]
  issued: { renewals: number; first: number }
  failed: Record<Exclude<Outcome, 'issued'>, number>
  /** Ran out, renewed later or never: in spite of a CA that was there, or since it was not there for long enough. */
  expired: { avoidable: number; byOutage: number }
  /** The longest from a recall to the new certificate where nothing was wrong, in ms. */
  longestRecall: number
  /** Times that the ledger put an order off. */
  putOff: number
  broughtForward: number
  exceeded: SimulatedCa['judge']['exceeded']
  most: SimulatedCa['judge']['most']
  requests: SimulatedCa['judge']['requests']
}

const DOMAIN = sampleDomain({ status: 'active' })
const CERTIFICATE = sampleCertificate(DOMAIN)

/** A year of a fleet, or less: the policies of the product on members in memory, and a CA that counts for itself. */
export function simulateFleet(o: FleetOptions): FleetResult {
  return new Fleet(o).run()
}

class Fleet {
  readonly #o: FleetOptions
  readonly #ca: SimulatedCa
  readonly #ledger: MemoryLedger
  readonly #chances: Chances
  readonly #share: () => number
  readonly #plans: PlanCounts
  readonly #wheel = new Wheel<Member>()
  readonly #members: Member[] = []
  readonly #queue: Member[] = []
  #queueHead = 0
  #sets = 0
  #struck = 0
  /** The CA, in this second. */
  #isDown = false
  readonly #result: FleetResult

  constructor(o: FleetOptions) {
    this.#o = o
    this.#ca = new SimulatedCa({ ...o, agreed: allowances(o.agreed) })
    this.#ledger = new MemoryLedger(o.agreed)
    this.#chances = seeded(o.seed)
    this.#share = this.#chances.next
    this.#plans = new PlanCounts(o.days * DAY + 2 * o.lifetime)
    const { exceeded, most, requests } = this.#ca.judge
    this.#result = {
      renewals: new Array<number>(o.days * 24).fill(0),
      struck: new Array<boolean>(o.days * 24).fill(false),
      issued: { renewals: 0, first: 0 },
      failed: { unreachable: 0, limited: 0, 'not validated': 0 },
      expired: { avoidable: 0, byOutage: 0 },
      longestRecall: 0,
      putOff: 0,
      broughtForward: 0,
      exceeded,
      most,
      requests,
    }
  }

  run(): FleetResult {
    const { domains, days, incidents, imports, turnover, broken } = this.#o
    for (let i = 0; i < domains; i++) this.#settle(i)
    const end = days * 24 * 3600
    const comings = imports.flatMap(({ at, count }) => new Array<number>(count).fill(Math.floor(at / 1000)))
    for (let i = 0; i < (domains * turnover * days) / 365; i++) comings.push(this.#chances.between(1, end))
    const slips: number[] = []
    // Each lasts two and a half days in the mean.
    for (let i = 0; i < (broken * days) / 2.5; i++) slips.push(this.#chances.between(1, end))
    comings.sort((a, b) => b - a)
    slips.sort((a, b) => b - a)
    const recalls = incidents.filter((one) => one.kind === 'recall').toSorted((a, b) => b.at - a.at)
    for (let second = 1; second < end; second++) {
      const now = second * 1000
      this.#isDown = this.#ca.isDown(now)
      while ((slips.at(-1) ?? end) <= second) this.#break(slips.pop() ?? 0)
      while ((comings.at(-1) ?? end) <= second) this.#come(comings.pop() ?? 0)
      while ((recalls.at(-1)?.at ?? Number.POSITIVE_INFINITY) <= now) this.#recall(recalls.pop()?.share ?? 0, now)
      this.#wheel.turn(second, (member) => this.#look(member, now))
      for (let begun = 0; begun < this.#o.pace && this.#queueHead < this.#queue.length; begun++) {
        const member = this.#queue[this.#queueHead++]
        if (member) this.#order(member, now)
      }
      if (this.#queueHead > 10_000) {
        this.#queue.splice(0, this.#queueHead)
        this.#queueHead = 0
      }
      if (this.#struck > 0 || this.#isDown) this.#result.struck[Math.floor(now / HOUR)] = true
    }
    // What has run out and was never renewed.
    for (const member of this.#members) this.#countIfExpired(member, end * 1000)
    return this.#result
  }

  /** One that has been there for a while: the fleet is evenly spread when the simulation begins. */
  #settle(i: number): void {
    const member = newMember(this.#sets++, i < this.#o.domains * this.#o.shared ? 0 : i + 1)
    this.#members.push(member)
    const short = this.#o.lifetime < 10 * DAY
    const issuedAt = -Math.floor(this.#share() * this.#o.lifetime * (short ? 1 / 2 : 2 / 3))
    this.#certify(member, issuedAt, false)
    if (this.#o.advises) this.#heed(member, issuedAt, false)
    member.nextCheck = this.#o.advises ? Math.floor(this.#share() * ADVICE_HOLDS) : Number.POSITIVE_INFINITY
    this.#wait(member, 0)
  }

  #someone(): Member {
    return this.#chances.oneOf(this.#members)
  }

  #break(second: number): void {
    this.#someone().brokenUntil = second * 1000 + this.#share() * 5 * DAY
  }

  /** A customer leaves, and another one comes: with other names, and no certificate yet. */
  #come(second: number): void {
    const member = this.#someone()
    if (member.waitsForOrder) return
    this.#countIfExpired(member, second * 1000)
    this.#plans.remove(member.renewAt)
    this.#spare(member)
    const { due, following, registrable } = member
    const set = this.#sets++
    Object.assign(member, newMember(set, registrable === 0 ? 0 : this.#o.domains + set + 1), { due, following })
    this.#enqueue(member)
    // It waits in the wheel for its predecessor's look; it does nothing then but wait again.
    member.nextAction = second * 1000
  }

  #recall(share: number, now: number): void {
    for (const member of this.#members) {
      if (!member.hasCertificate || !this.#chances.happens(share)) continue
      member.recalledAt = now
      this.#strike(member)
    }
  }

  #strike(member: Member): void {
    if (!member.isStruck) this.#struck += 1
    member.isStruck = true
  }

  #spare(member: Member): void {
    if (member.isStruck) this.#struck -= 1
    member.isStruck = false
  }

  #enqueue(member: Member): void {
    member.waitsForOrder = true
    this.#queue.push(member)
  }

  /** Its time has come: to ask for advice, to renew, or to try again. */
  #look(member: Member, now: number): void {
    if (member.waitsForOrder || !member.hasCertificate) {
      // What waits for an order is looked at after it; one that has none yet comes back when it may.
      if (!member.waitsForOrder && member.nextAction <= now) this.#enqueue(member)
      member.due = Math.floor((member.waitsForOrder ? now + HOUR : member.nextAction) / 1000) + 1
      this.#wheel.add(member, Math.floor(now / 1000))
      return
    }
    if (member.nextCheck <= now) this.#ask(member, now)
    if (member.attempts > 0 || member.renewAt <= now || this.#o.everyLook) {
      const decision = renewalDecision(this.#domain(member), this.#certificate(member), new Date(now))
      if (decision.act) this.#enqueue(member)
      else if (decision.at) member.nextAction = member.attempts > 0 ? decision.at.getTime() : Number.NaN
    }
    this.#wait(member, now)
  }

  #wait(member: Member, now: number): void {
    const action = Number.isNaN(member.nextAction) ? member.renewAt : member.nextAction
    const at = member.waitsForOrder ? now + HOUR : Math.min(action, member.nextCheck)
    member.due = Math.ceil(at / 1000)
    this.#wheel.add(member, Math.floor(now / 1000))
  }

  #ask(member: Member, now: number): void {
    if (!this.#isDown) this.#ca.judge.request('renewalInfo', Math.floor(now / 1000))
    const isSame = !this.#isDown && now < member.notAfter && Number.isNaN(member.recalledAt) && !Number.isNaN(member.windowStart)
    if (isSame && !this.#o.everyLook) member.nextCheck = Math.min(now + ADVICE_HOLDS, member.notAfter)
    else this.#heed(member, now, true)
  }

  #heed(member: Member, now: number, levels: boolean): void {
    const certificate = this.#certificate(member)
    if (!adviceIsDue(certificate, new Date(now))) {
      member.nextCheck = Number.POSITIVE_INFINITY
      return
    }
    const window = this.#isDown ? null : this.#ca.window(this.#issued(member), now)
    const plan = window
      ? planByAdvice(
          certificate,
          { start: new Date(window.start), end: new Date(window.end), retryAfterMs: ADVICE_HOLDS },
          new Date(now),
          this.#share,
        )
      : planWithoutAnswer(certificate, new Date(now))
    if (window) {
      member.windowStart = window.start
      member.windowEnd = window.end
    }
    member.nextCheck = plan.advice.nextCheckAt.getTime()
    this.#plan(member, certificate, plan, now, levels)
  }

  /** As lifecycle/renewal-spread.ts: a new plan is made with all others in view. */
  #plan(
    member: Member,
    certificate: Certificate,
    plan: Pick<Certificate, 'renewAt' | 'renewReason'>,
    now: number,
    levels: boolean,
  ) {
    if (plan.renewAt.getTime() === member.renewAt) return
    let chosen = plan
    if (levels && this.#o.levels !== false) {
      const room = roomBefore(certificate, plan, new Date(now))
      if (room) chosen = levelled(plan, room, this.#plans.between(room.from.getTime(), room.to.getTime(), SLOTS), this.#share)
      if (chosen !== plan) this.#result.broughtForward += 1
    }
    this.#plans.remove(member.renewAt)
    member.renewAt = chosen.renewAt.getTime()
    this.#plans.add(member.renewAt)
  }

  #order(member: Member, now: number): void {
    member.waitsForOrder = false
    const { set, registrable, hasCertificate } = member
    const at = new Date(now)
    const exempt = hasCertificate && isAdvisedNow(this.#certificate(member), at)
    const duplicate = { kind: 'duplicates', subject: set } as const
    const certificates = { kind: 'certificates', subject: registrable } as const
    const wants = exempt
      ? []
      : hasCertificate
        ? [duplicate]
        : [{ kind: 'orders', subject: 'account' } as const, certificates, duplicate]
    const failures = { kind: 'failures', subject: set } as const
    const later = this.#ledger.room(failures, at) ?? this.#ledger.spend(wants, at)
    if (later) {
      this.#result.putOff += 1
      member.nextAction = later.getTime()
      return
    }
    const outcome = this.#ca.order(
      { set, registrable, before: hasCertificate ? this.#issued(member) : null, provable: member.brokenUntil <= now },
      now,
    )
    if (outcome === 'issued') {
      if (exempt) this.#ledger.note(duplicate, at)
      this.#issue(member, now)
      return
    }
    for (const want of wants) if (want.kind !== 'orders' || outcome === 'unreachable') this.#ledger.refund(want, at)
    if (outcome === 'not validated') this.#ledger.note(failures, at)
    if (outcome === 'unreachable') this.#strike(member)
    // What keeps it from now on is no matter of the CA.
    else this.#spare(member)
    this.#result.failed[outcome] += 1
    const error = failureOf(outcome)
    const refusals = [{ ca: CERTIFICATE.ca, error, asked: true, permanent: false }]
    const domain = afterFailedOrder(this.#domain(member), inOne(refusals), {
      now: at,
      refusals,
      ...(hasCertificate && { certificate: this.#certificate(member) }),
      share: this.#share,
    })
    member.attempts = domain.attempts
    member.failedAt = now
    member.failedWith = outcome
    member.nextAction = domain.nextActionAt?.getTime() ?? Number.NaN
  }

  #issue(member: Member, now: number): void {
    const { issued, renewals } = this.#result
    if (member.hasCertificate) {
      issued.renewals += 1
      const hour = Math.floor(now / HOUR)
      renewals[hour] = (renewals[hour] ?? 0) + 1
      this.#countIfExpired(member, now)
      // One whose records are wrong is late by its own fault.
      if (!Number.isNaN(member.recalledAt) && member.attempts === 0)
        this.#result.longestRecall = Math.max(this.#result.longestRecall, now - member.recalledAt)
    } else issued.first += 1
    this.#spare(member)
    this.#certify(member, now, !this.#o.advises)
    member.nextCheck = this.#o.advises ? now : Number.POSITIVE_INFINITY
  }

  #countIfExpired(member: Member, now: number): void {
    if (!member.hasCertificate || member.notAfter > now) return
    this.#result.expired[this.#ca.wasAwayFor(member) ? 'byOutage' : 'avoidable'] += 1
  }

  /** As lifecycle/certificate.ts keeps it. */
  #certify(member: Member, now: number, levels: boolean): void {
    const { attempts } = cleared(this.#domain(member))
    Object.assign(member, this.#ca.validity(now), { attempts, createdAt: now, hasCertificate: true })
    member.recalledAt = Number.NaN
    member.windowStart = Number.NaN
    member.windowEnd = Number.NaN
    member.nextAction = Number.NaN
    member.failedWith = null
    const certificate = this.#certificate(member)
    this.#plan(member, certificate, planByLifetime(certificate, this.#share), now, levels)
  }

  #issued({ set, registrable, notBefore, notAfter, recalledAt }: Member) {
    return { set, registrable, notBefore, notAfter, recalled: !Number.isNaN(recalledAt) }
  }

  #domain({ attempts, nextAction, failedAt, failedWith }: Member): Domain {
    if (attempts === 0) return DOMAIN
    const { code, message, hint, actor } = failureOf(failedWith ?? 'unreachable')
    const lastError = { code, message, hint, actor, at: new Date(failedAt) }
    return { ...DOMAIN, attempts, lastError, ...(!Number.isNaN(nextAction) && { nextActionAt: new Date(nextAction) }) }
  }

  #certificate({ notBefore, notAfter, createdAt, renewAt, windowStart, windowEnd, nextCheck }: Member): Certificate {
    const known = !Number.isNaN(windowStart)
    return {
      ...CERTIFICATE,
      notBefore: new Date(notBefore),
      notAfter: new Date(notAfter),
      createdAt: new Date(createdAt),
      renewAt: new Date(renewAt),
      ...(known && {
        advice: {
          askedAt: new Date(createdAt),
          window: { start: new Date(windowStart), end: new Date(windowEnd) },
          nextCheckAt: new Date(nextCheck),
        },
      }),
    }
  }
}

function allowances(agreed: Readonly<Record<string, CaLimits>>): Record<string, Allowance> {
  return Object.fromEntries(
    Object.entries(agreed).flatMap(([subject, limits]) =>
      Object.entries(limits).map(([kind, { count, windowMs }]) => [
        subject === '' ? kind : `${kind} ${subject}`,
        { count, per: windowMs },
      ]),
    ),
  )
}
