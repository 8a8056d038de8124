import { type Answer, decode, encode } from 'dns-packet'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readSections } from './record-reader.ts'

const asked = Buffer.from('\x01a\x04test\0\0\x10\0\x01', 'latin1')

/** A message that was asked TXT of `a.test`, with these bytes as its answers. */
function message(count: number, ...parts: (Buffer | number[])[]): Buffer {
  const header = Buffer.from([0, 1, 0x84, 0, 0, 1, count >> 8, count & 255, 0, 0, 0, 0])
  return Buffer.concat([header, asked, ...parts.map((part) => Buffer.from(part))])
}

/** A record at the asked name. */
function record(type: number, data: Buffer | number[], o: { name?: Buffer; ttl?: number } = {}): Buffer {
  const fixed = Buffer.alloc(10)
  fixed.writeUInt16BE(type, 0)
  fixed.writeUInt16BE(1, 2)
  fixed.writeUInt32BE(o.ttl ?? 60, 4)
  fixed.writeUInt16BE(data.length, 8)
  return Buffer.concat([o.name ?? Buffer.from([0xc0, 12]), fixed, Buffer.from(data)])
}

function labels(...all: (string | number[])[]): Buffer {
  const parts = all.map((one) => Buffer.from(one as number[]))
  return Buffer.concat([...parts.flatMap((part) => [Buffer.of(part.length), part]), Buffer.of(0)])
}

test('reads what another codec wrote, of every type, as that codec reads it', () => {
  const label = fc.stringMatching(/^[a-z0-9_-]{1,20}$/)
  const name = fc.array(label, { minLength: 1, maxLength: 5 }).map((all) => all.join('.'))
  const number = fc.nat(2 ** 31 - 1)
  const strings = fc.array(
    fc.uint8Array({ maxLength: 255 }).map((bytes) => Buffer.from(bytes)),
    { minLength: 1, maxLength: 4 },
  )
  const data = fc.oneof(
    fc.ipV4().map((data) => ({ type: 'A' as const, data })),
    fc.ipV6().map((data) => ({ type: 'AAAA' as const, data })),
    name.map((data) => ({ type: 'CNAME' as const, data })),
    name.map((data) => ({ type: 'NS' as const, data })),
    strings.map((data) => ({ type: 'TXT' as const, data })),
    fc.tuple(fc.nat(255), label, fc.string({ maxLength: 60 })).map(([flags, tag, value]) => ({
      type: 'CAA' as const,
      data: { flags, tag, value },
    })),
    fc.tuple(name, name, number, number).map(([mname, rname, serial, minimum]) => ({
      type: 'SOA' as const,
      data: { mname, rname, serial, refresh: 1, retry: 2, expire: 3, minimum },
    })),
  )
  const records = fc.array(fc.record({ name, ttl: number, data }), { maxLength: 6 })
  fc.assert(
    fc.property(name, records, records, (question, first, second) => {
      const of = (all: typeof first) => all.map(({ data, ...rest }) => ({ ...rest, ...data }) as Answer)
      const bytes = encode({
        type: 'response',
        questions: [{ name: question, type: 'TXT' }],
        answers: of(first),
        additionals: of(second),
      })
      const theirs = decode(bytes)
      const ours = readSections(bytes)
      const plain = (all: readonly Answer[] | undefined) =>
        (all ?? []).map((one) => ({ name: one.name, type: one.type, ttl: 'ttl' in one ? one.ttl : 0, value: text(one) }))
      const stripped = (all: readonly { caa?: unknown }[] | undefined) => (all ?? []).map(({ caa, ...rest }) => rest)
      expect(stripped(ours?.answers)).toEqual(plain(theirs.answers))
      expect(stripped(ours?.additionals)).toEqual(plain(theirs.additionals))
    }),
    { numRuns: 300 },
  )
})

/** The value as this project writes it, of what the other codec has read. */
function text(one: Answer): string {
  switch (one.type) {
    case 'AAAA':
      // It shortens the first zeros, not the most of them (RFC 5952 §4.2.3), as the parser of URLs does.
      return new URL(`http://[${one.data}]`).hostname.slice(1, -1)
    case 'TXT':
      return Buffer.concat((one.data as Buffer[]).map((part) => Buffer.from(part))).toString('utf8')
    case 'CAA':
      return `${one.data.flags} ${one.data.tag} ${JSON.stringify(one.data.value)}`
    case 'SOA':
      return Object.values(one.data).join(' ')
    default:
      return String('data' in one ? one.data : '')
  }
}

test('names that go on at an earlier place are read as another codec reads them', () => {
  const at = 12 + asked.length
  const first = record(5, [1, 120, 0xc0, 14])
  const bytes = message(
    3,
    first,
    record(2, [3, 110, 115, 49, 0xc0, at + 12]),
    record(16, [1, 120], { name: Buffer.from([0xc0, 14]) }),
  )
  expect(readSections(bytes)?.answers.map(({ name, value }) => [name, value])).toEqual([
    ['a.test', 'x.test'],
    ['a.test', 'ns1.x.test'],
    ['test', 'x'],
  ])
  expect(decode(bytes).answers).toMatchObject([{ data: 'x.test' }, { data: 'ns1.x.test' }, { name: 'test' }])
})

