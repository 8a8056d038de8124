import fc from 'fast-check'
import { expect, test } from 'vitest'
import { andMore, duration, plainName, sentences } from './sentence.ts'

const anyCharacter = fc.nat(0x10ffff).map((code) => String.fromCodePoint(code))

test('sentences have one full stop each, and stay few', () => {
  expect(sentences(['One.', 'Two'])).toBe('One. Two.')
  expect(sentences(['a', 'b', 'c', 'd', 'e'])).toBe('a. b. c. There are 2 more like these.')
  expect(sentences([])).toBe('')
})

test.each([
  [['a'], 'a'],
  [['a', 'b', 'c'], 'a, b, c'],
  [['a', 'b', 'c', 'd', 'e'], 'a, b, c, and 2 more'],
  [[], ''],
])('%j is named as %j', (texts, sentence) => {
  expect(andMore(texts)).toBe(sentence)
})

test.each([
  [0, '0 s'],
  [59.2, '60 s'],
  [91, '2 min'],
  [2_520, '42 min'],
  [5_401, '2 h'],
  [86_400, '24 h'],
  [604_800, '7 days'],
])('%d seconds are %s', (seconds, words) => {
  expect(duration(seconds)).toBe(words)
})

test('a name of any octets is safe for a terminal, and short', () => {
  expect(plainName('ns1.example.test')).toBe('ns1.example.test')
  expect(plainName('')).toBe('the root')
  expect(plainName('a\u001b[2J.test')).toBe('a\\u{1b}[2J.test')
  fc.assert(
    fc.property(fc.string({ unit: anyCharacter, maxLength: 600 }), (name) => {
      expect(plainName(name)).toMatch(/^[ -~…]{1,2600}$/)
    }),
  )
})
