import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { withRecords } from './record-writer.ts'
import { TYPE } from './resource-record.ts'
import { uint16, updateMessage, wireName } from './update.test.support.ts'
import { readMessage } from './wire-message.ts'

const head = new Uint8Array(updateMessage({ flags: 0, zone: [{ name: 'www.example.test', type: TYPE.A }] }))

describe('withRecords', () => {
  it('points to names that are there already, and to the ends of others', () => {
    const record = { type: TYPE.A, ttl: 60, rdata: Uint8Array.of(127, 0, 0, 1) }
    const names = ['www.example.test', 'example.test', 'a.b.test', 'b.test', '', 'other']
    const message = withRecords(head, 'www.example.test', names.map((name) => ({ ...record, name }))) // biome-ignore format: one line
    const rest = Buffer.concat([uint16(TYPE.A), uint16(1), Buffer.of(0, 0, 0, 60), uint16(4), Buffer.of(127, 0, 0, 1)])
    const at = head.length
    const owners = [
      Buffer.of(0xc0, 12),
      Buffer.of(0xc0, 16),
      Buffer.concat([wireName('a.b').subarray(0, -1), Buffer.of(0xc0, 24)]),
      Buffer.of(0xc0, at + 2 * (2 + rest.length) + 2),
      Buffer.of(0),
      wireName('other'),
    ]
    expect(Buffer.from(message)).toEqual(Buffer.concat([head, ...owners.flatMap((owner) => [owner, rest])]))
  })

  it('writes what is read again, also where no pointer reaches', () => {
    const label = fc.constantFrom('a', 'b', 'c\\.d', '\\255', 'x'.repeat(63))
    const name = fc.array(label, { maxLength: 3 }).map((labels) => labels.join('.'))
    const record = fc.record({
      name,
      type: fc.constant(65280),
      ttl: fc.nat(),
      rdata: fc.nat(6000).map((length) => new Uint8Array(length)),
    })
    fc.assert(
      fc.property(fc.array(record, { maxLength: 9 }), (records) => {
        const message = withRecords(head, 'www.example.test', records)
        new DataView(message.buffer, message.byteOffset).setUint16(6, records.length)
        const { answers } = readMessage(message)
        expect(answers.map(({ name, ttl, rdataStart, end }) => [name, ttl, end - rdataStart])).toEqual(
          records.map(({ name, ttl, rdata }) => [name, ttl, rdata.length]),
        )
      }),
    )
  })
})
