import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cut, steady, within } from './prose.ts'
import { widthOf } from './text.ts'

describe('steady', () => {
  it.each([
    ['a\u001b[2J', 'a\\u{1b}[2J'],
    ['\u202egnp.exe', '\\u{202e}gnp.exe'],
    ['שלום', '\\u{5e9}\\u{5dc}\\u{5d5}\\u{5dd}'],
    ['a\u00a0b\u200bc', 'a\\u{a0}b\\u{200b}c'],
    ['e\u0301', 'e\\u{301}'],
    ['“quoted” 日本', '“quoted” 日本'],
  ])('%j is shown as %j', (text, shown) => expect(steady(text)).toBe(shown))
})

it('cut keeps what fits, with an ellipsis', () => {
  expect([cut('abc', 3), cut('abcd', 3), cut('日本語', 4)]).toEqual(['abc', 'ab…', '日…'])
})

describe('within', () => {
  it('breaks a word that is longer than a line', () => {
    expect(within(`a ${'x'.repeat(7)} b`, 5)).toEqual(['a', 'xxxxx', 'xx', 'b'])
  })

  it('keeps every character, and every line in its columns', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }).map(steady), fc.integer({ min: 2, max: 60 }), (text, width) => {
        const lines = within(text, width)
        expect(Math.max(...lines.map(widthOf))).toBeLessThanOrEqual(width)
        expect(lines.join('').replaceAll(' ', '')).toBe(text.replaceAll(' ', ''))
      }),
    )
  })
})
