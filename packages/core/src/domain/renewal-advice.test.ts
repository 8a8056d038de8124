import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { sampleCertificate, sampleDomain } from '../testing/model-samples.ts'
import { renewalDecision } from './policies.ts'
import { adviceIsDue, planByAdvice, planWithoutAdvice, planWithoutAnswer, type RenewalInfo } from './renewal-advice.ts'

const HOUR = 3_600_000
const NOW = new Date('2026-11-21T12:00:00Z')
const later = (ms: number) => new Date(NOW.getTime() + ms)
const certificate = sampleCertificate(sampleDomain(), { notBefore: later(-30 * 24 * HOUR), notAfter: later(60 * 24 * HOUR) })
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
    [10, 1 / 60],
    [2 * HOUR, 2],
    [365 * 24 * HOUR, 24],
  ])('asks again after what the CA wishes (%s ms), within bounds: %d h', (retryAfterMs, hours) => {
    const wish = retryAfterMs === undefined ? {} : { retryAfterMs }
    const { advice } = planByAdvice(certificate, { ...info, ...wish }, NOW, half)
    expect(advice.nextCheckAt).toEqual(later(hours * HOUR))
    expect(advice.askedAt).toEqual(NOW)
    expect(adviceIsDue({ ...certificate, advice }, later(hours * HOUR - 1))).toBe(false)
    expect(adviceIsDue({ ...certificate, advice }, later(hours * HOUR))).toBe(true)
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

it('leaves a quarter of the lifetime where the window reaches to the end, unless it begins later', () => {
  const { notBefore, notAfter } = certificate
  const quarter = (notAfter.getTime() - notBefore.getTime()) / 4
  const whole = planByAdvice(certificate, { start: notBefore, end: notAfter }, NOW, () => 1)
  expect(whole.renewAt.getTime()).toBe(notAfter.getTime() - quarter)
  const late = { start: new Date(notAfter.getTime() - quarter + 1), end: notAfter }
  expect(planByAdvice(certificate, late, NOW, () => 0).renewAt).toEqual(late.start)
  expect(planByAdvice(certificate, late, NOW, () => 1).renewAt.getTime()).toBe(notAfter.getTime() - quarter / 5)
})

it('plans none for later than the emergency rule would have it, whatever the CA says: it would end unrenewed', () => {
  const { notBefore, notAfter } = certificate
  const emergency = notAfter.getTime() - (notAfter.getTime() - notBefore.getTime()) / 20
  fc.assert(
    fc.property(
      fc.integer({ min: -1, max: 100 }),
      fc.integer({ min: 1, max: 100 }),
      fc.double({ min: 0, max: 1 }),
      (from, days, share) => {
        fc.pre(!Number.isNaN(share))
        const start = new Date(notAfter.getTime() - from * HOUR)
        const window = { start, end: new Date(start.getTime() + days * 24 * HOUR) }
        const { renewAt } = planByAdvice(certificate, window, NOW, () => share)
        expect(renewAt.getTime()).toBeLessThanOrEqual(emergency)
        expect(renewalDecision(sampleDomain(), { ...certificate, renewAt }, renewAt).act).toBe(true)
      },
    ),
  )
})

it('never plans or asks after the end of the certificate', () => {
  const short = { ...certificate, notAfter: later(2 * HOUR) }
  const plan = planByAdvice(short, { ...info, retryAfterMs: 5 * HOUR }, NOW, () => 1)
  expect(plan.advice.nextCheckAt).toEqual(short.notAfter)
  expect(plan.renewAt < short.notAfter).toBe(true)
  expect(adviceIsDue({ ...short, ...plan }, short.notAfter)).toBe(false)
})

describe('a CA that does not answer', () => {
  const planned = { ...certificate, ...planByAdvice(certificate, info, NOW, half) }
  const { renewAt, renewReason, advice } = planned

  it.each([
    [undefined, 6],
    [later(HOUR), 1 / 60],
    [later(4 * HOUR), 3],
    [later(100 * HOUR), 24],
  ])('changes nothing but the time to ask again: it said %j, so in %d h', (retryAt, hours) => {
    expect(planWithoutAnswer(planned, later(HOUR), retryAt)).toEqual({
      renewAt,
      renewReason,
      advice: { ...advice, askedAt: later(HOUR), nextCheckAt: later(HOUR + hours * HOUR) },
    })
  })
})

it('where there is no advice any more the lifetime decides', () => {
  const planned = { ...certificate, ...planByAdvice(certificate, info, NOW, half) }
  const plan = planWithoutAdvice(planned, NOW, half)
  expect(plan.renewReason).toMatch(/of its lifetime is left/)
  expect(plan.advice).not.toHaveProperty('window')
  expect(adviceIsDue(certificate, NOW)).toBe(true)
})
