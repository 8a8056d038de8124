import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonicalValue, plainValue, readName, writtenValue } from './values.ts'

describe('TXT', () => {
  it.each([
    ['plain', '"plain"'],
    ['', '""'],
    ['say "hi" \\o/', '"say \\"hi\\" \\\\o/"'],
    ['é', '"\\303\\251"'],
    ['a\tb', '"a\\011b"'],
    ['x'.repeat(256), `"${'x'.repeat(255)}" "x"`],
  ])('%j is written as %s', (plain, written) => {
    expect(writtenValue('TXT', plain)).toBe(written)
    expect(plainValue('TXT', written)).toBe(plain)
  })

  it.each([
    ['"a" "b"', 'ab'],
    ['"a""b"', 'ab'],
    ['"\\141\\7"', 'a7'],
    ['no quotes', 'no quotes'],
    ['"open', '"open'],
    ['"grüße"', 'grüße'],
  ])('%s means %j', (written, plain) => expect(plainValue('TXT', written)).toBe(plain))

  it('is whatever it was, in strings of at most 255 octets of ASCII', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 700 }), (plain) => {
        const written = writtenValue('TXT', plain)
        expect(plainValue('TXT', written)).toBe(plain)
        expect(written).toMatch(/^"[ -~]*"$/)
        for (const [, string = ''] of written.matchAll(/"((?:[^"\\]|\\.)*)"/g)) {
          expect(string.replace(/\\[0-7]{3}|\\./g, 'o').length).toBeLessThanOrEqual(255)
        }
      }),
    )
  })
})

describe('other values', () => {
  it.each([
    ['CNAME', 'Target.Test', 'target.test.'],
    ['CNAME', 'target.test.', 'target.test.'],
    ['A', '192.0.2.1', '192.0.2.1'],
    ['AAAA', '2001:DB8:0:0::1', '2001:db8::1'],
    ['CAA', '0 ISSUE letsencrypt.org', '0 issue "letsencrypt.org"'],
    ['CAA', '128 issue "a\\"b"', '128 issue "a\\"b"'],
  ])('of %s: %s is written as %s', (type, plain, written) => expect(writtenValue(type, plain)).toBe(written))

  it.each([
    ['CNAME', 'Target.Test.', 'target.test'],
    ['AAAA', 'fe80::1%eth0', 'fe80::1%eth0'],
    ['CAA', 'nonsense', 'nonsense'],
  ])('of %s: %s is read as %s', (type, written, plain) => expect(plainValue(type, written)).toBe(plain))

  it('have one form in which they are compared', () => {
    const types = fc.constantFrom('A', 'AAAA', 'CAA', 'CNAME', 'TXT')
    fc.assert(
      fc.property(types, fc.oneof(fc.string(), fc.ipV6(), fc.domain()), (type, value) => {
        const once = canonicalValue(type, value)
        expect(canonicalValue(type, once)).toBe(once)
      }),
    )
  })
})

it.each([
  ['\\052.Example.test.', '*.example.test'],
  ['_acme-challenge.example.test.', '_acme-challenge.example.test'],
  ['a\\057b.example.test.', 'a/b.example.test'],
])('the name %s is %s', (written, name) => expect(readName(written)).toBe(name))
