import fc from 'fast-check'
import { expect, it } from 'vitest'
import { jsonText } from './json-text.ts'

it('keeps to its line and to its direction, whatever is in it, and is the same to a parser', () => {
  const hostile = fc.string({
    unit: fc.oneof(
      fc.constantFrom('\u009b', '\u0085', '\u2028', '\u202e', '\u2066', '\u007f', '"', '\\', 'u'),
      fc.string({ unit: 'binary' }),
    ),
  })
  // Once V8 has read a key that is a lone backslash, it reads keys that begin with an escape as that (nodejs/node#63785).
  const key = hostile.map((text) => text.replaceAll('\\', '/'))
  fc.assert(
    fc.property(fc.dictionary(key, fc.array(hostile)), (value) => {
      const line = jsonText(value)
      expect(line).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u)
      expect(JSON.parse(line)).toEqual(JSON.parse(JSON.stringify(value)))
      expect(JSON.parse(jsonText(value, 2))).toEqual(JSON.parse(line))
    }),
  )
})

it('keeps a backslash in a key', () => {
  expect(jsonText({ '\\\u202e': '\\' })).toBe('{"\\\\\\u202e":"\\\\"}')
})

it('leaves letters of all alphabets as they are', () => {
  expect(jsonText({ name: 'bücher.example', ' ': '字 🦊' })).toBe('{"name":"bücher.example"," ":"字 🦊"}')
})
