import { decode, encode } from 'dns-packet'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { exampleOf, rdataOf, valueFrom } from './record-text.ts'
import { TYPE } from './resource-record.ts'

const roundTrip = (type: Parameters<typeof rdataOf>[0], value: string) => {
  const rdata = rdataOf(type, value)
  return rdata && valueFrom(type, rdata)
}

/** Any characters, halves of pairs too. */
const text = fc.string({ unit: fc.oneof(fc.nat(0x7f), fc.nat(0xffff)).map((code) => String.fromCharCode(code)) })

describe('values of records', () => {
  it.each([
    ['A', '192.0.2.1', '192.0.2.1'],
    ['AAAA', '2001:DB8:0:0::1', '2001:db8::1'],
    ['AAAA', '::', '::'],
    ['AAAA', '::ffff:192.0.2.1', '::ffff:c000:201'],
    ['AAAA', '1:2:3:4:5:6:7:8', '1:2:3:4:5:6:7:8'],
    ['CNAME', 'Other.Example.test.', 'other.example.test'],
    ['NS', 'ns1.bücher.test', 'ns1.xn--bcher-kva.test'],
    ['MX', '10  Mail.example.test', '10 mail.example.test'],
    ['MX', '0 .', '0 .'],
    ['CAA', '0 issue "ca.example"', '0 issue "ca.example"'],
    ['CAA', '128 ISSUE ca.example', '128 issue "ca.example"'],
    ['CAA', '0 issue ";"', '0 issue ";"'],
    ['CAA', '0 issue ""', '0 issue ""'],
    ['CAA', String.raw`0 iodef "a\"b\\c\007\d"`, String.raw`0 iodef "a\"b\\c\007d"`],
    ['TXT', '', ''],
    ['TXT', 'plain "text" \\ with; all', 'plain "text" \\ with; all'],
  ] as const)('%s %s is %s', (type, value, canonical) => {
    expect(roundTrip(type, value)).toBe(canonical)
  })

  it.each([
    ['A', '1.2.3'],
    ['A', '1.2.3.04'],
    ['A', '::1'],
    ['AAAA', '1.2.3.4'],
    ['AAAA', 'fe80::1%lo'],
    ['CNAME', ''],
    ['CNAME', '*.example.test'],
    ['NS', '127.0.0.1'],
    ['MX', 'mail.example.test'],
    ['MX', '65536 mail.example.test'],
    ['CAA', '256 issue "x"'],
    ['CAA', '0 is-sue "x"'],
    ['CAA', '0 issue "x'],
    ['CAA', '0 issue x y'],
    ['CAA', String.raw`0 issue "\256"`],
    ['TXT', '\ud800'],
    ['TXT', 'x'.repeat(64_000)],
  ] as const)('refuses %s %s', (type, value) => {
    expect(rdataOf(type, value)).toBeUndefined()
  })

  it('cuts long text into character strings of 255 octets', () => {
    const rdata = rdataOf('TXT', 'ü'.repeat(200))
    expect(rdata?.[0]).toBe(255)
    expect(rdata?.[256]).toBe(145)
    expect(rdata).toHaveLength(402)
  })

  it('gives any text back', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 400 }), (text) => {
        expect(roundTrip('TXT', text)).toBe(text)
      }),
    )
  })

  it('gives any CAA value back, whatever its octets', () => {
    const tag = fc.stringMatching(/^[a-z\d]{1,15}$/)
    fc.assert(
      fc.property(fc.nat(255), tag, fc.uint8Array({ maxLength: 300 }), (flags, name, value) => {
        const rdata = Uint8Array.of(flags, name.length, ...Buffer.from(name), ...value)
        expect(rdataOf('CAA', valueFrom('CAA', rdata))).toEqual(rdata)
      }),
    )
  })

  it('reads and prints IPv6 addresses, those of dns-packet too', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), fc.nat(15), (octets, zeros) => {
        const rdata = octets.map((octet, index) => (index < zeros ? 0 : octet))
        const message = encode({ answers: [{ type: 'NULL', name: '.', data: Buffer.from(rdata) }] })
        message[14] = TYPE.AAAA
        const [answer] = decode(message).answers ?? []
        const theirs = answer?.type === 'AAAA' ? answer.data : ''
        expect(rdataOf('AAAA', theirs)).toEqual(rdata)
        expect(rdataOf('AAAA', valueFrom('AAAA', rdata))).toEqual(rdata)
      }),
    )
  })

  it('never throws for text', () => {
    const types = ['A', 'AAAA', 'CAA', 'CNAME', 'MX', 'NS', 'TXT'] as const
    fc.assert(
      fc.property(fc.constantFrom(...types), text, (type, some) => {
        const value = roundTrip(type, some)
        if (value !== undefined) expect(roundTrip(type, value)).toBe(value)
      }),
    )
  })

  it('knows only its own types', () => {
    expect(exampleOf('MX')).toBe('10 mail.example.test')
    for (const type of ['SRV', 'toString', '__proto__', '']) expect(exampleOf(type)).toBeUndefined()
  })
})
