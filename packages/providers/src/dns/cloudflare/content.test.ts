import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonicalValue, plainValue, quotedText, recordFor, textOf, ttlOf } from './content.ts'

describe('TXT', () => {
  it('comes back as it was written, whatever it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 700 }), (text) => {
        expect(textOf(quotedText(text))).toBe(text)
      }),
    )
  })

  it('is written in strings of printable ASCII, none over 255 octets', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 700 }), (text) => {
        const strings = quotedText(text).match(/"(?:[^"\\]|\\\d{3}|\\.)*"/g) ?? []
        expect(strings.join(' ')).toBe(quotedText(text))
        expect(quotedText(text)).toMatch(/^[ -~]*$/)
        for (const string of strings) expect(string.slice(1, -1).replace(/\\\d{3}|\\./g, 'x').length).toBeLessThanOrEqual(255)
      }),
    )
  })

  it('is read without failing, whatever the API has', () => {
    fc.assert(fc.property(fc.string({ unit: fc.constantFrom('"', '\\', ' ', '9', '0', 'a', 'ü') }), (text) => void textOf(text)))
  })

  it.each([
    ['"quoted"', 'quoted'],
    ['not quoted', 'not quoted'],
    ['say "hello"', 'say "hello"'],
    ['"one" and more', '"one" and more'],
    ['"open', '"open'],
    ['""', ''],
    ['', ''],
    // libdns/cloudflare#32: long values come back in several strings.
    ['"first " "second"', 'first second'],
    ['"first""second"', 'firstsecond'],
    ['"\\"x\\" \\\\ \\065"', '"x" \\ A'],
    ['"gr\\195\\188\\195\\159e"', 'grüße'],
    ['"grüße"', 'grüße'],
    ['"\\999"', '999'],
  ])('%s reads as %s', (content, text) => {
    expect(textOf(content)).toBe(text)
  })

  it('keeps its case', () => {
    expect(plainValue({ type: 'TXT', content: '"AbC"' })).toBe('AbC')
    expect(canonicalValue('TXT', ' AbC. ')).toBe(' AbC. ')
  })
})

describe('other types', () => {
  const at = { name: 'WWW.example.test.', ttl: 30 }

  it.each([
    ['CNAME', 'Target.Example.', 'target.example'],
    ['AAAA', '2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
    ['A', '192.0.2.1', '192.0.2.1'],
  ] as const)('%s %s is written as %s, never proxied', (type, value, content) => {
    expect(recordFor({ ...at, type }, value)).toEqual({ name: 'www.example.test', type, ttl: 60, content, proxied: false })
  })

  it('CAA is written by its parts', () => {
    const record = recordFor({ ...at, type: 'CAA' }, '128 Issue "ca.test; policy=\\"x\\""')
    expect(record).toEqual({
      name: 'www.example.test',
      type: 'CAA',
      ttl: 60,
      data: { flags: 128, tag: 'issue', value: 'ca.test; policy="x"' },
    })
    expect(canonicalValue('CAA', '0 ISSUE ca.test')).toBe('0 issue "ca.test"')
  })

  it.each(['', 'issue "ca.test"', '256 issue "x"', '0 issue "open'])('refuses %j as CAA', (value) => {
    expect(() => recordFor({ ...at, type: 'CAA' }, value)).toThrow(expect.objectContaining({ code: 'PROVIDER_REFUSED' }))
  })

  it('has the same form for a value and for that form', () => {
    fc.assert(
      fc.property(fc.constantFrom('A', 'AAAA', 'CNAME', 'CAA', 'TXT'), fc.oneof(fc.string(), fc.ipV6()), (type, value) => {
        const once = canonicalValue(type, value)
        if (type !== 'CNAME' || !once.endsWith('.')) expect(canonicalValue(type, once)).toBe(once)
      }),
    )
  })
})

it.each([
  [0, 60],
  [1, 60],
  [59.5, 60],
  [120, 120],
  [604_800, 86_400],
])('a TTL of %d becomes %d', (ttl, seconds) => {
  expect(ttlOf({ type: 'A', ttl })).toBe(seconds)
  expect(ttlOf({ type: 'TXT', ttl, proxied: true })).toBe(seconds)
  expect(ttlOf({ type: 'A', ttl, proxied: true })).toBe(1)
})
