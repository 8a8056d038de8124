import { type Answer, CHECKING_DISABLED, decode, encode, RECURSION_DESIRED } from 'dns-packet'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { encodeReply } from '../testing/dns-server.ts'
import { canBeAsked, encodeQuery, type Message, readReply } from './message.ts'

const query = encodeQuery(
  { name: '_acme-challenge.example.test', type: 'TXT' },
  { id: 4711, recursionDesired: false, edns: true },
)
const name = '_acme-challenge.example.test'

function reply(o: Parameters<typeof encodeReply>[0]): Buffer {
  return encodeReply(o, decode(query))
}

function read(bytes: Buffer): Message {
  const message = readReply(bytes, query)
  if (typeof message === 'string') throw new Error(`not read: ${message}`)
  return message
}

test('a query has one question, its flags and 1232 bytes of EDNS', () => {
  const packet = decode(query)
  expect(packet).toMatchObject({ id: 4711, type: 'query', flag_rd: false, questions: [{ name, type: 'TXT', class: 'IN' }] })
  expect(packet.additionals).toEqual([expect.objectContaining({ type: 'OPT', udpPayloadSize: 1232 })])
  const plain = decode(encodeQuery({ name: '', type: 'NS' }, { id: 1, recursionDesired: true, edns: false }))
  expect(plain).toMatchObject({ flag_rd: true, questions: [{ name: '.', type: 'NS' }], additionals: [] })
})

test('reads rcode, authority and the records of each section', () => {
  const bytes = reply({
    aa: true,
    rcode: 3,
    answers: [{ type: 'CNAME', name: 'WWW.Example.test', ttl: 60, data: 'Target.Example.test' }],
    authorities: [
      {
        type: 'SOA',
        name: 'Example.test',
        ttl: 5,
        data: { mname: 'NS.test', rname: 'h.test', serial: 1, refresh: 2, retry: 3, expire: 4, minimum: 5 },
      },
    ],
    additionals: [
      { type: 'A', name: 'ns.test', ttl: 1, data: '192.0.2.1' },
      { type: 'AAAA', name: 'ns.test', ttl: 1, data: '2001:db8::1' },
    ],
  })
  expect(read(bytes)).toEqual({
    rcode: 'NXDOMAIN',
    aa: true,
    answers: [{ name: 'www.example.test', type: 'CNAME', ttl: 60, value: 'target.example.test' }],
    authorities: [{ name: 'example.test', type: 'SOA', ttl: 5, value: 'ns.test h.test 1 2 3 4 5' }],
    additionals: [
      { name: 'ns.test', type: 'A', ttl: 1, value: '192.0.2.1' },
      { name: 'ns.test', type: 'AAAA', ttl: 1, value: '2001:db8::1' },
    ],
  })
})

test('TXT strings are joined and read as UTF-8; other bytes do no harm', () => {
  const strings = [Buffer.from('bü'), Buffer.from('cher'.padEnd(255, '-')), Buffer.from([0xe9, 0x00])]
  const [record] = read(reply({ answers: [{ type: 'TXT', name, data: strings }] })).answers
  expect(record?.value).toBe(`bü${'cher'.padEnd(255, '-')}\ufffd\u0000`)
})

test('CAA is read as it is written in a zone', () => {
  const bytes = reply({ answers: [{ type: 'CAA', name, data: { flags: 128, tag: 'issue', value: 'ca.test; x="y"' } }] })
  expect(read(bytes).answers[0]).toMatchObject({
    value: '128 issue "ca.test; x=\\"y\\""',
    caa: { flags: 128, tag: 'issue', value: 'ca.test; x="y"' },
  })
})

test('records of other classes and types are left out', () => {
  const answers: Answer[] = [
    { type: 'TXT', name, class: 'CH', data: 'chaos' },
    { type: 'SRV', name, data: { priority: 1, weight: 1, port: 1, target: 'srv.test' } },
    { type: 'TXT', name, data: 'kept' },
  ]
  expect(read(reply({ answers })).answers.map(({ value }) => value)).toEqual(['kept'])
})

test('an extended rcode is read from EDNS', () => {
  const opt = {
    type: 'OPT',
    name: '.',
    udpPayloadSize: 1232,
    extendedRcode: 1,
    ednsVersion: 0,
    flags: 0,
    flag_do: false,
    options: [],
  } as const
  expect(read(reply({ additionals: [{ ...opt, options: [] }] })).rcode).toBe('BADVERS')
})

test('another id, question or kind of message is a stray', () => {
  const stray = [
    reply({ id: 4712 }),
    reply({ question: { name: 'www.example.test', type: 'TXT' } }),
    reply({ question: { name, type: 'A' } }),
    reply({ question: { name: `${name}.org`, type: 'TXT' } }),
    encode({ type: 'response', id: 4711, questions: [] }),
    query,
    Buffer.alloc(0),
    query.subarray(0, 11),
  ]
  expect(stray.map((bytes) => readReply(bytes, query))).toEqual(stray.map(() => 'stray'))
})

test('the question is compared without regard to case', () => {
  expect(read(reply({ question: { name: name.toUpperCase(), type: 'TXT' } })).rcode).toBe('NOERROR')
})

