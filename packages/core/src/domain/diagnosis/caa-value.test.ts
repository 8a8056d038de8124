import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatIssueValue, parseIssueValue } from './caa-value.ts'

test.each([
  ['', '', []],
  [' ; ', '', []],
  ['CA.example', 'ca.example', []],
  ['\tca.example ;', 'ca.example', []],
  [
    'ca.example; AccountURI = https://ca.example/1?a=b ;b=',
    'ca.example',
    [
      ['accounturi', 'https://ca.example/1?a=b'],
      ['b', ''],
    ],
  ],
  [
    '; a=1; a=2',
    '',
    [
      ['a', '1'],
      ['a', '2'],
    ],
  ],
])('%j is read', (text, issuer, parameters) => {
  expect(parseIssueValue(text)).toEqual({ issuer, parameters: parameters.map(([tag, value]) => ({ tag, value })) })
})

test.each([
  'ca.example.',
  'ca..example',
  '-ca.example',
  'ca_1.example',
  '*.example',
  'ca.example a=b',
  'ca.example, other.example',
  'ca.example; a',
  'ca.example; =b',
  'ca.example; a_b=c',
  'ca.example; a=b c',
  'ca.example; a=b;',
  'ca.example;;',
  'ca.example\n',
  'ca.example; a=\ufffd',
])('%j is malformed', (text) => {
  expect(parseIssueValue(text)).toBeUndefined()
})

const word = fc.stringMatching(/^[a-z\d]([a-z\d-]{0,6}[a-z\d])?$/)
const value = fc.record({
  issuer: fc.array(word, { maxLength: 4 }).map((labels) => labels.join('.')),
  parameters: fc.array(fc.record({ tag: word, value: fc.stringMatching(/^[!-:<-~]{0,12}$/) }), { maxLength: 4 }),
})

test('what is written is read back, however it is spaced', () => {
  fc.assert(
    fc.property(value, fc.stringMatching(/^[ \t]{0,3}$/), (issueValue, space) => {
      expect(parseIssueValue(formatIssueValue(issueValue).replaceAll(';', `${space};${space}`))).toEqual(issueValue)
    }),
  )
})

test('any text is read or refused, at once, and what is read says the same', () => {
  const likely = fc.string({ unit: fc.constantFrom(...'ab1.-;= \t"\\\0é'), maxLength: 40 })
  fc.assert(
    fc.property(fc.oneof(likely, fc.string({ unit: 'binary' })), (text) => {
      const read = parseIssueValue(text)
      if (read) expect(parseIssueValue(formatIssueValue(read))).toEqual(read)
    }),
    { numRuns: 500 },
  )
  // Of this process: on a busy machine more time passes.
  const before = process.cpuUsage()
  for (const piece of [' ', '-', 'a.', '; ', '= ']) parseIssueValue(`ca.example; a=${piece.repeat(30_000)}\0`)
  expect(process.cpuUsage(before).user).toBeLessThan(1_000_000)
})
