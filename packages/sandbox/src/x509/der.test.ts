import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { element, elementsInside, elementsTagged, isDer } from './der.ts'

const bytes = (hex: string) => Buffer.from(hex, 'hex')

describe('DER', () => {
  it.each([
    ['0500', true],
    ['3000', true],
    ['30050201013000', true],
    ['30050201010500', true],
    ['', false],
    ['30', false],
    ['3001', false],
    ['050000', false],
    ['308000000000', false],
    ['0481', false],
    ['048101ff', false],
    ['04820001ff', false],
    ['1f0000', false],
    ['3003040500', false],
    ['0485000000000100', false],
    ['04850100000000', false],
  ])('%s is DER: %s', (hex, expected) => {
    expect(isDer(bytes(hex))).toBe(expected)
  })

  it('has lengths in their shortest form', () => {
    expect(element(4, Buffer.alloc(127)).subarray(0, 2)).toEqual(bytes('047f'))
    expect(element(4, Buffer.alloc(128)).subarray(0, 3)).toEqual(bytes('048180'))
    expect(element(4, Buffer.alloc(256)).subarray(0, 4)).toEqual(bytes('04820100'))
    expect(element(4, Buffer.alloc(65_536)).subarray(0, 5)).toEqual(bytes('0483010000'))
  })

  it('reads what it writes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 70_000 }), fc.uint8Array({ maxLength: 300 }), (first, second) => {
        const inner = element(0x04, first)
        const outer = element(0x30, inner, element(0x04, second))
        const [one, two, ...more] = elementsInside(outer)
        expect(isDer(outer)).toBe(true)
        expect([one?.tag, two?.tag, more]).toEqual([0x04, 0x04, []])
        expect(inner.equals(one?.encoded ?? Buffer.alloc(0))).toBe(true)
        expect(Buffer.from(second)).toEqual(Buffer.from(two?.content ?? []))
      }),
    )
  })

  it('gives elements by their tags, when there are those and no others', () => {
    const der = element(0x30, element(0x02, bytes('01')), element(0x04, bytes('0203')))
    expect(elementsTagged(der, 0x02, 0x04)?.map(({ content }) => [...content])).toEqual([[1], [2, 3]])
    expect(elementsTagged(element(0x30))).toEqual([])
    for (const tags of [[], [0x02], [0x04, 0x02], [0x02, 0x04, 0x05]]) expect(elementsTagged(der, ...tags)).toBeUndefined()
  })

  it('ends at nests that go on and on, and at garbage', () => {
    const nested = (depth: number) => Array.from({ length: depth }).reduce<Buffer>((inner) => element(0x30, inner), element(0x05))
    expect(isDer(nested(20))).toBe(true)
    expect(isDer(nested(5000))).toBe(false)
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (garbage) => typeof isDer(garbage) === 'boolean'))
  })
})
