import { manualClock } from '@domainctl/core/testing'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { tokenBucket } from './token-bucket.ts'

const START = new Date('2030-01-01T00:00:00Z')
const ALWAYS = { signal: new AbortController().signal }

it('never lets more through in five minutes than Cloudflare allows', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 0, max: 90_000 }), { maxLength: 30 }),
      fc.integer({ min: 1, max: 200 }),
      async (pauses, burst) => {
        const clock = manualClock(START)
        const bucket = tokenBucket(300, 3, clock)
        const times: number[] = []
        for (const pause of [0, ...pauses]) {
          clock.advance(pause)
          for (let i = 0; i < burst; i++) {
            await bucket.take(ALWAYS.signal)
            times.push(clock.now().getTime())
          }
        }
        // A call comes five minutes after the one 1201 before it, but for rounding.
        for (const [i, time] of times.slice(1201).entries()) expect(time - (times[i] ?? 0)).toBeGreaterThanOrEqual(299_000)
      },
    ),
    { numRuns: 30 },
  )
})

it('lets a full bucket through at once, and then waits for each token', async () => {
  const clock = manualClock(START)
  const bucket = tokenBucket(2, 1, clock)
  const elapsed = (): number => clock.now().getTime() - START.getTime()
  await bucket.take(ALWAYS.signal)
  await bucket.take(ALWAYS.signal)
  expect(elapsed()).toBe(0)
  await bucket.take(ALWAYS.signal)
  expect(elapsed()).toBe(1000)
})

it('gives back the token of who goes', async () => {
  const reason = new Error('enough')
  const controller = new AbortController()
  let now = START.getTime()
  const waits: number[] = []
  const bucket = tokenBucket(1, 1, {
    now: () => new Date(now),
    sleep: (ms, signal) => {
      waits.push(ms)
      return new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)))
    },
    every: () => () => undefined,
  })
  await bucket.take(ALWAYS.signal)
  const waiting = bucket.take(controller.signal)
  controller.abort(reason)
  await expect(waiting).rejects.toBe(reason)
  await expect(bucket.take(controller.signal)).rejects.toBe(reason)
  now += 1000
  await bucket.take(ALWAYS.signal)
  expect(waits).toEqual([1000])
})
