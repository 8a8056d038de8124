import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { NameReader, readName } from './name-reader.ts'
import { WireError, writeName } from './wire-name.ts'

const HEADER = new Array<number>(12).fill(0)

function at12(...octets: readonly number[]): Uint8Array {
  return Uint8Array.from([...HEADER, ...octets])
}

const ascii = (text: string) => [...Buffer.from(text, 'latin1')]

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

/** A pointer to a place of a message. */
const pointer = (at: number) => [0xc0 | (at >> 8), at & 0xff]

/** The octets, and how many of them have been read. */
function counted(octets: Uint8Array): { message: Uint8Array; reads: () => number } {
  let reads = 0
  const get = (target: Uint8Array, key: string | symbol) => {
    reads++
    return Reflect.get(target, key, target)
  }
  return { message: new Proxy(octets, { get }), reads: () => reads }
}

describe('a NameReader', () => {
  const LABELS = 126
  const long = [...Array.from({ length: LABELS }, () => [1, 0x61]).flat(), 0]
  const NAME = Array(LABELS).fill('a').join('.')

  it.each([
    ['to one long name', () => 12],
    ['to each of its labels, the last first', (index: number) => 12 + 2 * (LABELS - 1 - (index % LABELS))],
    ['to each of its labels, the first first', (index: number) => 12 + 2 * (index % LABELS)],
    ['to the pointer before', (index: number) => (index % 100 === 0 ? 12 : 12 + long.length + 2 * (index - 1))],
  ])('reads what is pointed to once: thousands of pointers %s', (_, target) => {
    const pointers = Array.from({ length: 5000 }, (_, index) => pointer(target(index)))
    const { message, reads } = counted(at12(...long, ...pointers.flat()))
    const names = new NameReader(message)
    for (let index = 0; index < 5000; index++) {
      const name = names.read(12 + long.length + 2 * index)
      expect(NAME.endsWith(name.name)).toBe(true)
    }
    // Each octet a few times; without that, each pointer would be worth 250.
    expect(reads()).toBeLessThan(5 * message.length)
  })

  it('holds to all limits though it knows the end of a name', () => {
    const labels = (count: number) => Array.from({ length: count }, () => [1, 0x62]).flat()
    const first = 12 + long.length
    const names = new NameReader(at12(...long, ...pointer(12), ...labels(1), ...pointer(12), ...labels(2), ...pointer(12)))
    expect(names.read(first)).toEqual({ name: NAME, next: first + 2 })
    expect(names.read(first + 2)).toEqual({ name: `b.${NAME}`, next: first + 6 })
    expect(() => names.read(first + 6)).toThrow('too long')

    const chain = Array.from({ length: 130 }, (_, index) => pointer(index === 0 ? 12 : 11 + 2 * index))
    const chained = new NameReader(at12(0, ...chain.flat()))
    for (let index = 0; index < 127; index++) expect(chained.read(13 + 2 * index).name).toBe('')
    for (let index = 127; index < 130; index++) expect(() => chained.read(13 + 2 * index)).toThrow('too many pointers')
  })

  it('reads the same whatever it has read before', () => {
    const octets = fc.array(fc.oneof(fc.constantFrom(0, 1, 2, 0x61, 0xc0), fc.integer({ min: 12, max: 60 })), { maxLength: 60 })
    const outcome = (read: () => unknown) => {
      try {
        return read()
      } catch (error) {
        return error
      }
    }
    fc.assert(
      fc.property(octets, fc.array(fc.integer({ min: 12, max: 75 }), { maxLength: 20 }), (some, starts) => {
        const message = at12(...some)
        const names = new NameReader(message)
        for (const start of starts) expect(outcome(() => names.read(start))).toEqual(outcome(() => readName(message, start)))
      }),
      { numRuns: 1000 },
    )
  })

  it('gives the octets of a name uncompressed and in lower case', () => {
    const names = new NameReader(at12(4, ...ascii('TEST'), 0, 1, ...ascii('B'), ...pointer(12)))
    expect(names.readOctets(18)).toEqual({ octets: writeName('b.test'), next: 22 })
  })
})
