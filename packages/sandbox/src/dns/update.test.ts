import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CLASS, RCODE, type ResourceRecord, TYPE } from './resource-record.ts'
import { createResponder } from './respond.ts'
import { KEY, NOW } from './tsig.test.support.ts'
import { type Request, type RequestRecord, rcodeOf, recordingZone, updateMessage, wireName } from './update.test.support.ts'
import { carryOut } from './update.ts'
import { readMessage } from './wire-message.ts'

const WWW = 'www.example.test'
const TXT = (text: string) => Uint8Array.from([text.length, ...Buffer.from(text)])
const RECORDS: readonly ResourceRecord[] = [
  { name: 'example.test', type: TYPE.NS, ttl: 60, rdata: wireName('ns1.example.test') },
  { name: WWW, type: TYPE.TXT, ttl: 60, rdata: TXT('one') },
  { name: WWW, type: TYPE.TXT, ttl: 60, rdata: TXT('two') },
  { name: WWW, type: TYPE.A, ttl: 60, rdata: Uint8Array.of(192, 0, 2, 1) },
  { name: 'alias.example.test', type: TYPE.CNAME, ttl: 60, rdata: wireName(WWW) },
]

function run(request: Request | Uint8Array, nested: readonly string[] = []) {
  const { zone, versions } = recordingZone('example.test', RECORDS)
  const zones = new Map([zone, ...nested.map((apex) => recordingZone(apex).zone)].map((one) => [one.apex, one]))
  const message = request instanceof Uint8Array ? request : updateMessage(request)
  const respond = createResponder({
    key: KEY,
    clock: { now: () => NOW },
    query: () => [],
    updates: () => (update) => carryOut(update, (apex) => zones.get(apex)),
  })
  const [response = new Uint8Array()] = respond(message, 'tcp')
  return { response: Buffer.from(response), rcode: rcodeOf(response), versions }
}

const ADD: RequestRecord = { name: 'new.example.test', type: TYPE.A, ttl: 60, rdata: [192, 0, 2, 9] }
const NOTHING_CHANGED: unknown[] = []

describe('the zone section', () => {
  it.each<[string, number, readonly RequestRecord[]]>([
    ['FORMERR to none', RCODE.FORMERR, []],
    [
      'FORMERR to two',
      RCODE.FORMERR,
      [
        { name: 'example.test', type: TYPE.SOA },
        { name: 'example.test', type: TYPE.SOA },
      ],
    ],
    ['FORMERR to a type other than SOA', RCODE.FORMERR, [{ name: 'example.test', type: TYPE.NS }]],
    ['NOTAUTH to a class other than IN', RCODE.NOTAUTH, [{ name: 'example.test', type: TYPE.SOA, class: 3 }]],
    ['NOTAUTH to a zone of others', RCODE.NOTAUTH, [{ name: 'example.com', type: TYPE.SOA }]],
    ['NOTAUTH to a name in a zone', RCODE.NOTAUTH, [{ name: WWW, type: TYPE.SOA }]],
    ['NOERROR to a zone in other case', RCODE.NOERROR, [{ name: 'EXAMPLE.test', type: TYPE.SOA }]],
  ])('gets %s', (_what, rcode, zone) => {
    const result = run({ zone, updates: [ADD] })
    expect(result.rcode).toBe(rcode)
    expect(result.versions).toHaveLength(rcode === RCODE.NOERROR ? 1 : 0)
  })
})

