import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { sampleCertificate, sampleDomain } from '../testing/model-samples.ts'
import { adviceIsDue, planByAdvice, planWithoutAdvice, planWithoutAnswer, type RenewalInfo } from './renewal-advice.ts'

const HOUR = 3_600_000
const NOW = new Date('2026-11-21T12:00:00Z')
const later = (ms: number) => new Date(NOW.getTime() + ms)
const certificate = sampleCertificate(sampleDomain())
const info: RenewalInfo = { start: later(HOUR), end: later(3 * HOUR) }
const half = () => 0.5
const never = () => {
  throw new Error('no other instant was to be chosen')
}

describe('planByAdvice', () => {
  it('chooses an instant within the window and keeps it while the window stays', () => {
    const first = planByAdvice(certificate, { ...info, explanationUrl: 'https://ca.test/why' }, NOW, half)
    expect(first).toMatchObject({ renewAt: later(2 * HOUR), advice: { window: info, explanationUrl: 'https://ca.test/why' } })
    expect(first.renewReason).toContain('https://ca.test/why')
    const again = planByAdvice({ ...certificate, ...first }, info, later(HOUR), never)
    expect(again).toMatchObject({
      renewAt: first.renewAt,
      renewReason: first.renewReason,
      advice: { nextCheckAt: later(7 * HOUR) },
    })
    const moved = planByAdvice({ ...certificate, ...first }, { ...info, end: later(2 * HOUR) }, NOW, () => 0)
    expect(moved.renewAt).toEqual(later(HOUR))
  })

  it.each([
    [undefined, 6],
    [10, 1],
    [2 * HOUR, 2],
    [365 * 24 * HOUR, 24],
  ])('asks again after what the CA wishes (%s ms), within bounds: %d h', (retryAfterMs, hours) => {
    const wish = retryAfterMs === undefined ? {} : { retryAfterMs }
    const { advice } = planByAdvice(certificate, { ...info, ...wish }, NOW, half)
    expect(advice.nextCheckAt).toEqual(later(hours * HOUR))
    expect(adviceIsDue({ advice }, later(hours * HOUR - 1))).toBe(false)
    expect(adviceIsDue({ advice }, later(hours * HOUR))).toBe(true)
  })

  it('never leaves the window', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -1e9, max: 1e9 }),
        fc.integer({ min: 1, max: 1e9 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (start, length, share) => {
          const window = { start: later(start), end: later(start + length) }
          const { renewAt } = planByAdvice(certificate, window, NOW, () => share)
          expect(renewAt >= window.start && renewAt <= window.end).toBe(true)
        },
      ),
    )
  })
})

it('a CA that does not answer changes nothing but the time to ask again', () => {
  const planned = { ...certificate, ...planByAdvice(certificate, info, NOW, half) }
  const { window } = planned.advice
  expect(planWithoutAnswer(planned, later(HOUR))).toEqual({
    renewAt: planned.renewAt,
    renewReason: planned.renewReason,
    advice: { window, nextCheckAt: later(2 * HOUR) },
  })
})

it('where there is no advice any more the lifetime decides', () => {
  const planned = { ...certificate, ...planByAdvice(certificate, info, NOW, half) }
  const plan = planWithoutAdvice(planned, NOW)
  expect(plan.renewReason).toMatch(/of its lifetime is left/)
  expect(plan.advice).not.toHaveProperty('window')
  expect(adviceIsDue(certificate, NOW)).toBe(true)
})
