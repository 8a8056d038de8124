import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type AdaptiveWidth, type EndedWork, firstWidth, widthAfter } from './adaptive-width.ts'

const onceDone = (width: AdaptiveWidth, ended: readonly EndedWork[]) => ended.reduce((now, one) => widthAfter(now, one), width)
const good = (n: number, ms = 100) => Array.from({ length: n }, (): EndedWork => ({ ms, limited: false }))
const limited: EndedWork = { ms: 100, limited: true }

describe('the width', () => {
  it('grows round by round while nothing takes longer, up to 64', () => {
    expect(firstWidth().width).toBe(8)
    expect(onceDone(firstWidth(), good(8)).width).toBe(12)
    expect(onceDone(firstWidth(), good(2_000)).width).toBe(64)
  })

  it('is halved when somebody has no room, once for all that were under way', () => {
    const wide = onceDone(firstWidth(), good(2_000))
    expect(widthAfter(wide, limited).width).toBe(32)
    expect(onceDone(wide, Array(64).fill(limited)).width).toBe(32)
    expect(onceDone(wide, Array(65).fill(limited)).width).toBe(16)
  })

  it('recovers by ones', () => {
    const cut = onceDone(onceDone(firstWidth(), good(2_000)), Array(64).fill(limited))
    expect(onceDone(cut, good(32)).width).toBe(33)
    expect(onceDone(cut, good(10_000)).width).toBe(64)
  })

  it('stays where pieces take two and a half times as long, and narrows at four times', () => {
    const known = onceDone(firstWidth(), good(8, 100))
    expect(onceDone(known, good(12, 300)).width).toBe(12)
    expect(onceDone(known, good(12, 500)).width).toBe(9)
  })

  it('comes to rest where one thread does all the work: each piece takes as long as there are others', () => {
    let now = firstWidth()
    for (let i = 0; i < 5_000; i++) now = widthAfter(now, { ms: 12 * Math.max(now.width, 4), limited: false })
    expect(now.width).toBeGreaterThanOrEqual(12)
    expect(now.width).toBeLessThanOrEqual(64)
  })

  it('is a whole number within its bounds, whatever happens, and recovers from it', () => {
    const any = fc.record({ ms: fc.double({ min: 0, max: 1e6, noNaN: true }), limited: fc.boolean() })
    const bounds = fc.record({ least: fc.integer({ min: 1, max: 10 }), most: fc.integer({ min: 10, max: 64 }) })
    fc.assert(
      fc.property(fc.array(any, { maxLength: 500 }), bounds, (all, { least, most }) => {
        let now = firstWidth({ least, most })
        for (const one of all) {
          now = widthAfter(now, one, { least, most })
          expect(Number.isInteger(now.width)).toBe(true)
          expect(now.width).toBeGreaterThanOrEqual(least)
          expect(now.width).toBeLessThanOrEqual(most)
        }
        for (const one of good(10_000, 1)) now = widthAfter(now, one, { least, most })
        expect(now.width).toBe(most)
      }),
    )
  })

  it('never grows by what is limited', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 300 }), (all) => {
        let now = firstWidth()
        for (const isLimited of all) {
          const next = widthAfter(now, { ms: 100, limited: isLimited })
          if (isLimited) expect(next.width).toBeLessThanOrEqual(now.width)
          now = next
        }
      }),
    )
  })
})
