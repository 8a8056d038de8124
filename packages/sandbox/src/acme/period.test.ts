import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readPeriod } from './period.ts'
import { AcmeProblem } from './problem.ts'

const DAY_MS = 86_400_000
const now = new Date('2026-02-10T12:00:00Z')
const read = (notAfter: unknown) => readPeriod({ notAfter }, { now, lifetimeSeconds: 90 * 86_400 }).notAfter

describe('a time of an order', () => {
  it.each([
    ['2026-02-28T00:00:00Z', '2026-02-28T00:00:00.000Z'],
    ['2026-02-28t23:59:59z', '2026-02-28T23:59:59.000Z'],
    ['2026-02-28T23:59:59.999999999Z', '2026-02-28T23:59:59.000Z'],
    ['2026-02-28T23:00:00-05:30', '2026-03-01T04:30:00.000Z'],
    ['2026-03-01T00:00:00+23:59', '2026-02-28T00:01:00.000Z'],
  ])('is read: %s', (text, expected) => {
    expect(read(text)?.toISOString()).toBe(expected)
  })

  it.each([
    '2026-02-30T00:00:00Z',
    '2026-02-29T00:00:00Z',
    '2026-04-31T00:00:00Z',
    '2026-00-01T00:00:00Z',
    '2026-13-01T00:00:00Z',
    '2026-03-00T00:00:00Z',
    '2026-03-01T24:00:00Z',
    '2026-03-01T23:60:00Z',
    '2026-03-01T23:59:60Z',
    '2026-03-01T00:00:00+24:00',
    '2026-03-01T00:00:00+00:60',
    '2026-03-01T00:00:00+0100',
    '2026-03-01T00:00:00',
    '2026-03-01T00:00Z',
    '2026-03-01 00:00:00Z',
    '2026-03-01T00:00:00.Z',
    '2026-03-01',
    '+002026-03-01T00:00:00Z',
    ' 2026-03-01T00:00:00Z',
    '2026-03-01T00:00:00Z\n',
    '',
    7,
    null,
    ['2026-03-01T00:00:00Z'],
  ])('is refused: %j', (value) => {
    expect(() => read(value)).toThrow(AcmeProblem)
  })

  it('is the one that was written, in any zone', () => {
    const times = fc.date({
      noInvalidDate: true,
      min: new Date(now.getTime() + DAY_MS),
      max: new Date(now.getTime() + 300 * DAY_MS),
    })
    const zones = fc.integer({ min: -1439, max: 1439 })
    fc.assert(
      fc.property(times, zones, (time, minutes) => {
        const local = new Date(time.getTime() + minutes * 60_000).toISOString().slice(0, -1)
        const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60].map((n) => String(n).padStart(2, '0'))
        expect(read(`${local}${minutes < 0 ? '-' : '+'}${hours}:${rest}`)?.getTime()).toBe(
          Math.floor(time.getTime() / 1000) * 1000,
        )
      }),
    )
  })

  it('is a refusal of its own when it is garbage', () => {
    const digit = fc.constantFrom(...'0123456789')
    const like = fc.stringMatching(/^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(Z|[+-]\d{2}:\d{2})$/)
    fc.assert(
      fc.property(fc.oneof(fc.string(), like, fc.array(digit).map(String)), (text) => {
        try {
          const time = read(text)
          // Whatever was taken is what Date itself would print of that day.
          if (text.endsWith('Z')) expect(time?.toISOString().slice(0, 19)).toBe(text.slice(0, 19).toUpperCase())
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(AcmeProblem)
        }
      }),
    )
  })
})
