import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { choose, type Due } from './places.ts'

const due = (id: number, shares: string[]): Due => ({ id: String(id), tenant: 'default', name: `n${id}.test`, shares })

describe('choose', () => {
  it('takes the oldest first', () => {
    const waiting = [0, 1, 2, 3].map((id) => due(id, []))
    expect(choose(waiting, { under: [], width: 2, share: null })).toEqual({ chosen: waiting.slice(0, 2), blocked: 0 })
  })

  it('leaves places to others beside a CA that has many waiting', () => {
    const slow = Array.from({ length: 20 }, (_, id) => due(id, ['ca slow']))
    const other = due(99, ['ca other'])
    const { chosen, blocked } = choose([...slow, other], { under: [], width: 8, share: null })
    expect(chosen).toEqual([...slow.slice(0, 6), other])
    expect(blocked).toBe(14)
  })

  it('never takes too many, nor one twice, and wastes no place', () => {
    const shares = fc.subarray(['ca a', 'ca b', 'provider p', 'provider q'])
    const randomness = fc.option(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }))
    fc.assert(
      fc.property(
        fc.array(shares, { maxLength: 40 }),
        fc.array(shares, { maxLength: 8 }),
        fc.integer({ min: 1, max: 20 }),
        randomness,
        (ofWaiting, ofUnder, width, random) => {
          const waiting = ofWaiting.map((shares, id) => due(id, shares))
          const under = ofUnder.slice(0, width).map((shares, id) => due(100 + id, shares))
          const { chosen } = choose(waiting, { under, width, share: random === null ? null : () => random })
          expect(chosen.length + under.length).toBeLessThanOrEqual(width)
          expect(new Set(chosen).size).toBe(chosen.length)
          const most = Math.max(1, Math.floor(width * 0.75))
          const has = (share: string, all: Due[]) => all.filter((one) => one.shares?.includes(share)).length
          for (const share of ['ca a', 'ca b', 'provider p', 'provider q']) {
            expect(has(share, chosen)).toBeLessThanOrEqual(Math.max(0, most - has(share, under)))
          }
          // Where a place is left, each that waits has a share that is full.
          const all = [...chosen, ...under]
          const isFull = ({ shares = [] }: Due) => shares.some((share) => has(share, all) >= most)
          if (all.length < width) expect(waiting.filter((one) => !chosen.includes(one)).every(isFull)).toBe(true)
        },
      ),
    )
  })
})
