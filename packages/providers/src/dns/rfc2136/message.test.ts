import { DomainctlError } from '@domainctl/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeAnswer, encodeRequest, OPCODE, type ResourceRecord, TYPE } from './message.ts'
import { canonicalName, encodeName, isWithin, labelText } from './name.ts'
import { WireReader } from './wire-reader.ts'

const label = fc.stringMatching(/^[a-z0-9_*-]{1,20}$/)
const name = fc.array(label, { maxLength: 8 }).map((labels) => labels.join('.'))
const record: fc.Arbitrary<ResourceRecord> = fc.record({
  name,
  type: fc.constantFrom(TYPE.A, TYPE.TXT, TYPE.AAAA, TYPE.CAA, TYPE.TSIG),
  class: fc.constantFrom(1, 254, 255),
  ttl: fc.nat(2 ** 31 - 1),
  rdata: fc.uint8Array({ maxLength: 300 }).map((octets) => Buffer.from(octets)),
})

describe('messages', () => {
  it('are read as they were written', () => {
    fc.assert(
      fc.property(fc.nat(65535), name, fc.array(record), fc.array(record), (id, zone, prerequisites, updates) => {
        const request = { opcode: OPCODE.UPDATE, question: { name: zone, type: TYPE.SOA, class: 1 }, prerequisites, updates }
        const read = decodeAnswer(encodeRequest(id, request))
        expect(read).toMatchObject({ id, opcode: OPCODE.UPDATE, rcode: 0, response: false, questions: [request.question] })
        expect(read.answers).toEqual(prerequisites)
        expect(read.authorities).toEqual(updates)
      }),
    )
  })

  it('are refused with one kind of error when they are garbage', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => readsOrRefuses(bytes)),
      { numRuns: 2000 },
    )
  })

  it('are refused with one kind of error when they are changed or cut', () => {
    const whole = encodeRequest(7, {
      opcode: OPCODE.UPDATE,
      question: { name: 'example.test', type: TYPE.SOA, class: 1 },
      updates: [{ name: 'a.example.test', type: TYPE.CNAME, class: 1, ttl: 1, rdata: encodeName('b.example.test') }],
    })
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.nat(255), fc.nat(whole.length), (at, octet, length) => {
        const changed = Buffer.from(whole)
        changed.writeUInt8(octet, at)
        readsOrRefuses(changed)
        readsOrRefuses(changed.subarray(0, length))
      }),
      { numRuns: 2000 },
    )
    expect(() => decodeAnswer(whole.subarray(0, -1))).toThrow('ends too early')
    expect(() => decodeAnswer(Buffer.concat([whole, Buffer.from([0])]))).toThrow('follow after its last record')
  })

  it('have the name in a CNAME uncompressed', () => {
    const owner = encodeName('alias.example.test')
    const fixed = Buffer.from('000500010000003c0006', 'hex')
    // `new`, then a pointer to `example.test` within the owner, which starts after the header.
    const target = Buffer.from('036e6577c012', 'hex')
    const header = Buffer.from('000180000000000100000000', 'hex')
    const answer = decodeAnswer(Buffer.concat([header, owner, fixed, target]))
    expect(answer.answers[0]?.rdata).toEqual(encodeName('new.example.test'))
  })

  it.each([
    ['to itself', 'c00c'],
    ['forwards', 'c00e00'],
    ['to and fro', '0161c00c'],
  ])('are refused when a compressed name points %s', (_, hex) => {
    const header = Buffer.from('000180000001000000000000', 'hex')
    expect(() => decodeAnswer(Buffer.concat([header, Buffer.from(`${hex}00010001`, 'hex')]))).toThrow('point backwards')
  })
})

it('end where a name points back, then forth', () => {
  const reader = new WireReader(Buffer.from('c002c000c002', 'hex'))
  reader.offset = 4
  expect(() => reader.name()).toThrow('point backwards')
})

function readsOrRefuses(bytes: Uint8Array): void {
  try {
    decodeAnswer(bytes)
  } catch (error) {
    expect(error).toBeInstanceOf(DomainctlError)
    expect(error).toMatchObject({ code: 'PROVIDER_UNREACHABLE' })
  }
}

describe('names', () => {
  it('are read as they were written', () => {
    fc.assert(
      fc.property(name, (text) => {
        expect(new WireReader(encodeName(text)).name()).toBe(text)
      }),
    )
    expect(encodeName('a.test.')).toEqual(encodeName('a.test'))
  })

  it('are at most 255 octets, of labels of at most 63', () => {
    expect(encodeName(`${'a'.repeat(63)}.test`)).toHaveLength(70)
    expect(encodeName([...Array(3).fill('a'.repeat(63)), 'a'.repeat(61)].join('.'))).toHaveLength(255)
    const wrong = [
      'a'.repeat(64),
      'a..b',
      '.a',
      'grüße.test',
      'a b.test',
      [...Array(3).fill('a'.repeat(63)), 'a'.repeat(62)].join('.'),
    ]
    for (const text of wrong) expect(() => encodeName(text), text).toThrow(expect.objectContaining({ code: 'NAME_INVALID' }))
  })

  it('show a dot within a label, so that it cannot pass for two labels', () => {
    expect(labelText(Buffer.from('evil.example'))).toBe('evil\\046example')
    expect(labelText(Buffer.from([0xff, 0x5c]))).toBe('\\255\\092')
  })

  it('are within a zone by whole labels', () => {
    expect(isWithin('a.Example.test', 'example.TEST.')).toBe(true)
    expect(isWithin('example.test', 'example.test')).toBe(true)
    expect(isWithin('evil-example.test', 'example.test')).toBe(false)
    expect(isWithin('test', 'example.test')).toBe(false)
    expect(canonicalName('WWW.Example.')).toBe('www.example')
  })
})
