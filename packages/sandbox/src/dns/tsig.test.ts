import { createHmac } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RCODE, TYPE } from './resource-record.ts'
import { KEY, messageMac, NOW, NOW_OCTETS, signMessage, type TestTsig, withLength } from './tsig.test.support.ts'
import { openMessage } from './tsig.ts'
import { rcodeOf, recordOctets, updateMessage, wireName } from './update.test.support.ts'
import { readMessage, type WireMessage } from './wire-message.ts'

const A = { name: 'www.example.test', type: TYPE.A, ttl: 60, rdata: [192, 0, 2, 1] }
const MESSAGE = updateMessage({ updates: [A] })
const SIGNED = signMessage(MESSAGE)
const REQUEST_MAC = messageMac(MESSAGE)
const RESPONSE = Buffer.from('1234a8000001000000000000076578616d706c6504746573740000060001', 'hex')

function open(message: Uint8Array, now = NOW) {
  return openMessage(message, KEY, now)
}

/** All that a message says. */
function recordsOf({ names: _, ...sections }: WireMessage) {
  return sections
}

function opened(message: Uint8Array) {
  const result = open(message)
  if (result.kind !== 'signed') throw new Error(`the message is ${result.kind}`)
  return result
}

function refusal(message: Uint8Array, now = NOW): Buffer {
  const result = open(message, now)
  if (result.kind !== 'refused') throw new Error(`the message is ${result.kind}`)
  return Buffer.from(result.reply)
}

describe('openMessage', () => {
  it('leaves an unsigned message as it is', () => {
    expect(open(MESSAGE)).toEqual({ kind: 'unsigned', sections: readMessage(MESSAGE) })
  })

  it('verifies a MAC written down beforehand', () => {
    // hmac-sha256 of this message, key and time, computed with OpenSSL.
    expect(REQUEST_MAC.toString('hex')).toBe('701f34b535864147ddd83f3b990fc1a1008094ff609bcdfbb54358724d8e2fbd')
    expect(opened(SIGNED).kind).toBe('signed')
    expect(SIGNED, 'the request is left as it was').toEqual(signMessage(MESSAGE))
  })

  it('takes the TSIG off and leaves the other additional records', () => {
    const message = updateMessage({ updates: [A], additionals: [{ name: '', type: TYPE.OPT, class: 1232 }] })
    expect(recordsOf(opened(signMessage(message)).sections)).toEqual(recordsOf(readMessage(message)))
  })

  it.each<[string, TestTsig]>([
    ['in other case', { name: 'UPDATE.Example.test', algorithm: 'HMAC-sha256' }],
    ['forwarded with another ID', { originalId: 0x4321 }],
    ['at the end of its time', { time: Buffer.from('00006553efd4', 'hex') }],
    ['ahead by its fudge', { time: Buffer.from('00006553f22c', 'hex') }],
    ['with a fudge of its own', { time: Buffer.from('00006553f10a', 'hex'), fudge: 10 }],
  ])('opens a message %s', (_what, tsig) => {
    expect(recordsOf(opened(signMessage(MESSAGE, tsig)).sections)).toEqual(recordsOf(readMessage(MESSAGE)))
  })

  it('finds the key by its name with a final dot too', () => {
    expect(openMessage(SIGNED, { ...KEY, name: 'Update.Example.test.' }, NOW).kind).toBe('signed')
  })

  const tsigRecord = SIGNED.subarray(MESSAGE.length)
  const inSection = (countAt: number) => {
    const message = Buffer.from(SIGNED)
    message.writeUInt16BE(0, 10)
    message.writeUInt16BE(message.readUInt16BE(countAt) + 1, countAt)
    return message
  }
  const withRecords = (count: number, ...records: Buffer[]) => {
    const message = Buffer.concat([MESSAGE, ...records])
    message.writeUInt16BE(count, 10)
    return message
  }

  it.each<[string, Buffer]>([
    ['a TSIG that is not the last record', withRecords(2, tsigRecord, recordOctets(A))],
    ['two of them', withRecords(2, tsigRecord, tsigRecord)],
    ['one in the update section', inSection(8)],
    ['one of class IN', signMessage(MESSAGE, { class: 1 })],
    ['one with a TTL', signMessage(MESSAGE, { ttl: 1 })],
    ['one with an error in a request', signMessage(MESSAGE, { error: 16 })],
    ['one without RDATA', withRecords(1, recordOctets({ name: KEY.name, type: TYPE.TSIG, class: 255 }))],
    [
      'one that ends before its MAC',
      withRecords(1, recordOctets({ name: '', type: TYPE.TSIG, class: 255, rdata: [0, 0, 0, 0, 0, 0, 0, 1, 44, 0, 9] })),
    ],
    [
      'one with a compressed algorithm',
      withRecords(
        1,
        recordOctets({ name: KEY.name, type: TYPE.TSIG, class: 255, rdata: [0xc0, 12, ...new Array<number>(16).fill(0)] }),
      ),
    ],
    ['a MAC that is too long', signMessage(MESSAGE, { mac: Buffer.concat([REQUEST_MAC, Buffer.of(0)]) })],
    ['a MAC below half its length', signMessage(MESSAGE, { macLength: 15 })],
    ['an empty MAC', signMessage(MESSAGE, { macLength: 0 })],
    ['octets after the TSIG', Buffer.concat([SIGNED, Buffer.of(0)])],
    ['a message that is cut off', SIGNED.subarray(0, -1)],
  ])('answers FORMERR to %s', (_what, message) => {
    const reply = refusal(message)
    expect(rcodeOf(reply)).toBe(RCODE.FORMERR)
    expect(reply.readUInt16BE(10)).toBe(0)
  })

  it.each<[string, TestTsig, number]>([
    ['BADKEY to an unknown key', { name: 'other.example.test' }, 17],
    ['BADKEY to another algorithm', { algorithm: 'hmac-sha512' }, 17],
    ['BADSIG to another secret', { secret: 'AAAA' }, 16],
    ['BADSIG to another secret at the wrong time', { secret: 'AAAA', fudge: 0, time: Buffer.alloc(6) }, 16],
    [
      'BADSIG to a MAC that is wrong behind a right beginning',
      { mac: Buffer.concat([REQUEST_MAC.subarray(0, 31), Buffer.of(0)]) },
      16,
    ],
    ['BADSIG to a shortened wrong MAC', { mac: Buffer.alloc(16) }, 16],
  ])('answers NOTAUTH and %s, unsigned', (_what, tsig, error) => {
    const reply = refusal(signMessage(MESSAGE, tsig))
    const response = Buffer.from(RESPONSE)
    response.writeUInt8(RCODE.NOTAUTH, 3)
    expect(reply).toEqual(signMessage(response, { ...tsig, time: NOW_OCTETS, fudge: 300, mac: Buffer.alloc(0), error }))
  })

  it.each([
    ['past', '00006553efd3'],
    ['future', '00006553f22d'],
    ['far future', 'ffffffffffff'],
  ])('answers NOTAUTH and BADTIME to a time in the %s, signed, with the time of both', (_what, time) => {
    const request = { time: Buffer.from(time, 'hex') }
    const reply = refusal(signMessage(MESSAGE, request))
    const response = Buffer.from(RESPONSE)
    response.writeUInt8(RCODE.NOTAUTH, 3)
    const before = withLength(messageMac(MESSAGE, request))
    expect(reply).toEqual(signMessage(response, { ...request, error: 18, other: NOW_OCTETS, before }))
  })

  it('answers NOTAUTH and BADTRUNC to a right but shortened MAC, signed', () => {
    const reply = refusal(signMessage(MESSAGE, { macLength: 16 }))
    const response = Buffer.from(RESPONSE)
    response.writeUInt8(RCODE.NOTAUTH, 3)
    expect(reply).toEqual(signMessage(response, { error: 22, before: withLength(REQUEST_MAC.subarray(0, 16)) }))
  })
})