test('the header alone counts only for FORMERR', () => {
  const header = (rcode: number) => Buffer.from([4711 >> 8, 4711 & 255, 0x80, rcode, 0, 0, 0, 0, 0, 0, 0, 0])
  expect(readReply(header(1), query)).toMatchObject({ rcode: 'FORMERR' })
  expect(readReply(header(0), query)).toBe('stray')
})

test('a cut message is truncated, whatever of it could be decoded', () => {
  const whole = reply({ tc: true, answers: [{ type: 'TXT', name, data: 'x' }] })
  expect(readReply(whole, query)).toBe('truncated')
  expect(readReply(whole.subarray(0, whole.length - 5), query)).toBe('truncated')
})

test('a message that announces more records than it can hold is garbage, at once', () => {
  // A TXT record that is longer than the message: the decoder goes back to the start of the message and on in a circle.
  const asked = encodeQuery({ name: '', type: 'TXT' }, { id: 0, recursionDesired: false, edns: false })
  const endless = Buffer.concat([asked, Buffer.from([0, 0, 16, 0, 1, 0, 0, 0, 0, 0, 255])])
  endless.writeUInt16BE(0x8400, 2)
  endless.writeUInt16BE(65_535, 6)
  expect(readReply(endless, asked)).toBe('garbage')
})

test('random bytes, and replies with random damage, never throw', () => {
  const good = reply({
    aa: true,
    answers: [
      { type: 'TXT', name, data: ['one', 'two'] },
      { type: 'CAA', name, data: { flags: 0, tag: 'issue', value: 'ca.test' } },
      { type: 'CNAME', name, data: 'a.test' },
    ],
    authorities: [{ type: 'SOA', name: 'test', data: { mname: 'a.test', rname: 'b.test' } }],
    additionals: [{ type: 'AAAA', name: 'a.test', data: '::1' }],
  })
  const header = good.subarray(0, query.length - 11)
  const damaged = fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { maxLength: 8 }).map((changes) => {
    const bytes = Buffer.from(good)
    for (const [at, byte] of changes) bytes[at] = byte
    return bytes
  })
  const tail = fc.uint8Array({ maxLength: 200 }).map((bytes) => {
    const message = Buffer.concat([header, bytes])
    message.writeUInt16BE(Math.min(8, Math.floor(bytes.length / 11)), 6)
    message.writeUInt32BE(0, 8)
    return message
  })
  const anything = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes))
  const cut = fc.nat(good.length).map((length) => good.subarray(0, length))
  fc.assert(
    fc.property(fc.oneof(damaged, tail, anything, cut), (bytes) => {
      const message = readReply(bytes, query)
      if (typeof message === 'string') return
      for (const record of [...message.answers, ...message.authorities, ...message.additionals]) {
        expect(typeof record.value).toBe('string')
        expect(record.name).toBe(record.name.toLowerCase())
      }
    }),
    { numRuns: 2000 },
  )
})

test('what can be asked comes back unchanged from the wire', () => {
  const label = fc.stringMatching(/^[a-z0-9_-]{1,63}$/)
  fc.assert(
    fc.property(fc.array(label, { minLength: 1, maxLength: 6 }), (labels) => {
      const asked = labels.join('.')
      fc.pre(asked.length <= 253)
      const [question] =
        decode(encodeQuery({ name: asked, type: 'A' }, { id: 1, recursionDesired: false, edns: true })).questions ?? []
      expect(question?.name).toBe(asked)
    }),
  )
})

test('a query is octet for octet what another codec writes', () => {
  const label = fc.stringMatching(/^[!-\-/-[\]-~]{1,63}$/)
  const flags = fc.record({ recursionDesired: fc.boolean(), checkingDisabled: fc.boolean(), edns: fc.boolean() })
  const type = fc.constantFrom('TXT', 'CNAME', 'A', 'AAAA', 'NS', 'SOA', 'CAA')
  fc.assert(
    fc.property(fc.array(label, { maxLength: 5 }), type, fc.nat(65_535), flags, (labels, type, id, o) => {
      const name = labels.join('.')
      fc.pre(name.length <= 253)
      const opt = { udpPayloadSize: 1232, extendedRcode: 0, ednsVersion: 0, flags: 0, flag_do: false, options: [] }
      const theirs = encode({
        type: 'query',
        id,
        flags: (o.recursionDesired ? RECURSION_DESIRED : 0) | (o.checkingDisabled ? CHECKING_DISABLED : 0),
        questions: [{ name: name || '.', type, class: 'IN' }],
        additionals: o.edns ? [{ ...opt, type: 'OPT', name: '.', options: [] }] : [],
      })
      expect(encodeQuery({ name, type }, { id, ...o })).toEqual(theirs)
    }),
  )
})

test('names that would make a malformed query are refused', () => {
  expect(['a'.repeat(64), 'a..b', '.a', 'bü', 'a b', 'a\\.b', `${'a.'.repeat(127)}a`].map(canBeAsked)).toEqual(
    Array(7).fill(false),
  )
  expect(['', 'a', 'a'.repeat(63), '*.a', '_a.b'].map(canBeAsked)).toEqual(Array(5).fill(true))
})
