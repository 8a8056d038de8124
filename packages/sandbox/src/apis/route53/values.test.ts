import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { nameText, orderOf, readName } from './names.ts'
import { readValue, writeValue } from './values.ts'

describe('names', () => {
  it.each([
    ['www.example.test', 'www.example.test'],
    ['WWW.Example.test.', 'www.example.test'],
    ['\\052.example.test', '*.example.test'],
    ['*.example.test.', '*.example.test'],
    ['_acme\\055challenge.example.test', '_acme-challenge.example.test'],
  ])('%s is %s', (text, name) => {
    expect(readName(text)).toEqual({ name })
  })

  it.each([
    ['', /DomainNameEmpty/],
    ['.', /DomainNameEmpty/],
    ['a..example.test', /DomainLabelEmpty/],
    [`${'a'.repeat(64)}.test`, /DomainLabelTooLong/],
    [`${'a.'.repeat(130)}test`, /DomainNameTooLong/],
    ['a b.test', /UnsupportedCharacter/],
    ['a.*.test', /UnsupportedCharacter/],
    ['é.test', /UnsupportedCharacter/],
  ])('%o is none', (text, problem) => {
    expect(readName(text)).toEqual({ problem: expect.stringMatching(problem) })
  })

  it('are answered escaped, and sorted by their labels reversed, with a dot at the end', () => {
    expect(nameText('*.example.test')).toBe('\\052.example.test.')
    const names = ['b.example.test', 'example.test', 'a-b.example.test', 'a.example.test', '*.example.test', 'x.a.example.test']
    const sorted = names.toSorted((left, right) => (orderOf(left) < orderOf(right) ? -1 : 1))
    expect(sorted).toEqual([
      'example.test',
      '*.example.test',
      'a-b.example.test',
      'a.example.test',
      'x.a.example.test',
      'b.example.test',
    ])
  })
})

describe('values', () => {
  it.each([
    ['A', '192.0.2.1', '192.0.2.1'],
    ['AAAA', '2001:DB8::1', '2001:db8::1'],
    ['CNAME', 'Target.Example.test.', 'target.example.test'],
    ['NS', 'ns.example.test', 'ns.example.test'],
    ['MX', '10 mail.example.test.', '10 mail.example.test'],
    ['CAA', '0 issue "ca.test; a=b"', '0 issue "ca.test; a=b"'],
    ['TXT', '"a"', 'a'],
    ['TXT', '""', ''],
    ['TXT', '"a" "b"', 'ab'],
    ['TXT', '"a""b"', 'ab'],
    ['TXT', '"a \\"b\\" \\\\"', 'a "b" \\'],
    ['TXT', '"\\303\\251"', 'é'],
    ['TXT', '"\\303" "\\251"', 'é'],
    ['TXT', `"${'a'.repeat(255)}" "b"`, `${'a'.repeat(255)}b`],
  ] as const)('%s %s', (type, text, plain) => {
    expect(readValue(type, text)).toMatchObject({ plain })
  })

  it.each([
    ['A', '192.0.2', /ARRDATAIllegalIPv4Address/],
    ['A', ' 192.0.2.1', /ARRDATAIllegalIPv4Address/],
    ['AAAA', '192.0.2.1', /IllegalIPv6Address/],
    ['AAAA', 'fe80::1%eth0', /IllegalIPv6Address/],
    ['CNAME', 'a..b', /DomainLabelEmpty/],
    ['MX', 'mail.example.test', /not valid/],
    ['MX', '70000 mail.example.test', /not valid/],
    ['CAA', '0 issue ca.test', /not valid/],
    ['CAA', '256 issue "ca.test"', /not valid/],
    ['TXT', 'a', /InvalidCharacterString/],
    ['TXT', '', /InvalidCharacterString/],
    ['TXT', '"a" b', /InvalidCharacterString/],
    ['TXT', '"a"b"', /InvalidCharacterString/],
    ['TXT', '"a\\"', /InvalidCharacterString/],
    ['TXT', '"a\\x"', /InvalidCharacterString/],
    ['TXT', '"é"', /UnsupportedCharacter/],
    ['TXT', '"a\nb"', /UnsupportedCharacter/],
    ['TXT', '"\\377"', /UnsupportedCharacter/],
    ['TXT', `"${'a'.repeat(256)}"`, /CharacterStringTooLong/],
    ['TXT', `"${'\\303\\251'.repeat(128)}"`, /CharacterStringTooLong/],
    [
      'TXT',
      Array(20)
        .fill(`"${'a'.repeat(250)}"`)
        .join(' '),
      /CharacterStringTooLong/,
    ],
  ] as const)('%s %s is none', (type, text, problem) => {
    expect(readValue(type, text)).toEqual({ problem: expect.stringMatching(problem) })
  })

  it('are read as they were written', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 300 }).filter((value) => value.isWellFormed())
    fc.assert(
      fc.property(text, (plain) => {
        expect(readValue('TXT', writeValue('TXT', plain))).toMatchObject({ plain })
      }),
    )
    for (const [type, plain] of [
      ['MX', '10 mail.test'],
      ['CNAME', 'a.test'],
      ['CAA', '0 issue "ca.test"'],
      ['A', '192.0.2.1'],
    ] as const) {
      expect(readValue(type, writeValue(type, plain))).toMatchObject({ plain })
    }
  })

  it('of any text are read without a throw', () => {
    const types = fc.constantFrom('A', 'AAAA', 'CAA', 'CNAME', 'MX', 'NS', 'TXT')
    fc.assert(
      fc.property(
        types,
        fc.oneof(
          fc.string(),
          fc.string().map((inner) => `"${inner}"`),
        ),
        (type, text) => {
          const read = readValue(type, text)
          expect('problem' in read || typeof read.plain === 'string').toBe(true)
        },
      ),
    )
  })
})
