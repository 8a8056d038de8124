import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseZoneName, readZones } from './zone-name.ts'

describe('the name of a zone', () => {
  it.each([
    ['ZZ.Example.TEST', 'zz.example.test'],
    ['zz.example.test.', 'zz.example.test'],
    ['bücher.example.test', 'xn--bcher-kva.example.test'],
    ['BÜCHER.example.test.', 'xn--bcher-kva.example.test'],
    ['bu\u0308cher。example。test', 'xn--bcher-kva.example.test'],
    ['internal', 'internal'],
    ['_acme.example.test', '_acme.example.test'],
    ['2.0.192.in-addr.arpa', '2.0.192.in-addr.arpa'],
  ])('%s is %s', (written, name) => {
    expect(parseZoneName(written)).toBe(name)
  })

  it.each([
    '',
    '.',
    '*',
    '*.x',
    '*.example.test',
    'a.*.test',
    'a..test',
    '.test',
    'a.test..',
    'https://example.test',
    'example.test:53',
    'example.test/',
    'exa mple.test',
    '192.0.2.1',
    '2001:db8::1',
    '-a.test',
    `${'a'.repeat(64)}.test`,
    `${'a.'.repeat(127)}test`,
    'ex\u0000ample.test',
    'x'.repeat(100_000),
  ])('%j is none', (written) => {
    expect(parseZoneName(written)).toBeNull()
  })

  it('is itself when it is read again, whatever was written', () => {
    fc.assert(
      fc.property(fc.oneof(fc.domain(), fc.string({ unit: 'grapheme' })), (written) => {
        const name = parseZoneName(written)
        if (name !== null) expect(parseZoneName(name)).toBe(name)
      }),
    )
  })
})

describe('zones of a configuration', () => {
  it('are each at its name in the DNS', () => {
    expect(readZones({ 'A.test.': 'one', 'bücher.test': 'two' }, 'zones')).toEqual({
      'a.test': 'one',
      'xn--bcher-kva.test': 'two',
    })
    expect(readZones({ 'a.test': 'one', 'A.TEST': 'one' }, 'zones')).toEqual({ 'a.test': 'one' })
    expect(readZones({ constructor: 'one' }, 'zones')).toEqual({ constructor: 'one' })
  })

  it.each<[Record<string, string>, RegExp, RegExp]>([
    [{ '*.a.test': 'one' }, /^zones: "\*\.a\.test" is not the name of a zone\.$/, /asterisk out, as in a\.test\.$/],
    [{ '*': 'one' }, /^zones: "\*" is not/, /asterisk out\.$/],
    [{ 'a b': 'one' }, /^zones: "a b" is not/, /example\.com/],
    [
      { 'a.test': 'one', 'A.test.': 'two' },
      /the zone a\.test is given to two providers, "a\.test" to one and "A\.test\." to two/,
      /Leave/,
    ],
  ])('%j are refused', (zones, message, hint) => {
    const refused = { code: 'CONFIG_INVALID', message: expect.stringMatching(message), hint: expect.stringMatching(hint) }
    expect(() => readZones(zones, 'zones')).toThrow(expect.objectContaining(refused))
  })
})
