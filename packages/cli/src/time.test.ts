import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { describeDuration, formatDuration, parseDuration, when } from './time.ts'

describe('parseDuration', () => {
  it.each([
    ['30s', 30_000],
    ['10m', 600_000],
    ['2h', 7_200_000],
    ['1d', 86_400_000],
    [' 5m ', 300_000],
  ])('reads %s', (text, ms) => expect(parseDuration(text)).toBe(ms))

  it.each(['', '10', 'm', '-1m', '1.5h', '10 m', '1h30m', '10M', '9999999d', '٣m'])('refuses %j', (text) =>
    expect(parseDuration(text)).toBeNull(),
  )

  it('reads what formatDuration writes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 999_999 }), fc.constantFrom('s', 'm', 'h', 'd'), (count, unit) => {
        const ms = parseDuration(`${count}${unit}`)
        expect(ms).not.toBeNull()
        expect(parseDuration(formatDuration(ms ?? 0))).toBe(ms)
      }),
    )
  })
})

describe('when', () => {
  const now = new Date(2026, 10, 20, 12, 0, 0)
  const after = (ms: number) => when(new Date(now.getTime() + ms), now)

  it('says days with the date, hours with date and time, minutes with the time', () => {
    expect(after(12 * 86_400_000)).toBe('in 12 days (2026-12-02)')
    expect(after(5 * 3_600_000)).toBe('in 5 hours (2026-11-20 17:00)')
    expect(after(600_000)).toBe('in 10 minutes (12:10)')
    expect(after(-3 * 86_400_000)).toBe('3 days ago (2026-11-17)')
    expect(after(1000)).toBe('in 1 second (12:00)')
  })

  it('does not break on a time that is none', () => expect(when(new Date('x'), now)).toBe('at an unknown time'))
})

it('describes a duration with the unit that fits', () => {
  expect(describeDuration(89_000)).toBe('89 seconds')
  expect(describeDuration(90_000)).toBe('2 minutes')
  expect(describeDuration(36 * 3_600_000)).toBe('2 days')
})
