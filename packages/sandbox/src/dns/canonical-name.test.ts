import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonicalName } from './canonical-name.ts'

/** Any characters, halves of pairs too. */
const text = fc.string({ unit: fc.oneof(fc.nat(0x7f), fc.nat(0xffff)).map((code) => String.fromCharCode(code)) })

describe('canonicalName', () => {
  it.each([
    ['Example.TEST', 'example.test'],
    ['bücher.example', 'xn--bcher-kva.example'],
    ['_acme-challenge.Bücher.example', '_acme-challenge.xn--bcher-kva.example'],
    ['test', 'test'],
    [`${'a'.repeat(63)}.test`, `${'a'.repeat(63)}.test`],
  ])('takes %s', (text, name) => {
    expect(canonicalName(text)).toBe(name)
  })

  it.each([
    '',
    '.',
    'example.test.',
    'a..test',
    '-a.test',
    'a b.test',
    'a%2eb.test',
    'a/b.test',
    '127.0.0.1',
    '127.1',
    `${'a'.repeat(64)}.test`,
    Array(64).fill('abc').join('.'),
    '*.example.test',
    'ü@b.test',
  ])('refuses %s', (text) => {
    expect(canonicalName(text)).toBeUndefined()
  })

  it('takes a wildcard where one may be, as the first label alone', () => {
    expect(canonicalName('*.Example.test', true)).toBe('*.example.test')
    expect(canonicalName('*.bücher.test', true)).toBe('*.xn--bcher-kva.test')
    for (const text of ['*', 'a.*.test', '*a.test']) expect(canonicalName(text, true)).toBeUndefined()
  })

  it('never throws, and what it gives stays as it is', () => {
    fc.assert(
      fc.property(text, fc.boolean(), (some, wildcard) => {
        const name = canonicalName(some, wildcard)
        if (name !== undefined) expect(canonicalName(name, wildcard)).toBe(name)
      }),
    )
  })
})
