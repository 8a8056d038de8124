import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { TYPE } from './resource-record.ts'
import { OPCODE_UPDATE, uint16, updateMessage, wireName } from './update.test.support.ts'
import { readMessage, replyTo } from './wire-message.ts'
import { WireError } from './wire-name.ts'

const A = { name: 'www.example.test', type: TYPE.A, ttl: 60, rdata: [192, 0, 2, 1] }

describe('readMessage', () => {
  it('takes all sections apart', () => {
    const message = updateMessage({ prerequisites: [A], updates: [A, A], additionals: [A] })
    const { question, answers, authorities, additionals } = readMessage(message)
    expect(question).toEqual({ name: 'example.test', type: TYPE.SOA, class: 1, end: 30 })
    expect([answers.length, authorities.length, additionals.length]).toEqual([1, 2, 1])
    const [record] = answers
    expect(record).toMatchObject({ name: A.name, type: TYPE.A, class: 1, ttl: 60 })
    expect([...message.subarray(record?.rdataStart, record?.end)]).toEqual(A.rdata)
  })

  it('refuses every part of a message, and one with more behind it', () => {
    const message = updateMessage({ prerequisites: [A], updates: [A] })
    for (let length = 0; length < message.length; length++) {
      expect(() => readMessage(message.subarray(0, length)), `${length} octets`).toThrow(WireError)
    }
    expect(() => readMessage(Buffer.concat([message, Buffer.of(0)]))).toThrow(WireError)
  })

  it('refuses more than one question before it reads their names', () => {
    const zone = { name: 'example.test', type: TYPE.SOA }
    const message = updateMessage({ zone: [zone, zone] })
    expect(() => readMessage(message)).toThrow('more than one question')
    // A label of no known kind in place of the first name.
    expect(() => readMessage(message.fill(0x7f, 12))).toThrow('more than one question')
  })

  it('reads any octets or throws its own error', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (octets) => {
        try {
          readMessage(octets)
        } catch (error) {
          expect(error).toBeInstanceOf(WireError)
        }
        expect(replyTo(octets, 1).length).toBeLessThanOrEqual(Math.max(12, octets.length))
      }),
    )
  })
})

describe('replyTo', () => {
  it('has the ID, the opcode and the question of the request, its case kept', () => {
    const zone = [{ name: 'ExAmPlE.test', type: TYPE.SOA }]
    const reply = Buffer.from(replyTo(updateMessage({ id: 0xbeef, zone, updates: [A] }), 5))
    const header = [0xbeef, 0x8000 | OPCODE_UPDATE | 5, 1, 0, 0, 0].map(uint16)
    expect(reply).toEqual(Buffer.concat([...header, wireName('ExAmPlE.test'), uint16(TYPE.SOA), uint16(1)]))
  })

  it('keeps RD in a query and no other flag', () => {
    expect(replyTo(updateMessage({ flags: 0x07ff, zone: [] }), 0)[2]).toBe(0x81)
    expect(replyTo(updateMessage({ flags: OPCODE_UPDATE | 0x07ff }), 0)[2]).toBe(0xa8)
  })

  it('leaves out a question that cannot be read, and more than one', () => {
    const question = { name: 'example.test', type: TYPE.SOA }
    expect(replyTo(updateMessage().subarray(0, 20), 1)).toHaveLength(12)
    expect(replyTo(updateMessage({ zone: [question, question] }), 1)).toHaveLength(12)
  })
})
