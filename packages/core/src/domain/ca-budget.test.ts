import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { afterRefund, afterSpending, emptyUntil, type FullAt, leftOf, nextAllowedAt } from './ca-budget.ts'
import type { CaLimit } from './ca-limits.ts'

const NOW = new Date('2026-11-21T12:00:00Z')
const HOUR = 3_600_000
const later = (ms: number) => new Date(NOW.getTime() + ms)
const DUPLICATES: CaLimit = { count: 5, windowMs: 7 * 24 * HOUR }

/** A bucket as it is told to children: tokens, of which a part comes back with every tick of the clock. */
class NaiveBucket {
  readonly #count: number
  /** In ms, so that no fraction is lost. */
  readonly #every: number
  #missingMs = 0

  constructor({ count, windowMs }: CaLimit) {
    this.#count = count
    this.#every = Math.max(1, Math.ceil(windowMs / count))
  }

  pass(ms: number): void {
    this.#missingMs = Math.max(0, this.#missingMs - ms)
  }

  get tokens(): number {
    return Math.floor((this.#count * this.#every - this.#missingMs) / this.#every)
  }

  /** What is not there cannot be taken, whoever insists. */
  take(): void {
    this.#missingMs = Math.min(this.#missingMs + this.#every, this.#count * this.#every)
  }

  putBack(): void {
    this.#missingMs = Math.max(0, this.#missingMs - this.#every)
  }
}

const limits = fc.record({ count: fc.integer({ min: 1, max: 300 }), windowMs: fc.integer({ min: 1000, max: 7 * 24 * HOUR }) })
const happenings = fc.array(
  fc.oneof(
    fc.record({ pass: fc.oneof(fc.nat(1000), fc.nat(30 * 24 * HOUR)) }),
    fc.constant('take' as const),
    fc.constant('put back' as const),
  ),
  { maxLength: 60 },
)

describe('a count as one instant', () => {
  test('has what a bucket of tokens has, whatever happens to it', () => {
    fc.assert(
      fc.property(limits, happenings, (limit, happened) => {
        const bucket = new NaiveBucket(limit)
        let fullAt: FullAt
        let now = NOW
        for (const one of happened) {
          if (one === 'take') {
            // By force more is asked for than there is.
            fullAt = afterSpending(limit, fullAt, now)
            bucket.take()
          } else if (one === 'put back') {
            fullAt = afterRefund(limit, fullAt, now)
            bucket.putBack()
          } else {
            now = new Date(now.getTime() + one.pass)
            bucket.pass(one.pass)
          }
          expect(leftOf(limit, fullAt, now)).toBe(Math.max(0, bucket.tokens))
        }
      }),
    )
  })

  test('says the first instant at which there is one more', () => {
    fc.assert(
      fc.property(limits, fc.nat(400), (limit, taken) => {
        let fullAt: FullAt
        for (let i = 0; i < taken; i++) fullAt = afterSpending(limit, fullAt, NOW)
        const at = nextAllowedAt(limit, fullAt, NOW)
        expect(leftOf(limit, fullAt, at)).toBeGreaterThanOrEqual(1)
        if (at > NOW) expect(leftOf(limit, fullAt, new Date(at.getTime() - 1))).toBe(0)
      }),
    )
  })

  test('never lets more through in any window than the limit and what came back meanwhile', () => {
    fc.assert(
      fc.property(limits, fc.array(fc.nat(7 * 24 * HOUR), { maxLength: 80 }), (limit, waits) => {
        let fullAt: FullAt
        let now = NOW
        let spent = 0
        for (const wait of waits) {
          now = new Date(now.getTime() + wait)
          if (leftOf(limit, fullAt, now) < 1) continue
          fullAt = afterSpending(limit, fullAt, now)
          spent++
        }
        const cameBack = (now.getTime() - NOW.getTime()) / (limit.windowMs / limit.count)
        expect(spent).toBeLessThanOrEqual(limit.count + cameBack + 1e-6)
      }),
    )
  })

  test('is full at first, and after a window', () => {
    expect(leftOf(DUPLICATES, undefined, NOW)).toBe(5)
    let fullAt: FullAt
    for (let i = 0; i < 5; i++) fullAt = afterSpending(DUPLICATES, fullAt, NOW)
    expect(leftOf(DUPLICATES, fullAt, NOW)).toBe(0)
    // 34 h, as https://letsencrypt.org/docs/rate-limits/ has it ("1 every 34 hours").
    expect(nextAllowedAt(DUPLICATES, fullAt, NOW)).toEqual(later(33.6 * HOUR))
    expect(leftOf(DUPLICATES, fullAt, later(7 * 24 * HOUR))).toBe(5)
  })

  test('says nothing where no history of this limit can have come to it: the clock was wrong, or the limit was another', () => {
    const fullAt = later(10 * 365 * 24 * HOUR)
    expect(leftOf(DUPLICATES, fullAt, NOW)).toBe(5)
    expect(nextAllowedAt(DUPLICATES, fullAt, NOW)).toEqual(NOW)
    expect(leftOf(DUPLICATES, afterSpending(DUPLICATES, fullAt, NOW), NOW)).toBe(4)
    expect(leftOf(DUPLICATES, emptyUntil(DUPLICATES, later(7 * 24 * HOUR)), NOW)).toBe(0)
  })

  test('is empty until the instant that the CA gave, and has one then', () => {
    const fullAt = emptyUntil(DUPLICATES, later(10 * HOUR))
    expect(nextAllowedAt(DUPLICATES, fullAt, NOW)).toEqual(later(10 * HOUR))
    expect(leftOf(DUPLICATES, fullAt, later(10 * HOUR))).toBe(1)
  })
})