test('names that lead in a circle, forward, into the header or out of the message are malformed', () => {
  const here = 12 + asked.length
  const to = (at: number) => [0xc0 | (at >> 8), at & 255]
  const named = (name: number[]) => record(16, [1, 120], { name: Buffer.from(name) })
  const odd = [to(here), to(here + 2), to(4), to(0x3fff), [1, 97, ...to(here)], [64, 97, 0], [128, 0], [63, 97]]
  expect(odd.map((name) => readSections(message(1, named(name))))).toEqual(odd.map(() => undefined))
  // Two names that lead to each other, in the data of two records.
  const first = record(5, to(here + 12 + 2 + 12))
  expect(readSections(message(2, first, record(5, to(here + 12))))).toBeUndefined()
})

test('a name of jumps and labels beyond 255 octets is malformed', () => {
  const long = labels('a'.repeat(63), 'b'.repeat(63), 'c'.repeat(63))
  const at = 12 + asked.length + 12
  const grown = Buffer.concat([labels('d'.repeat(63)).subarray(0, -1), Buffer.from([0xc0, at])])
  expect(readSections(message(1, record(5, long)))?.answers).toHaveLength(1)
  expect(readSections(message(2, record(5, long), record(5, grown)))).toBeUndefined()
})

test('bytes that are no visible ASCII characters, dots and backslashes in a label are escaped', () => {
  const target = labels([0xc3, 0xbc], 'a.b', 'c\\d', [0, 9, 32, 127], 'Example')
  const [one] = readSections(message(1, record(5, target)))?.answers ?? []
  expect(one?.value).toBe('\\195\\188.a\\.b.c\\\\d.\\000\\009\\032\\127.example')
})

test('a time to live with the upper bit set counts as 0', () => {
  const ttls = [0, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1]
  const read = readSections(message(4, ...ttls.map((ttl) => record(16, [1, 120], { ttl }))))
  expect(read?.answers.map(({ ttl }) => ttl)).toEqual([0, 2 ** 31 - 1, 0, 0])
})

test('types that are not read are left out, whatever is in them; data that do not fill their record are malformed', () => {
  const strange = [255, 0, 65, 65_280, 46].map((type) => record(type, [0xc0, 0xff, 1]))
  expect(readSections(message(6, ...strange, record(16, [1, 120])))?.answers).toMatchObject([{ value: 'x' }])
  const odd = [record(1, [127, 0, 0]), record(1, [127, 0, 0, 1, 0]), record(28, [1]), record(16, [9, 120]), record(5, [0, 0])]
  for (const one of [...odd, record(257, [0, 9, 97]), record(6, [0, 0, 1])]) expect(readSections(message(1, one))).toBeUndefined()
})

test('addresses are written as RFC 5952 has it', () => {
  const of = (...groups: number[]) => groups.flatMap((group) => [group >> 8, group & 255])
  const all = [
    of(0, 0, 0, 0, 0, 0, 0, 0),
    of(0, 0, 0, 0, 0, 0, 0, 1),
    of(0x2001, 0xdb8, 0, 0, 1, 0, 0, 1),
    of(1, 0, 2, 3, 4, 5, 6, 0),
  ]
  const read = readSections(message(4, ...all.map((bytes) => record(28, bytes))))
  expect(read?.answers.map(({ value }) => value)).toEqual(['::', '::1', '2001:db8::1:0:0:1', '1:0:2:3:4:5:6:0'])
})

test('as many records as fit into 64 KB, each with the longest names by compression, are read in bounded time and room', () => {
  const long = labels('a'.repeat(63), 'b'.repeat(63), 'c'.repeat(63), 'd'.repeat(61))
  const first = record(5, long)
  const at = 12 + asked.length + 12
  const again = record(5, [0xc0, at], { name: Buffer.from([0xc0, at]) })
  const count = Math.floor((65_535 - 12 - asked.length - first.length) / again.length)
  const read = readSections(message(count + 1, first, Buffer.concat(Array.from({ length: count }, () => again))))
  expect(read?.answers).toHaveLength(count + 1)
  const characters = (read?.answers ?? []).reduce((sum, { name, value }) => sum + name.length + value.length, 0)
  expect(characters).toBeLessThan(3_000_000)
})

test('a name of more jumps than it can have labels is malformed: thousands of records could lead along one chain', () => {
  const start = message(0).length
  // In the data of a record of an unknown type: the root, then names that are each a jump to the one before.
  const chain = (jumps: number) => {
    const at = (n: number) => (n === 0 ? start + 12 : start + 13 + 2 * (n - 1))
    const data = [0, ...Array.from({ length: jumps }, (_, n) => [0xc0 | (at(n) >> 8), at(n) & 255]).flat()]
    const holder = record(65_280, data)
    const jump = Buffer.from([0xc0 | (at(jumps) >> 8), at(jumps) & 255])
    return message(2, holder, record(2, jump))
  }
  expect(readSections(chain(126))?.answers).toMatchObject([{ type: 'NS', value: '' }])
  expect(readSections(chain(127))).toBeUndefined()
})
