import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type IssueValue, readIssueValue } from './caa-issue.ts'

const parameter = (tag: string, value: string) => ({ tag, value })

test.each<[string, IssueValue]>([
  ['', { issuer: '', parameters: [] }],
  [';', { issuer: '', parameters: [] }],
  [' \t ; \t ', { issuer: '', parameters: [] }],
  ['ca.test', { issuer: 'ca.test', parameters: [] }],
  [' CA.Test\t', { issuer: 'ca.test', parameters: [] }],
  ['ca.test;', { issuer: 'ca.test', parameters: [] }],
  ['a--b.c1', { issuer: 'a--b.c1', parameters: [] }],
  ['ca.test; a=b', { issuer: 'ca.test', parameters: [parameter('a', 'b')] }],
  ['ca.test;A-1 = b=c ; d=', { issuer: 'ca.test', parameters: [parameter('a-1', 'b=c'), parameter('d', '')] }],
  ['ca.test; a=1; a=2', { issuer: 'ca.test', parameters: [parameter('a', '1'), parameter('a', '2')] }],
  ['; a=b', { issuer: '', parameters: [parameter('a', 'b')] }],
])('%j is read', (text, value) => {
  expect(readIssueValue(text)).toEqual(value)
})

test.each([
  ['a dot at its end', 'ca.test.'],
  ['an empty label', 'ca..test'],
  ['a dot alone', '.'],
  ['a hyphen at an end', '-ca.test'],
  ['a hyphen at the other end', 'ca-.test'],
  ['a wildcard', '*.test'],
  ['an underscore', 'ca_1.test'],
  ['two names', 'ca.test other.test'],
  ['a parameter without its semicolon', 'ca.test a=b'],
  ['a parameter without a value', 'ca.test; a'],
  ['a parameter without a tag', 'ca.test; =b'],
  ['a tag with a dot', 'ca.test; a.b=c'],
  ['a tag that ends in a hyphen', 'ca.test; a-=c'],
  ['a space in a value', 'ca.test; a=b c'],
  ['a comma for a semicolon before another', 'ca.test, a=b'],
  ['a semicolon after the last parameter', 'ca.test; a=b;'],
  ['two semicolons', 'ca.test;; a=b'],
  ['two semicolons and nothing', 'ca.test;;'],
  ['another kind of space', '\u00a0ca.test'],
  ['a line break', 'ca.test\n'],
  ['a NUL', 'ca.test\0'],
  ['octets that were no UTF-8', 'ca.test; a=\ufffd'],
])('a value with %s is malformed', (_, text) => {
  expect(readIssueValue(text)).toBeUndefined()
})

describe('any value', () => {
  const label = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?$/)
  const issuer = fc.oneof(
    fc.constant(''),
    fc.array(label, { minLength: 1, maxLength: 4 }).map((labels) => labels.join('.')),
  )
  const space = fc.stringMatching(/^[ \t]{0,3}$/)
  const parameters = fc.array(fc.record({ tag: label, value: fc.stringMatching(/^[!-:<-~]{0,12}$/) }), { maxLength: 4 })

  test('that follows the grammar is read, however it is spaced', () => {
    fc.assert(
      fc.property(issuer, parameters, space, space, fc.boolean(), (name, all, before, after, isUpper) => {
        const texts = all.map(
          ({ tag, value }) => `;${before}${isUpper ? tag.toUpperCase() : tag}${after}=${before}${value}${after}`,
        )
        expect(readIssueValue(`${before}${name}${after}${texts.join('')}`)).toEqual({ issuer: name, parameters: all })
      }),
    )
  })

  test('is read as what it says or not at all', () => {
    const characters = fc.constantFrom(...'ab1.-;= \t"\\\0é')
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: characters })), (text) => {
        const value = readIssueValue(text)
        if (!value) return
        const printed = [value.issuer, ...value.parameters.map(({ tag, value: of }) => `${tag}=${of}`)].join(';')
        // Tags and issuers are told in lower case; values keep theirs.
        expect(printed.toLowerCase()).toBe(text.replace(/[ \t]/g, '').replace(/;$/, '').toLowerCase())
      }),
      { numRuns: 500 },
    )
  })

  test.each([' ', '\t', '-', 'a', '.', ';', '=', 'a.', 'a-', ' ;', '= '])('of 64 KB of %j is read at once', (piece) => {
    const run = piece.repeat(65_536 / piece.length)
    // Of this process: on a busy machine more time passes.
    const before = process.cpuUsage()
    for (const text of [`a${run}!`, `a;a=${run}\x01`, `a;${run}\x01`, `${run}\x01`]) readIssueValue(text)
    expect(process.cpuUsage(before).user).toBeLessThan(1_000_000)
  })
})
