import fc from 'fast-check'
import { expect, it } from 'vitest'
import { continues, type HealthSpan, HOLDS, type SpanState, uptimeOf } from './uptime.ts'

const MINUTE = 60_000
const DAY = 86_400_000
const BEGIN = Date.UTC(2026, 0, 1)

function span(state: SpanState, from: number, to: number): HealthSpan {
  return { state, beganAt: new Date(BEGIN + from), endedAt: new Date(BEGIN + to), checks: 2 }
}

const uptime = (spans: HealthSpan[], from: number, to: number) => uptimeOf(spans, new Date(BEGIN + from), new Date(BEGIN + to))

it('is the share of what was measured', () => {
  expect(uptime([], 0, DAY)).toEqual({ percent: null, upMs: 0, downMs: 0, unknownMs: DAY })
  expect(uptime([span('ok', 0, DAY - 1)], 0, DAY)).toMatchObject({ percent: 100, unknownMs: 0 })
  const spans = [span('ok', 0, 45 * MINUTE), span('broken', 60 * MINUTE, 90 * MINUTE), span('ok', 100 * MINUTE, 200 * MINUTE)]
  expect(uptime(spans, 0, 200 * MINUTE)).toEqual({ percent: 80, upMs: 160 * MINUTE, downMs: 40 * MINUTE, unknownMs: 0 })
})

it('has no outage where a failure was refuted, and nothing where nobody looked', () => {
  const spans = [span('ok', 0, 15 * MINUTE), span('failing', 30 * MINUTE, 30 * MINUTE), span('ok', 31 * MINUTE, 45 * MINUTE)]
  expect(uptime(spans, 0, 60 * MINUTE).percent).toBe(100)
  expect(uptime([span('ok', 0, 0)], 0, DAY)).toMatchObject({ upMs: HOLDS, unknownMs: DAY - HOLDS })
  expect(uptime([span('broken', 0, 0), span('unknown', MINUTE, DAY)], 0, DAY)).toMatchObject({ downMs: MINUTE, percent: 0 })
})

it('ends a span at midnight, at a gap, and when the clock was set back', () => {
  const last = { state: 'ok' as const, endedAt: new Date(BEGIN + 12 * 60 * MINUTE) }
  const at = (ms: number) => continues(last, 'ok', new Date(last.endedAt.getTime() + ms))
  expect([at(0), at(HOLDS), at(HOLDS + 1), at(-1), at(12 * 60 * MINUTE)]).toEqual([true, true, false, false, false])
  expect(continues({ ...last, endedAt: new Date(BEGIN + DAY - 1) }, 'ok', new Date(BEGIN + DAY))).toBe(false)
  expect(continues(last, 'failing', last.endedAt)).toBe(false)
})

it('adds up to the time that was asked for', () => {
  const parts = fc.array(
    fc.record({
      state: fc.constantFrom<SpanState>('ok', 'failing', 'broken', 'unknown'),
      pause: fc.integer({ min: 1, max: 4 * HOLDS }),
      length: fc.integer({ min: 0, max: 4 * HOLDS }),
    }),
    { maxLength: 30 },
  )
  fc.assert(
    fc.property(parts, fc.nat(DAY), fc.nat(DAY), (list, from, length) => {
      let at = 0
      const spans = list.map(({ state, pause, length }) => {
        const begin = at + pause
        at = begin + length
        return span(state, begin, at)
      })
      const { upMs, downMs, unknownMs, percent } = uptime(spans, from, from + length)
      expect(upMs + downMs + unknownMs).toBe(length)
      if (percent !== null) expect(percent).toBeCloseTo((100 * upMs) / (upMs + downMs))
    }),
  )
})