describe('the answer to a signed message', () => {
  it('is signed over the MAC of the request', () => {
    const { signer, signatureLength } = opened(SIGNED)
    const signed = Buffer.from(signer()(RESPONSE))
    expect(signed).toEqual(signMessage(RESPONSE, { before: withLength(REQUEST_MAC) }))
    expect(signed).toHaveLength(RESPONSE.length + signatureLength)
    expect(Buffer.from(signer()(RESPONSE))).toEqual(signed)
  })

  it('is signed message by message, each over the one before', () => {
    const sign = opened(SIGNED).signer()
    expect(Buffer.from(sign(RESPONSE))).toEqual(signMessage(RESPONSE, { before: withLength(REQUEST_MAC) }))
    let previous = messageMac(RESPONSE, { before: withLength(REQUEST_MAC) })
    for (let message = 2; message <= 3; message++) {
      const mac = createHmac('sha256', Buffer.from(KEY.secret, 'base64'))
        .update(withLength(previous))
        .update(RESPONSE)
        .update(Buffer.concat([NOW_OCTETS, Buffer.of(1, 44)]))
        .digest()
      expect(Buffer.from(sign(RESPONSE))).toEqual(signMessage(RESPONSE, { mac }))
      previous = mac
    }
  })
})

describe('any message', () => {
  const octets = fc.uint8Array({ maxLength: 60 })
  const updates = fc.array(
    fc.record({ name: fc.constantFrom('', 'a.example.test', 'b.test'), type: fc.integer({ min: 1, max: 100 }), rdata: octets }),
    { maxLength: 4 },
  )

  it('comes out as it was signed', () => {
    fc.assert(
      fc.property(fc.nat(0xffff), updates, fc.nat(300), (id, records, late) => {
        const message = updateMessage({ id, updates: records })
        const result = open(signMessage(message), new Date(NOW.getTime() + late * 1000))
        expect(result.kind === 'signed' && recordsOf(result.sections)).toEqual(recordsOf(readMessage(message)))
      }),
    )
  })

  it('is not opened with any one bit changed', () => {
    // Left out: the ID, in whose place the MAC covers the original one (RFC 8945 §4.3.2), and the case of the two names.
    const caseOfNames = new Set<number>()
    for (const text of [wireName(KEY.name), wireName(KEY.algorithm)]) {
      const start = SIGNED.indexOf(text, MESSAGE.length)
      text.forEach((octet, index) => {
        if (/[a-z]/.test(String.fromCharCode(octet))) caseOfNames.add((start + index) * 8 + 2)
      })
    }
    for (let bit = 16; bit < SIGNED.length * 8; bit++) {
      const changed = Buffer.from(SIGNED)
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (0x80 >> (bit & 7))
      expect(open(changed).kind === 'signed', `bit ${bit}`).toBe(caseOfNames.has(bit))
    }
  })

  it('is answered, whatever its octets', () => {
    const mutated = fc
      .array(fc.tuple(fc.nat(SIGNED.length - 1), fc.nat(255)), { maxLength: 6 })
      .map((changes) => changes.reduce((message, [at, value]) => message.fill(value, at, at + 1), Buffer.from(SIGNED)))
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 300 }), mutated), (message) => {
        expect(['unsigned', 'signed', 'refused']).toContain(open(message).kind)
      }),
      { numRuns: 1000 },
    )
  })
})