describe('prerequisites', () => {
  const { ANY, NONE, IN } = CLASS
  it.each<[string, number, RequestRecord[]]>([
    ['a name that is in use', RCODE.NOERROR, [{ name: WWW, type: TYPE.ANY, class: ANY }]],
    ['a name that is not', RCODE.NXDOMAIN, [{ name: 'no.example.test', type: TYPE.ANY, class: ANY }]],
    ['an RRset that is there', RCODE.NOERROR, [{ name: 'WWW.example.test', type: TYPE.TXT, class: ANY }]],
    ['an RRset that is not', RCODE.NXRRSET, [{ name: WWW, type: TYPE.AAAA, class: ANY }]],
    ['no name, and there is none', RCODE.NOERROR, [{ name: 'no.example.test', type: TYPE.ANY, class: NONE }]],
    ['no name, and there is one', RCODE.YXDOMAIN, [{ name: WWW, type: TYPE.ANY, class: NONE }]],
    ['no RRset, and there is none', RCODE.NOERROR, [{ name: WWW, type: TYPE.AAAA, class: NONE }]],
    ['no RRset, and there is one', RCODE.YXRRSET, [{ name: WWW, type: TYPE.A, class: NONE }]],
    [
      'an RRset of these values, in any order and twice',
      RCODE.NOERROR,
      ['two', 'one', 'two'].map((text) => ({ name: WWW, type: TYPE.TXT, rdata: TXT(text) })),
    ],
    ['an RRset of fewer values', RCODE.NXRRSET, [{ name: WWW, type: TYPE.TXT, rdata: TXT('one') }]],
    [
      'an RRset of more values',
      RCODE.NXRRSET,
      ['one', 'two', 'three'].map((text) => ({ name: WWW, type: TYPE.TXT, rdata: TXT(text) })),
    ],
    ['an RRset of other values', RCODE.NXRRSET, ['one', 'TWO'].map((text) => ({ name: WWW, type: TYPE.TXT, rdata: TXT(text) }))],
    [
      'an RRset whose names differ in case',
      RCODE.NOERROR,
      [{ name: 'alias.example.test', type: TYPE.CNAME, rdata: wireName('WWW.Example.test') }],
    ],
    [
      'two RRsets of which one is another',
      RCODE.NXRRSET,
      [
        { name: 'example.test', type: TYPE.NS, rdata: wireName('ns1.example.test') },
        { name: WWW, type: TYPE.A, rdata: [192, 0, 2, 2] },
      ],
    ],
    [
      'two of which the second fails',
      RCODE.NXDOMAIN,
      [
        { name: WWW, type: TYPE.A, class: ANY },
        { name: 'no.example.test', type: TYPE.ANY, class: ANY },
      ],
    ],
    ['a name outside', RCODE.NOTZONE, [{ name: 'www.example.com', type: TYPE.ANY, class: ANY }]],
    ['a name that only ends alike', RCODE.NOTZONE, [{ name: 'myexample.test', type: TYPE.ANY, class: NONE }]],
    ['a TTL', RCODE.FORMERR, [{ name: WWW, type: TYPE.A, class: ANY, ttl: 1 }]],
    ['presence with RDATA', RCODE.FORMERR, [{ name: WWW, type: TYPE.A, class: ANY, rdata: [192, 0, 2, 1] }]],
    ['absence with RDATA', RCODE.FORMERR, [{ name: WWW, type: TYPE.AAAA, class: NONE, rdata: [1] }]],
    ['a meta type', RCODE.FORMERR, [{ name: WWW, type: TYPE.AXFR, class: ANY }]],
    ['values of type ANY', RCODE.FORMERR, [{ name: WWW, type: TYPE.ANY, class: IN }]],
    ['values that are none', RCODE.FORMERR, [{ name: WWW, type: TYPE.A, class: IN, rdata: [192] }]],
    ['another class', RCODE.FORMERR, [{ name: WWW, type: TYPE.A, class: 3 }]],
  ])('%s', (_what, rcode, prerequisites) => {
    const result = run({ prerequisites, updates: [ADD] })
    expect(result.rcode).toBe(rcode)
    expect(result.versions).toHaveLength(rcode === RCODE.NOERROR ? 1 : 0)
  })

  it('change nothing by themselves', () => {
    expect(run({ prerequisites: [{ name: WWW, type: TYPE.ANY, class: ANY }] })).toMatchObject({
      rcode: RCODE.NOERROR,
      versions: [],
    })
  })
})

