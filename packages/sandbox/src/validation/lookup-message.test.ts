import { systemRandom } from '@domainctl/core'
import { AUTHORITATIVE_ANSWER, decode, encode, type TxtAnswer } from 'dns-packet'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { RCODE, replyTo, testRuntime, txt } from './lookup.test.support.ts'
import { readAnswer, writeQuery } from './lookup-message.ts'
import { LookupFailure } from './lookup-question.ts'

const NAME = 'some.example.test'
const QUESTION = { server: '127.0.0.1:53', name: NAME, type: 'TXT' } as const
const query = writeQuery(QUESTION, testRuntime().random)
const good = replyTo(query.message, { answers: [txt(NAME, 'value')] })

/** The good answer with something done to it. */
function changed(change: (message: Buffer) => unknown): Buffer {
  const message = Buffer.from(good)
  change(message)
  return message
}

describe('readAnswer', () => {
  test('takes the good one', () => {
    expect(readAnswer(good, query)).toMatchObject({ rcode: 'NOERROR', records: [{ name: NAME, data: [Buffer.from('value')] }] })
  })

  const label = 13
  const bare = { type: 'response', id: query.id, flags: AUTHORITATIVE_ANSWER } as const
  const { questions = [] } = decode(query.message)
  const [question = { name: '', type: 'TXT' as const }] = questions
  test.each<[string, Buffer, string]>([
    ['an empty message', Buffer.alloc(0), 'An answer with another ID'],
    ['another ID', changed((m) => m.writeUInt16BE(query.id ^ 1, 0)), 'An answer with another ID'],
    ['a query', changed((m) => m.writeUInt8(0x04, 2)), 'A message that is no response to a query'],
    ['another opcode', changed((m) => m.writeUInt8(0xac, 2)), 'A message that is no response to a query'],
    ['a header alone', good.subarray(0, 12), 'An answer that cannot be read'],
    ['a cut answer', good.subarray(0, -1), 'An answer of another length than it says'],
    ['octets behind it', Buffer.concat([good, Buffer.of(0)]), 'An answer of another length than it says'],
    [
      'other case',
      changed((m) => m.writeUInt8(m.readUInt8(label) ^ 0x20, label)),
      'An answer that does not repeat the upper and lower case of the question',
    ],
    ['another name', changed((m) => m.write('x', label)), 'An answer to another question'],
    [
      'a dot within a label where two labels were asked for',
      changed((m) => {
        m.writeUInt8(12, 12)
        m.write('.', 17)
      }),
      'An answer to another question',
    ],
    ['another type', encode({ ...bare, questions: [{ ...question, type: 'A' }] }), 'An answer to another question'],
    ['another class', encode({ ...bare, questions: [{ ...question, class: 'CH' }] }), 'An answer to another question'],
    ['no question', encode(bare), 'An answer to another question'],
    ['two questions', encode({ ...bare, questions: [question, question] }), 'An answer to another question'],
    ['no authority', replyTo(query.message, { flags: 0 }), 'An answer without authority'],
    ['SERVFAIL', replyTo(query.message, { rcode: RCODE.SERVFAIL }), 'SERVFAIL'],
    ['REFUSED', replyTo(query.message, { rcode: RCODE.REFUSED }), 'REFUSED'],
    ['FORMERR without a question', encode({ ...bare, flags: 1 }), 'FORMERR'],
    ['an RCODE without a name', replyTo(query.message, { rcode: 15 }), 'RCODE 15'],
    [
      'an RCODE with bits in OPT',
      encode({
        ...bare,
        questions,
        additionals: [
          {
            type: 'OPT',
            name: '.',
            extendedRcode: 1,
            udpPayloadSize: 1232,
            ednsVersion: 0,
            flags: 0,
            flag_do: false,
            options: [],
          },
        ],
      }),
      'RCODE 16',
    ],
    [
      'a record of another class',
      replyTo(query.message, { answers: [txtIn({ class: 'CH' })] }),
      'An answer with a record of another class',
    ],
    [
      'a record of a class of multicast DNS',
      replyTo(query.message, { answers: [txtIn({ flush: true })] }),
      'An answer with a record of another class',
    ],
    ['a string longer than its record', changed((m) => m.writeUInt8(6, m.length - 6)), 'An answer that cannot be read'],
    [
      'a record longer than the message',
      changed((m) => m.writeUInt16BE(60, m.length - 8)),
      'An answer of another length than it says',
    ],
  ])('refuses %s', (_, message, seen) => {
    expect(() => readAnswer(message, query)).toThrow(
      expect.objectContaining({ message: `${seen} looking up TXT for ${NAME} at 127.0.0.1:53` }),
    )
  })

  test('fails in its own way on any octets', () => {
    const header = fc.constantFrom(good.subarray(0, 0), good.subarray(0, 12), good.subarray(0, 12 + NAME.length + 6))
    fc.assert(
      fc.property(header, fc.uint8Array({ maxLength: 200 }), (start, rest) => {
        readOrFail(Buffer.concat([start, rest]))
      }),
    )
  })

  test('fails in its own way, if at all, on a good answer with any octets changed', () => {
    const change = fc.record({ at: fc.nat({ max: good.length - 1 }), to: fc.nat({ max: 255 }) })
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
        readOrFail(changed((message) => changes.forEach(({ at, to }) => void message.writeUInt8(to, at))))
      }),
    )
  })

  test('reads no beginning of a good answer', () => {
    for (let length = 0; length < good.length; length += 1) {
      expect(() => readAnswer(good.subarray(0, length), query)).toThrow(LookupFailure)
    }
  })
})

describe('writeQuery', () => {
  const label = fc.stringMatching(/^[a-z0-9_]([a-z0-9-]{0,20}[a-z0-9])?$/)
  test('asks what it is told to', () => {
    fc.assert(
      fc.property(fc.array(label, { minLength: 1, maxLength: 6 }), fc.constantFrom('CAA', 'TXT'), (labels, type) => {
        const name = labels.join('.')
        const { id, message } = writeQuery({ ...QUESTION, name, type }, systemRandom())
        const sent = decode(message)
        expect(sent).toMatchObject({ id, questions: [{ type, class: 'IN' }] })
        expect(sent.questions?.[0]?.name.toLowerCase()).toBe(name)
        expect(decode.bytes).toBe(message.length)
        expect(readAnswer(replyTo(message), { ...QUESTION, name, type, id, message })).toEqual({ rcode: 'NOERROR', records: [] })
      }),
    )
  })

  test.each([
    ['no label', ''],
    ['an empty label', 'a..test'],
    ['the root', '.'],
    ['a label of 64 octets', `${'a'.repeat(64)}.test`],
    ['254 octets', `${'a.'.repeat(126)}aa`],
    ['octets that are no ASCII', 'münchen.test'],
    ['a space', 'a b.test'],
  ])('does not ask for a name with %s', (_, name) => {
    expect(() => writeQuery({ ...QUESTION, name }, systemRandom())).toThrow('A name that DNS cannot have')
  })

  test('asks for the longest name', () => {
    const name = `${'a.'.repeat(126)}a`
    expect(decode(writeQuery({ ...QUESTION, name }, systemRandom()).message).questions?.[0]?.name.toLowerCase()).toBe(name)
  })
})

function txtIn(more: Pick<TxtAnswer, 'class' | 'flush'>): TxtAnswer {
  return { type: 'TXT', name: NAME, ttl: 60, data: 'value', ...more }
}

function readOrFail(message: Buffer): void {
  try {
    readAnswer(message, query)
  } catch (error) {
    expect(error).toBeInstanceOf(LookupFailure)
  }
}
