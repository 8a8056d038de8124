import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { labelsOf, readName, WireError, writeName } from './wire-name.ts'

const HEADER = new Array<number>(12).fill(0)

function at12(...octets: readonly number[]): Uint8Array {
  return Uint8Array.from([...HEADER, ...octets])
}

const ascii = (text: string) => [...Buffer.from(text, 'latin1')]

/** Labels of any octets that fit into one name. */
const labels = fc
  .array(fc.uint8Array({ minLength: 1, maxLength: 63 }), { maxLength: 20 })
  .filter((some) => some.reduce((length, label) => length + label.length + 1, 1) <= 255)

describe('readName', () => {
  it('reads labels in lower case, without the final dot', () => {
    expect(readName(at12(3, ...ascii('wWw'), 4, ...ascii('TEST'), 0, 9), 12)).toEqual({ name: 'www.test', next: 22 })
    expect(readName(at12(0), 12)).toEqual({ name: '', next: 13 })
  })

  it('follows pointers backwards and ends behind the first', () => {
    const message = at12(4, ...ascii('test'), 0, 1, ...ascii('b'), 0xc0, 12, 1, ...ascii('a'), 0xc0, 18)
    expect(readName(message, 22)).toEqual({ name: 'a.b.test', next: 26 })
  })

  it('keeps dots and backslashes in a label apart from those between labels', () => {
    expect(readName(at12(3, ...ascii('a.b'), 2, 0x5c, 0x20, 0), 12).name).toBe('a\\.b.\\\\\\032')
    expect(readName(at12(2, 0x00, 0xff, 0), 12).name).toBe('\\000\\255')
  })

  it.each([
    ['a pointer to itself', at12(0xc0, 12), 12],
    ['a pointer ahead', at12(0xc0, 14, 0), 12],
    ['a loop through labels', at12(1, 0x61, 0xc0, 12), 12],
    ['a pointer into the header', at12(0xc0, 0), 12],
    ['a label of an unknown kind', at12(0x41, 0), 12],
    ['a label that is cut off', at12(5, 0x61), 12],
    ['half a pointer', at12(0, 0xc0), 13],
    ['a name without an end', at12(1, 0x61), 12],
    ['a start beyond the end', at12(), 12],
  ])('refuses %s', (_what, message, start) => {
    expect(() => readName(message, start)).toThrow(WireError)
  })

  it('takes 255 octets and refuses 256', () => {
    const long = (last: number) => [...[63, 63, 63, last].flatMap((size) => [size, ...new Array<number>(size).fill(0x61)]), 0]
    expect(readName(at12(...long(61)), 12).name).toHaveLength(253)
    expect(() => readName(at12(...long(62)), 12)).toThrow(WireError)
  })

  it('gives up on a chain of pointers that is longer than any name', () => {
    const chain = (pointers: number) =>
      at12(
        0,
        0xc0,
        12,
        ...Array.from({ length: pointers - 1 }, (_, index) => [0xc0 | ((13 + index * 2) >> 8), (13 + index * 2) & 0xff]).flat(),
      )
    expect(readName(chain(127), 12 + 127 * 2 - 1)).toEqual({ name: '', next: 12 + 127 * 2 + 1 })
    expect(() => readName(chain(128), 12 + 128 * 2 - 1)).toThrow('too many pointers')
  })

  it('reads any octets or throws its own error', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(320), (octets, start) => {
        try {
          const { name, next } = readName(octets, start)
          expect(next).toBeLessThanOrEqual(octets.length)
          expect(writeName(name).length).toBeLessThanOrEqual(255)
        } catch (error) {
          expect(error).toBeInstanceOf(WireError)
        }
      }),
    )
  })
})

describe('writeName', () => {
  it('reads back what it wrote, whatever the octets', () => {
    fc.assert(
      fc.property(labels, (some) => {
        const wire = at12(...some.flatMap((label) => [label.length, ...label]), 0)
        const { name, next } = readName(wire, 12)
        expect(next).toBe(wire.length)
        expect(labelsOf(name)).toHaveLength(some.length)
        const written = writeName(name)
        expect(written).toHaveLength(wire.length - 12)
        expect(readName(at12(...written), 12).name).toBe(name)
      }),
    )
  })

  it('is the same with and without the final dot, in any case', () => {
    expect(writeName('Example.TEST.')).toEqual(writeName('example.test'))
    expect(writeName('.')).toEqual(Uint8Array.of(0))
  })

  it.each(['a..b', '.a', 'a.b\\', '\\12.a', '\\256', 'ü', '\\ü', 'a'.repeat(64), 'abc.'.repeat(64)])('refuses %j', (name) => {
    expect(() => writeName(name)).toThrow(WireError)
  })
})