describe('the update section', () => {
  it('is carried out in its order, as one version', () => {
    const { rcode, versions } = run({
      updates: [
        { name: WWW, type: TYPE.A, class: CLASS.ANY },
        { name: 'Alias.example.test', type: TYPE.ANY, class: CLASS.ANY },
        { name: WWW, type: TYPE.TXT, class: CLASS.NONE, rdata: TXT('one') },
        { name: 'new.example.test', type: TYPE.MX, ttl: 300, rdata: [0, 10, ...wireName('Mail.Example.test')] },
      ],
    })
    expect(rcode).toBe(RCODE.NOERROR)
    expect(versions).toEqual([
      [
        { change: 'remove-rrset', name: WWW, type: TYPE.A },
        { change: 'remove-name', name: 'alias.example.test' },
        { change: 'remove', record: { name: WWW, type: TYPE.TXT, rdata: TXT('one') } },
        {
          change: 'add',
          record: {
            name: 'new.example.test',
            type: TYPE.MX,
            ttl: 300,
            rdata: Uint8Array.of(0, 10, ...wireName('mail.example.test')),
          },
        },
      ],
    ])
  })

  it('may hold the apex, a wildcard, a type that nobody knows and a TTL that counts as 0', () => {
    const names = ['example.test', '*.example.test', '_acme-challenge.example.test']
    const { versions } = run({ updates: names.map((name) => ({ name, type: 65280, ttl: 0x80000000, rdata: [1, 2] })) })
    expect(versions).toEqual([
      names.map((name) => ({ change: 'add', record: { name, type: 65280, ttl: 0, rdata: Uint8Array.of(1, 2) } })),
    ])
  })

  it.each<[string, number, RequestRecord]>([
    ['a name outside', RCODE.NOTZONE, { ...ADD, name: 'www.example.com' }],
    ['a name above', RCODE.NOTZONE, { ...ADD, name: 'test' }],
    ['a name that only ends alike', RCODE.NOTZONE, { ...ADD, name: 'myexample.test' }],
    ['a name outside with another class', RCODE.NOTZONE, { ...ADD, name: 'www.example.com', class: 3 }],
    ['another class', RCODE.FORMERR, { ...ADD, class: 3 }],
    ['an A of three octets', RCODE.FORMERR, { ...ADD, rdata: [192, 0, 2] }],
    ['an A without RDATA', RCODE.FORMERR, { ...ADD, rdata: [] }],
    ['deletion of a record that is none', RCODE.FORMERR, { ...ADD, class: CLASS.NONE, ttl: 0, rdata: [] }],
    ['deletion of a record with a TTL', RCODE.FORMERR, { ...ADD, class: CLASS.NONE }],
    ['deletion of a record of type ANY', RCODE.FORMERR, { name: WWW, type: TYPE.ANY, class: CLASS.NONE }],
    ['deletion of an RRset with RDATA', RCODE.FORMERR, { ...ADD, class: CLASS.ANY, ttl: 0 }],
    ['deletion of an RRset with a TTL', RCODE.FORMERR, { name: WWW, type: TYPE.A, class: CLASS.ANY, ttl: 1 }],
    ...[0, TYPE.OPT, 128, TYPE.TSIG, TYPE.IXFR, TYPE.AXFR, 253, 254].flatMap((type): [string, number, RequestRecord][] =>
      // A TSIG is in no section but the last; here it is a record like any other.
      [CLASS.IN, CLASS.NONE, CLASS.ANY].map((cls) => [
        `type ${type} in class ${cls}`,
        RCODE.FORMERR,
        { name: WWW, type, class: cls },
      ]),
    ),
    ['addition of type ANY', RCODE.FORMERR, { name: WWW, type: TYPE.ANY }],
  ])('changes nothing at all when it has %s', (_what, rcode, refused) => {
    expect(run({ updates: [ADD, refused] })).toMatchObject({ rcode, versions: NOTHING_CHANGED })
    expect(run({ updates: [refused, ADD] })).toMatchObject({ rcode, versions: NOTHING_CHANGED })
  })

  it('brings no DNAME, which would be answered wrongly, but may take one away', () => {
    const dname: RequestRecord = { name: 'tree.example.test', type: TYPE.DNAME, ttl: 60, rdata: wireName('other.test') }
    expect(run({ updates: [ADD, dname] })).toMatchObject({ rcode: RCODE.REFUSED, versions: NOTHING_CHANGED })
    for (const gone of [
      { ...dname, class: CLASS.NONE, ttl: 0 },
      { ...dname, class: CLASS.ANY, ttl: 0, rdata: [] },
    ]) {
      expect(run({ updates: [gone] }).rcode).toBe(RCODE.NOERROR)
    }
  })

  it('does not reach into a nested zone', () => {
    for (const name of ['sub.example.test', 'www.sub.example.test']) {
      expect(run({ updates: [{ ...ADD, name }] }, ['sub.example.test']).rcode).toBe(RCODE.NOTZONE)
    }
    expect(run({ updates: [{ ...ADD, name: 'mysub.example.test' }] }, ['sub.example.test']).rcode).toBe(RCODE.NOERROR)
  })

  it('looks every name up once, and those above it', () => {
    const asked: string[] = []
    const { zone } = recordingZone('example.test', RECORDS)
    const labels = Array(100).fill('a').join('.')
    const updates = Array.from({ length: 200 }, (_, index) => ({ ...ADD, name: `n${index % 20}.${labels}.example.test` }))
    const update = readMessage(updateMessage({ updates }))
    const zoneOf = (apex: string) => {
      asked.push(apex)
      return apex === zone.apex ? zone : undefined
    }
    expect(carryOut(update, zoneOf)).toBe(RCODE.NOERROR)
    // That of the zone section comes first.
    expect(asked.slice(1)).toHaveLength(20 + 100 + 1)
    expect(new Set(asked).size).toBe(asked.length - 1)
  })

  it('does not take a dot in a label for the end of one', () => {
    const message = updateMessage({ updates: [ADD] })
    // `new\.example.test` instead of `new.example.test`: one label of eleven octets, then `test`.
    const at = message.indexOf(wireName('new.example.test'))
    message[at] = 11
    message[at + 4] = 0x2e
    expect(run(message)).toMatchObject({ rcode: RCODE.NOTZONE, versions: NOTHING_CHANGED })
  })
})

