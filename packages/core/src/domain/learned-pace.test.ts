import fc from 'fast-check'
import { expect, it } from 'vitest'
import { FREE_PACE, type LearnedPace, paceAfterAnswer, paceAfterRefusal } from './learned-pace.ts'

const START = Date.UTC(2026, 10, 21)

/** After `n` answers, one each `everyMs`. */
function answered(n: number, everyMs: number, pace = FREE_PACE, start = START): { pace: LearnedPace; now: number } {
  let now = start
  for (let i = 0; i < n; i++) {
    now += everyMs
    pace = paceAfterAnswer(pace, now)
  }
  return { pace, now }
}

it('lets as much through as one likes until a CA refuses', () => {
  expect(answered(1000, 3).pace.everyMs).toBe(0)
})

it('goes on with four fifths of what went through before the refusal', () => {
  const { pace, now } = answered(200, 20)
  const { everyMs, nextAt } = paceAfterRefusal(pace, { sentAt: now, now: now + 5, until: now + 1_000 })
  expect(everyMs).toBeGreaterThan(24)
  expect(everyMs).toBeLessThan(26)
  expect(nextAt).toBe(now + 1_000)
})

it('is cut once by requests that were under way together', () => {
  const { pace, now } = answered(200, 20)
  const once = paceAfterRefusal(pace, { sentAt: now, now: now + 5, until: now + 1_000 })
  expect(paceAfterRefusal(once, { sentAt: now + 1, now: now + 9, until: now + 1_000 })).toBe(once)
})

it('is a guess where nothing was answered before, and finds out soon what goes through', () => {
  const guess = paceAfterRefusal(FREE_PACE, { sentAt: START, now: START + 5, until: START + 1_000 })
  expect(guess.everyMs).toBe(125)
  expect(answered(50, 100, guess, START + 1_000).pace.everyMs).toBeLessThan(20)
})

it('is free again after enough answers', () => {
  const { pace, now } = answered(200, 20)
  const cut = paceAfterRefusal(pace, { sentAt: now, now: now + 5, until: now + 1_000 })
  expect(answered(1_000, 20, cut, now + 1_000).pace.everyMs).toBe(0)
})

it('stays between free and one a second, whatever is answered and refused', () => {
  fc.assert(
    fc.property(fc.array(fc.record({ refused: fc.boolean(), ms: fc.nat(10_000) }), { maxLength: 200 }), (steps) => {
      let pace = FREE_PACE
      let now = START
      for (const { refused, ms } of steps) {
        const sentAt = now
        now += ms
        const before = pace.everyMs
        pace = refused ? paceAfterRefusal(pace, { sentAt, now, until: now + 1_000 }) : paceAfterAnswer(pace, now)
        expect(pace.everyMs).toBeGreaterThanOrEqual(0)
        expect(pace.everyMs).toBeLessThanOrEqual(1_000)
        if (!refused) expect(pace.everyMs).toBeLessThanOrEqual(before)
        else expect(pace.everyMs).toBeGreaterThanOrEqual(before)
      }
    }),
  )
})
