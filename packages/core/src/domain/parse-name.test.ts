import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DomainctlError } from '../errors.ts'
import { parseName, parseNames } from './parse-name.ts'

function refusal(act: () => unknown): DomainctlError {
  try {
    act()
  } catch (error) {
    if (error instanceof DomainctlError) return error
    throw error
  }
  throw new Error('it was accepted')
}

const label63 = 'a'.repeat(63)
const name253 = `${label63}.${label63}.${label63}.${'a'.repeat(53)}.example`.slice(0)

describe('parseName', () => {
  it.each([
    ['shop.example.com', 'shop.example.com'],
    ['Shop.EXAMPLE.com.', 'shop.example.com'],
    ['*.example.test', '*.example.test'],
    ['bücher.example', 'xn--bcher-kva.example'],
    ['例え。テスト', 'xn--r8jz45g.xn--zckzah'],
    ['пример.испытание', 'xn--e1afmkfd.xn--80akhbyknj4f'],
    ['xn--bcher-kva.example', 'xn--bcher-kva.example'],
    ['1.example.test', '1.example.test'],
    [`${label63}.example.test`, `${label63}.example.test`],
    ['example.co.uk', 'example.co.uk'],
    ['me.github.io', 'me.github.io'],
    ['github.io', 'github.io'],
  ])('reads %s', (typed, name) => {
    expect(parseName(typed).name).toBe(name)
  })

  it('tells base, wildcard and what people read apart', () => {
    expect(parseName('*.Bücher.example')).toEqual({
      name: '*.xn--bcher-kva.example',
      base: 'xn--bcher-kva.example',
      wildcard: true,
      unicode: '*.bücher.example',
    })
  })

  it.each([
    ['', 'empty'],
    [`${'a'.repeat(64)}.example.test`, '64 characters; a label has at most 63'],
    [`a${name253}`, 'at most 253'],
    ['co.uk', 'public suffix'],
    ['*.co.uk', 'public suffix'],
    ['test', 'single label'],
    ['localhost', 'single label'],
    ['*.*.x.test', 'at most one wildcard'],
    ['a.*.x.test', 'at most one wildcard'],
    ['*x.example.test', 'at most one wildcard'],
    ['*', 'at most one wildcard'],
    ['two names.test', 'white space'],
    [' shop.example.test', 'white space'],
    ['shop.example.test\n', 'white space'],
    ['192.0.2.1', 'IP address'],
    ['2001:db8::1', 'IP address'],
    ['[2001:db8::1]', 'IP address'],
    ['0x7f.1', 'number'],
    ['рaypal.example', 'mixes'],
    ['xn--aypal-uye.example', 'mixes'],
    ['_dmarc.example.test', 'underscore'],
    ['http://shop.example.test/x', 'URL'],
    ['a..example.test', 'empty label'],
    ['.example.test', 'empty label'],
    ['-a.example.test', 'start and end'],
    ['a-.example.test', 'start and end'],
    ['a%41.example.test', 'does not belong'],
    ['a/b.example.test', 'does not belong'],
    ['a\0b.example.test', 'does not belong'],
    ['xn--a.example.test', 'Punycode'],
    ['example.123', 'number'],
    ['x'.repeat(100_000), '100000 characters'],
  ])('refuses %j', (typed, why) => {
    const error = refusal(() => parseName(typed))
    expect(error.code).toBe('NAME_INVALID')
    expect(error.message).toContain(why)
    expect(error.message.length).toBeLessThan(300)
    expect(error.hint).not.toBe('')
  })

  it('answers a name or NAME_INVALID for whatever is typed, and reads its own answer again', () => {
    const typed = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.domain(),
      fc.array(fc.string({ unit: 'grapheme', maxLength: 8 })).map((labels) => labels.join('.')),
    )
    fc.assert(
      fc.property(typed, (input) => {
        try {
          const parsed = parseName(input)
          expect(parseName(parsed.name)).toEqual(parsed)
          expect(parseName(parsed.unicode)).toEqual(parsed)
        } catch (error) {
          expect(error).toMatchObject({ code: 'NAME_INVALID' })
        }
      }),
      { numRuns: 2000 },
    )
  })
})

describe('parseNames', () => {
  it('keeps the order', () => {
    expect(parseNames(['example.test', '*.example.test']).map(({ name }) => name)).toEqual(['example.test', '*.example.test'])
  })

  it('refuses a name that was given twice, however it was typed', () => {
    expect(refusal(() => parseNames(['bücher.example', 'XN--bcher-kva.example.'])).message).toContain('given twice')
  })

  it('refuses a name that a wildcard of the same certificate covers', () => {
    expect(refusal(() => parseNames(['*.example.test', 'a.example.test'])).message).toContain('covers it')
    expect(parseNames(['*.example.test', 'a.b.example.test'])).toHaveLength(2)
  })

  it('takes 100 names and refuses 101', () => {
    const names = (n: number) => Array.from({ length: n }, (_, i) => `n${i}.example.test`)
    expect(parseNames(names(100))).toHaveLength(100)
    expect(refusal(() => parseNames(names(101))).code).toBe('NAMES_TOO_MANY')
  })
})
