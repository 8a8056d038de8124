import { DomainctlError, type RRset } from '@domainctl/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeRdata, encodeRdata } from './rdata.ts'

describe('rdata', () => {
  it('holds any text in a TXT', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 600 }), (text) => {
        expect(decodeRdata('TXT', encodeRdata('TXT', text))).toBe(text)
      }),
    )
  })

  it('cuts a TXT into strings of 255 octets, also within a character', () => {
    expect(encodeRdata('TXT', '')).toEqual(Buffer.from([0]))
    expect(encodeRdata('TXT', 'x'.repeat(255))).toHaveLength(256)
    const long = encodeRdata('TXT', 'ü'.repeat(150))
    expect([long.readUInt8(0), long.readUInt8(256), long.length]).toEqual([255, 45, 302])
    expect(decodeRdata('TXT', long)).toBe('ü'.repeat(150))
  })

  it('holds addresses', () => {
    fc.assert(
      fc.property(fc.ipV4(), fc.ipV6(), (v4, v6) => {
        expect(decodeRdata('A', encodeRdata('A', v4))).toBe(v4)
        const again = decodeRdata('AAAA', encodeRdata('AAAA', v6))
        expect(again).toBe(new URL(`http://[${v6}]`).hostname.slice(1, -1))
      }),
    )
    expect(encodeRdata('AAAA', '::ffff:192.0.2.1').toString('hex')).toBe('00000000000000000000ffffc0000201')
    expect(encodeRdata('AAAA', '2001:db8::').toString('hex')).toBe('20010db8000000000000000000000000')
  })

  it.each([
    '0 issue "ca.example"',
    '128 issuewild ";"',
    '0 issue "ca.example; accounturi=https://ca.example/acct/1"',
    '0 iodef "say \\"hi\\" \\\\"',
  ])('holds the CAA %s', (text) => {
    expect(decodeRdata('CAA', encodeRdata('CAA', text))).toBe(text)
  })

  it.each<[RRset['type'], string]>([
    ['A', '192.0.2'],
    ['A', '2001:db8::1'],
    ['AAAA', '192.0.2.1'],
    ['AAAA', 'fe80::1%eth0'],
    ['CAA', 'issue ca.example'],
    ['CAA', '256 issue "ca.example"'],
    ['CAA', '0 issue "ca.example'],
  ])('refuses as %s the value %s', (type, value) => {
    expect(() => encodeRdata(type, value)).toThrow(expect.objectContaining({ code: 'PROVIDER_REFUSED' }))
  })

  it('never fails on what a server sends but by saying so', () => {
    const types = fc.constantFrom<RRset['type']>('TXT', 'CNAME', 'A', 'AAAA', 'CAA')
    fc.assert(
      fc.property(types, fc.uint8Array({ maxLength: 40 }), (type, octets) => {
        try {
          decodeRdata(type, octets)
        } catch (error) {
          expect(error).toBeInstanceOf(DomainctlError)
        }
      }),
      { numRuns: 2000 },
    )
  })
})
