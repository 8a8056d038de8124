import fc from 'fast-check'
import { expect, it } from 'vitest'
import { GIVEN_UP_AFTER, nextDelivery } from './delivery-schedule.ts'

const START = new Date('2026-01-01T00:00:00Z')
const later = (ms: number) => new Date(START.getTime() + ms)

it('tries again soon, then seldom, and gives up after a day', () => {
  const pauses: number[] = []
  let now = START
  for (let attempts = 1; ; attempts++) {
    const next = nextDelivery({ attempts, createdAt: START, now })
    if (!next) break
    pauses.push((next.getTime() - now.getTime()) / 1000)
    now = next
  }
  expect(pauses.slice(0, 9)).toEqual([15, 30, 60, 120, 300, 600, 1800, 3600, 3600])
  expect(pauses.length).toBe(30)
  expect(now.getTime()).toBeLessThanOrEqual(START.getTime() + GIVEN_UP_AFTER)
})

it('waits as long as a receiver asks, but no longer than an hour, and never less than its own pause', () => {
  const next = (seconds: number) => nextDelivery({ attempts: 1, createdAt: START, now: START, retryAt: later(seconds * 1000) })
  expect(next(60)).toEqual(later(60_000))
  expect(next(1)).toEqual(later(15_000))
  expect(next(864_000)).toEqual(later(3_600_000))
  expect(next(-5)).toEqual(later(15_000))
})

it('never plans for the past, nor for a time after which it is given up', () => {
  fc.assert(
    fc.property(
      fc.nat(40),
      fc.integer({ min: 0, max: 2 * GIVEN_UP_AFTER }),
      fc.option(fc.integer({ min: -1e9, max: 1e9 })),
      (attempts, age, asked) => {
        const now = later(age)
        const next = nextDelivery({ attempts, createdAt: START, now, ...(asked !== null && { retryAt: later(age + asked) }) })
        if (next) expect(next > now && next.getTime() <= START.getTime() + GIVEN_UP_AFTER).toBe(true)
        else expect(age + 3_600_000).toBeGreaterThan(GIVEN_UP_AFTER)
      },
    ),
  )
})
