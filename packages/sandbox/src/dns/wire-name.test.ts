import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ancestryOf } from './name-path.ts'
import { readName } from './name-reader.ts'
import { WireError, writeName } from './wire-name.ts'

const HEADER = new Array<number>(12).fill(0)

function at12(...octets: readonly number[]): Uint8Array {
  return Uint8Array.from([...HEADER, ...octets])
}

/** Labels of any octets that fit into one name. */
const labels = fc
  .array(fc.uint8Array({ minLength: 1, maxLength: 63 }), { maxLength: 20 })
  .filter((some) => some.reduce((length, label) => length + label.length + 1, 1) <= 255)

describe('writeName', () => {
  it('reads back what it wrote, whatever the octets', () => {
    fc.assert(
      fc.property(labels, (some) => {
        const wire = at12(...some.flatMap((label) => [label.length, ...label]), 0)
        const { name, next } = readName(wire, 12)
        expect(next).toBe(wire.length)
        expect(ancestryOf(name)).toHaveLength(some.length + 1)
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

  it.each(['a..b', '.a', '..', 'a.b\\', 'a\\1.b', '\\12.a', '\\256', 'ü', '\\ü', 'a'.repeat(64), 'abc.'.repeat(64)])(
    'refuses %j',
    (name) => {
      expect(() => writeName(name)).toThrow(WireError)
    },
  )
})
