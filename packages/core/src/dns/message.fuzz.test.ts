import fc from 'fast-check'
import { expect, test } from 'vitest'
import { encodeQuery, readReply } from './message.ts'

const query = encodeQuery({ name: 'a.test', type: 'TXT' }, { id: 0x1234, recursionDesired: false, edns: true })
const question = query.subarray(12, query.length - 11)

/** Octets as a forger would choose them: jumps to places near, types that are read, lengths that lie. */
const octets = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: fc.nat(255).map((at) => [0xc0, at]) },
    { weight: 3, arbitrary: fc.constantFrom(1, 2, 5, 6, 16, 28, 41).map((type) => [0, type, 0, 1]) },
    { weight: 1, arbitrary: fc.constant([1, 1, 0, 1]) },
    { weight: 2, arbitrary: fc.constantFrom([0, 0, 0, 60], [0x80, 0, 0, 0], [0xff, 0xff, 0xff, 0xff]) },
    { weight: 3, arbitrary: fc.nat(80).map((length) => [0, length]) },
    { weight: 2, arbitrary: fc.uint8Array({ maxLength: 12 }).map((bytes) => [...bytes]) },
    { weight: 1, arbitrary: fc.tuple(fc.nat(63), fc.nat(255)).map(([n, byte]) => [n, ...Array<number>(n).fill(byte)]) },
  ),
  { maxLength: 120 },
)

const reply = fc
  .record({
    flags: fc.nat(0x05ff).map((low) => 0x8000 | low),
    counts: fc.array(fc.nat(12), { minLength: 3, maxLength: 3 }),
    octets,
  })
  .map(({ flags, counts, octets }) => {
    const header = Buffer.alloc(12)
    for (const [i, value] of [0x1234, flags, 1, ...counts].entries()) header.writeUInt16BE(value, 2 * i)
    return Buffer.concat([header, question, Buffer.from(octets.flat())])
  })

test('whatever follows a question that fits is read in bounded room or refused, and never throws', () => {
  fc.assert(
    fc.property(reply, (bytes) => {
      const message = readReply(bytes, query)
      if (typeof message === 'string') return
      const records = [...message.answers, ...message.authorities, ...message.additionals]
      expect(records.length).toBeLessThanOrEqual(bytes.length / 11)
      for (const { name, value, ttl } of records) {
        // Four characters for each octet of a name, by the escape; two names and five numbers in an SOA.
        expect(name.length).toBeLessThanOrEqual(4 * 255)
        expect(value.length).toBeLessThanOrEqual(Math.max(2 * 4 * 255 + 60, 6 * bytes.length))
        expect(name).toMatch(/^[!-~]*$/)
        expect(ttl).toBeLessThan(2 ** 31)
      }
    }),
    { numRuns: 5000 },
  )
})

test('a reply in which octets are changed, added and lost is read or refused, and never throws', () => {
  const change = fc.record({ at: fc.nat(), byte: fc.nat(255), kind: fc.constantFrom('set', 'add', 'lose') })
  fc.assert(
    fc.property(reply, fc.array(change, { maxLength: 6 }), (bytes, changes) => {
      const damaged = [...bytes]
      for (const { at, byte, kind } of changes) {
        const place = at % (damaged.length + 1)
        if (kind === 'set') damaged[place] = byte
        else damaged.splice(place, kind === 'lose' ? 1 : 0, ...(kind === 'add' ? [byte] : []))
      }
      expect(['object', 'string']).toContain(typeof readReply(Buffer.from(damaged), query))
    }),
    { numRuns: 5000 },
  )
})