describe('the response', () => {
  it('has the ID, opcode, RCODE and zone, and nothing else', () => {
    const { response } = run({ id: 0xabcd, updates: [ADD] })
    expect(response).toEqual(updateMessage({ id: 0xabcd, flags: 0xa800 }))
  })

  it('has an OPT record when the request has one', () => {
    const opt = (ttl: number): RequestRecord => ({ name: '', type: TYPE.OPT, class: 1232, ttl })
    expect(run({ updates: [ADD], additionals: [opt(0)] }).response).toEqual(
      updateMessage({ flags: 0xa800, additionals: [opt(0)] }),
    )
    const badVersion = run({ updates: [ADD], additionals: [opt(0x10000)] })
    expect(badVersion.response).toEqual(updateMessage({ flags: 0xa800, additionals: [opt(0x01000000)] }))
    expect(badVersion.versions).toEqual(NOTHING_CHANGED)
    expect(run({ additionals: [opt(0), opt(0)] }).rcode).toBe(RCODE.FORMERR)
    expect(run({ additionals: [{ ...opt(0), name: WWW }] }).rcode).toBe(RCODE.FORMERR)
  })

  it('is FORMERR to a part of a message, and nothing has changed', () => {
    const message = updateMessage({ updates: [ADD] })
    for (let length = 12; length < message.length; length++) {
      expect(run(message.subarray(0, length))).toMatchObject({ rcode: RCODE.FORMERR, versions: NOTHING_CHANGED })
    }
  })

  it('comes to any octets, and a refusal changes nothing', () => {
    const message = updateMessage({ prerequisites: [{ name: WWW, type: TYPE.A, class: CLASS.ANY }], updates: [ADD] })
    const opcode = message.subarray(2, 4)
    const mutated = fc
      .array(fc.tuple(fc.nat(message.length - 1), fc.nat(255)), { maxLength: 6 })
      .map((changes) => changes.reduce((octets, [at, value]) => octets.fill(value, at, at + 1), Buffer.from(message)))
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ minLength: 12, maxLength: 300 }), mutated), (octets) => {
        const { response, rcode, versions } = run(Buffer.concat([octets.subarray(0, 2), opcode, octets.subarray(4)]))
        expect(response.length).toBeGreaterThanOrEqual(12)
        expect(response.readUInt8(2) & 0x80).toBe(0x80)
        if (rcode !== RCODE.NOERROR) expect(versions).toEqual(NOTHING_CHANGED)
      }),
      { numRuns: 1000 },
    )
  })
})
