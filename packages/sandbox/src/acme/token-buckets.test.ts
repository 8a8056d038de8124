import fc from 'fast-check'
import { expect, it } from 'vitest'
import { NOW } from './acme.test.support.ts'
import { createTokenBuckets } from './token-buckets.ts'

const after = (ms: number) => new Date(NOW.getTime() + ms)

it('a bucket has its burst at once, and regains its count in its time', () => {
  const buckets = createTokenBuckets()
  const limit = { count: 20, perSeconds: 1, burst: 10 }
  for (let at = 0; at < 10; at += 1) {
    expect(buckets.waitFor('a', limit, NOW)).toBe(0)
    buckets.take('a', limit, NOW)
  }
  expect(buckets.waitFor('a', limit, NOW)).toBe(50)
  expect(buckets.waitFor('b', limit, NOW)).toBe(0)
  buckets.take('a', limit, NOW)
  expect(buckets.waitFor('a', limit, NOW)).toBe(50)
  expect(buckets.waitFor('a', limit, after(49))).toBe(1)
  expect(buckets.waitFor('a', limit, after(50))).toBe(0)
})

it('no more is ever taken than there was and has come back; and a wait is as long as it has to be', () => {
  const limits = fc.record({ count: fc.integer({ min: 1, max: 50 }), perSeconds: fc.integer({ min: 1, max: 604_800 }) })
  fc.assert(
    fc.property(limits, fc.array(fc.integer({ min: 0, max: 3_600_000 }), { maxLength: 200 }), (limit, pauses) => {
      const buckets = createTokenBuckets()
      let [ms, taken] = [0, 0]
      for (const pause of pauses) {
        ms += pause
        const wait = buckets.waitFor('a', limit, after(ms))
        if (wait > 0) {
          expect(buckets.waitFor('a', limit, after(ms + wait + 1))).toBe(0)
          continue
        }
        buckets.take('a', limit, after(ms))
        taken += 1
        expect(taken).toBeLessThanOrEqual(limit.count + (ms * limit.count) / (limit.perSeconds * 1000) + 0.001)
      }
    }),
  )
})

it('those that are full again are forgotten when there are too many, then the oldest', () => {
  const buckets = createTokenBuckets(2)
  const limit = { count: 1, perSeconds: 10 }
  for (const key of ['a', 'b']) buckets.take(key, limit, NOW)
  buckets.take('c', limit, after(1000))
  expect(['a', 'b', 'c'].map((key) => buckets.waitFor(key, limit, after(1000)))).toEqual([0, 9000, 10_000])
})
