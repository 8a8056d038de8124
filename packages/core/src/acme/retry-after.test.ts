import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseRetryAfter } from './retry-after.ts'

const NOW = new Date('2026-11-20T12:00:00Z')

describe('parseRetryAfter', () => {
  it.each([
    ['0', 0],
    ['120', 120_000],
    [' 86400 ', 86_400_000],
    ['Fri, 20 Nov 2026 12:00:30 GMT', 30_000],
    ['Friday, 20-Nov-26 12:00:30 GMT', 30_000],
    ['Fri Nov 20 12:00:30 2026', 30_000],
    ['Tue Dec  1 12:00:00 2026', 11 * 86_400_000],
    ['Thu, 31 Dec 1998 23:59:60 GMT', 0],
    ['Friday, 20-Nov-98 12:00:30 GMT', 0],
    ['999999999999999999999999', 366 * 86_400_000],
    ['Fri, 20 Nov 9999 12:00:30 GMT', 366 * 86_400_000],
  ])('reads %j', (header, expected) => {
    expect(parseRetryAfter(header, NOW)).toBe(expected)
  })

  it.each([
    undefined,
    '',
    '-1',
    '1.5',
    '1e3',
    '0x10',
    'soon',
    '120s',
    '2026-11-20T12:00:30Z',
    'Fri, 20 Nov 2026 12:00:30 CET',
    'Fri, 20 Nov 2026 25:00:00 GMT',
    'Fri, 31 Feb 2026 12:00:00 GMT',
    'Fri, 20 Foo 2026 12:00:00 GMT',
    '120, 240',
  ])('does not read %j', (header) => {
    expect(parseRetryAfter(header, NOW)).toBeUndefined()
  })

  it('reads back every HTTP date of the coming year', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 365 * 86_400 }), (seconds) => {
        const at = new Date(NOW.getTime() + seconds * 1000)
        expect(parseRetryAfter(at.toUTCString(), NOW)).toBe(seconds * 1000)
      }),
    )
  })

  it('gives a usable time or nothing, whatever is sent', () => {
    const almost = fc
      .tuple(fc.string(), fc.constantFrom('Fri, 20 Nov 2026 12:00:30 GMT', '120'), fc.string())
      .map((parts) => parts.join(''))
    fc.assert(
      fc.property(fc.oneof(fc.string(), almost, fc.bigInt().map(String)), (header) => {
        const ms = parseRetryAfter(header, NOW)
        if (ms === undefined) return
        expect(ms).toBeGreaterThanOrEqual(0)
        expect(Number.isNaN(new Date(NOW.getTime() + ms).getTime())).toBe(false)
      }),
    )
  })
})
