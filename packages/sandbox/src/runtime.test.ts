import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { inBlocks } from './runtime.ts'

/** Gives bytes 0, 1, 2 … and remembers how many were asked for at a time. */
function counting() {
  const asked: number[] = []
  let next = 0
  return {
    asked,
    bytes(length: number) {
      asked.push(length)
      return Uint8Array.from({ length }, () => next++)
    },
  }
}

describe('randomness in blocks', () => {
  it('gives as many bytes as are asked for, none of them twice', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(6000), { maxLength: 20 }), (lengths) => {
        let next = 0
        const places = inBlocks({
          bytes: (length) => new Uint8Array(Uint32Array.from({ length: length / 4 }, () => next++).buffer),
        })
        const words = lengths.flatMap((length) => {
          const taken = places.bytes(length * 4)
          expect(taken).toHaveLength(length * 4)
          return [...new Uint32Array(taken.buffer)]
        })
        expect(new Set(words).size).toBe(words.length)
      }),
    )
  })

  it('asks once for many', () => {
    const source = counting()
    const random = inBlocks(source)
    const taken = Array.from({ length: 256 }, () => random.bytes(16))
    expect(source.asked).toEqual([4096])
    expect(taken[1]).toEqual(Uint8Array.from({ length: 16 }, (_, at) => 16 + at))
    random.bytes(1)
    random.bytes(5000)
    expect(source.asked).toEqual([4096, 4096, 5000])
  })

  it('gives bytes that are the taker’s own', () => {
    const random = inBlocks({ bytes: (length) => new Uint8Array(length) })
    random.bytes(4).fill(7)
    expect([...random.bytes(8)]).toEqual(Array(8).fill(0))
    expect(random.bytes(3).buffer.byteLength).toBe(3)
  })
})
