import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { renewalTime } from './policies.ts'
import { levelled, planByLifetime, roomBefore, SLOTS, spreadRetry } from './renewal-spread.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const now = new Date('2026-11-20T12:00:00Z')
const later = (ms: number) => new Date(now.getTime() + ms)
const shares = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true })

describe('planByLifetime', () => {
  it('plans by the lifetime, and up to a twelfth of it sooner', () => {
    fc.assert(
      fc.property(fc.integer({ min: HOUR, max: 398 * DAY }), shares, (lifetime, share) => {
        const certificate = { notBefore: now, notAfter: later(lifetime) }
        const { renewAt, renewReason } = planByLifetime(certificate, () => share)
        const sooner = renewalTime(certificate).at.getTime() - renewAt.getTime()
        expect(sooner).toBeGreaterThanOrEqual(0)
        expect(sooner).toBeLessThanOrEqual(lifetime / 12)
        expect(renewReason).toMatch(/^planned for when (half|a third) of its lifetime is left, .* sooner at random$/)
      }),
    )
  })

  it('says by how much', () => {
    const plan = planByLifetime({ notBefore: now, notAfter: later(90 * DAY) }, () => 0.4)
    expect(plan).toEqual({
      renewAt: later(57 * DAY),
      renewReason: 'planned for when a third of its lifetime is left, 3.0 d sooner at random',
    })
  })
})

describe('roomBefore', () => {
  const certificate = { notBefore: later(-DAY), notAfter: later(44 * DAY) }

  it('begins a quarter sooner and has the plan in the middle of its last slot', () => {
    const room = roomBefore(certificate, { renewAt: later(29 * DAY), renewReason: '' }, now)
    if (!room) throw new Error('there is room')
    const width = (room.to.getTime() - room.from.getTime()) / SLOTS
    expect(room.from.getTime() - later(21.5 * DAY).getTime()).toBeLessThan(1000)
    expect(room.to.getTime() - width / 2 - later(29 * DAY).getTime()).toBeLessThan(1000)
  })

  it('is never in the past, and none where the time has come', () => {
    fc.assert(
      fc.property(fc.integer({ min: -50 * DAY, max: 400 * DAY }), fc.integer({ min: 0, max: 400 * DAY }), (at, age) => {
        const plan = { renewAt: later(at), renewReason: '' }
        const room = roomBefore({ notBefore: later(-age), notAfter: later(400 * DAY) }, plan, now)
        if (at <= 0) expect(room).toBeNull()
        else if (room) expect(room.from >= now).toBe(true)
      }),
    )
  })
})

describe('levelled', () => {
  const plan = { renewAt: later(30 * DAY), renewReason: 'its time has come' }
  const room = { from: later(14 * DAY), to: later(30.25 * DAY) }
  const even = new Array<number>(SLOTS).fill(10)

  it('leaves a plan that is among no more than its share', () => {
    expect(levelled(plan, room, even, () => 0.5)).toBe(plan)
    expect(levelled(plan, room, even.with(-1, 13), () => 0.5)).toBe(plan)
  })

  it('leaves it where there are few, however they lie', () => {
    expect(levelled(plan, room, new Array<number>(SLOTS).fill(0).with(-1, 199), () => 0.5)).toBe(plan)
  })

  it('fills a hole from a burst, and says so', () => {
    const hole = even.with(7, 0).with(-1, 40)
    const slot = (room.to.getTime() - room.from.getTime()) / SLOTS
    const moved = levelled(plan, room, hole, () => 0.3)
    expect(Math.floor((moved.renewAt.getTime() - room.from.getTime()) / slot)).toBe(7)
    expect(moved.renewReason).toBe('its time has come; 12.3 d sooner, since many others are planned for then')
  })

  it('is never later than the plan, nor outside the room', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(1000), { minLength: SLOTS, maxLength: SLOTS }), shares, (plans, share) => {
        const { renewAt } = levelled(plan, room, plans, () => share)
        expect(renewAt >= room.from && renewAt <= plan.renewAt).toBe(true)
      }),
    )
  })

  it('levels a burst of plans that are made one after the other', () => {
    let state = 1
    const share = () => {
      state = (state * 48_271) % 2_147_483_647
      return state / 2_147_483_647
    }
    const plans = new Array<number>(SLOTS).fill(0)
    const width = (room.to.getTime() - room.from.getTime()) / SLOTS
    for (let i = 0; i < 10_000; i++) {
      const { renewAt } = levelled(plan, room, plans, share)
      const slot = Math.floor((renewAt.getTime() - room.from.getTime()) / width)
      plans[slot] = (plans[slot] ?? 0) + 1
    }
    const average = 10_000 / SLOTS
    for (const count of plans) expect(Math.abs(count - average)).toBeLessThan(0.2 * average)
  })
})

describe('spreadRetry', () => {
  it('is never sooner, nor more than a tenth later', () => {
    fc.assert(
      fc.property(fc.integer({ min: -DAY, max: 9 * DAY }), shares, (pause, share) => {
        const at = spreadRetry(later(pause), now, () => share)
        expect(at.getTime()).toBeGreaterThanOrEqual(Math.max(later(pause).getTime(), now.getTime()))
        expect(at.getTime() - now.getTime()).toBeLessThanOrEqual(Math.max(0, pause * 1.1))
      }),
    )
  })
})
