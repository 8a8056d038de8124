import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { NameReader } from './name-reader.ts'
import { TYPE } from './resource-record.ts'
import { wireName } from './update.test.support.ts'
import { WireError } from './wire-name.ts'
import { readRdata } from './wire-rdata.ts'

/** A message with the name `Mail.Test` at 12 and the RDATA at 23. */
function read(type: number, ...rdata: readonly number[]): Buffer {
  const message = Buffer.concat([Buffer.alloc(12), wireName('Mail.Test'), Uint8Array.from(rdata), Buffer.of(1, 2, 3)])
  return Buffer.from(readRdata(new NameReader(message), type, 23, 23 + rdata.length))
}

const POINTER = [0xc0, 12] as const
const NAME = [...wireName('mail.test')]

describe('readRdata', () => {
  it.each([
    ['NS', TYPE.NS, [...POINTER], NAME],
    ['CNAME', TYPE.CNAME, [1, 0x57, ...POINTER], [1, 0x77, ...NAME]],
    ['PTR', TYPE.PTR, [...wireName('MAIL.test')], NAME],
    ['MX', TYPE.MX, [0, 10, ...POINTER], [0, 10, ...NAME]],
    ['SRV', TYPE.SRV, [0, 1, 0, 2, 1, 187, ...POINTER], [0, 1, 0, 2, 1, 187, ...NAME]],
    [
      'SOA',
      TYPE.SOA,
      [...POINTER, ...POINTER, ...new Array<number>(20).fill(7)],
      [...NAME, ...NAME, ...new Array<number>(20).fill(7)],
    ],
    ['A', TYPE.A, [192, 0, 2, 1], [192, 0, 2, 1]],
    ['TXT, case kept', TYPE.TXT, [1, 0x41, 0, 2, 0x42, 0x43], [1, 0x41, 0, 2, 0x42, 0x43]],
    ['CAA', TYPE.CAA, [0, 5, ...Buffer.from('issueca.test')], [0, 5, ...Buffer.from('issueca.test')]],
    ['an unknown type, opaque', 65280, [...POINTER], [...POINTER]],
    ['an unknown type, empty', 65280, [], []],
  ])('reads %s with its names uncompressed and in lower case', (_what, type, rdata, expected) => {
    expect([...read(type, ...rdata)]).toEqual(expected)
  })

  it.each([
    ['A of 3 octets', TYPE.A, [192, 0, 2]],
    ['A of 5 octets', TYPE.A, [192, 0, 2, 1, 0]],
    ['A of none', TYPE.A, []],
    ['AAAA of 15 octets', TYPE.AAAA, new Array<number>(15).fill(0)],
    ['CNAME with more behind it', TYPE.CNAME, [...NAME, 0]],
    ['CNAME that ends beyond its RDATA', TYPE.CNAME, [1]],
    ['CNAME with a pointer to itself', TYPE.CNAME, [0xc0, 23]],
    ['MX without a name', TYPE.MX, [0, 10]],
    ['SOA that is cut off', TYPE.SOA, [...POINTER, ...POINTER, 1, 2, 3]],
    ['SRV without a name', TYPE.SRV, [0, 1, 0, 2, 1, 187]],
    ['TXT without a string', TYPE.TXT, []],
    ['TXT whose string is cut off', TYPE.TXT, [0, 2, 0x41]],
    ['CAA without a tag', TYPE.CAA, [0, 0, 0x41]],
    ['CAA of its flags alone', TYPE.CAA, [0]],
    ['CAA with a tag that is none', TYPE.CAA, [0, 1, 0x2d, 0x41]],
    ['CAA with a tag beyond its end', TYPE.CAA, [0, 9, 0x41]],
  ])('refuses %s', (_what, type, rdata) => {
    expect(() => read(type, ...rdata)).toThrow(WireError)
  })

  it('gives the same again for what it gave, and throws nothing but its own error', () => {
    const type = fc.oneof(fc.constantFrom(...Object.values(TYPE)), fc.nat(0xffff))
    fc.assert(
      fc.property(type, fc.uint8Array({ maxLength: 80 }), (number, octets) => {
        try {
          const rdata = read(number, ...octets)
          expect(read(number, ...rdata)).toEqual(rdata)
        } catch (error) {
          expect(error).toBeInstanceOf(WireError)
        }
      }),
      { numRuns: 500 },
    )
  })
})
