import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ask, asked, byTcp, byUdp, clock, framed, heard, opt, started } from './client.test.support.ts'
import { authoritative } from './name-service.ts'
import { RCODE } from './resource-record.ts'
import { createResponder } from './respond.ts'
import { carryOut } from './update.ts'
import { createWorld } from './world.ts'

const zones = createWorld(['example.test'], 2)
const key = { name: 'sandbox', algorithm: 'hmac-sha256', secret: 'AAAA' } as const
const respond = createResponder({
  key,
  clock: clock(),
  query: authoritative(() => zones),
  updates: () => (update) => carryOut(update, () => undefined),
})

const valid = fc.constantFrom(
  asked('ns1.example.test', 'A'),
  asked('example.test', 'NS', opt(999)),
  asked('example.test', 'AXFR'),
  asked('example.test', 'SOA', { flags: 5 << 11 }),
  asked('example.test', 'IXFR', { authorities: [{ name: 'example.test', type: 'A', data: '1.2.3.4' }] }),
)
const changes = fc.array(fc.tuple(fc.nat(120), fc.nat(255)), { maxLength: 6 })
const mutated = fc.tuple(valid, changes, fc.nat(120)).map(([message, octets, cut]) => {
  const changed = Buffer.from(message)
  for (const [at, octet] of octets) if (at < changed.length) changed[at] = octet
  return new Uint8Array(changed.subarray(0, cut > 100 ? changed.length : cut))
})
const garbage = fc.oneof(mutated, fc.uint8Array({ maxLength: 600 }))

describe('whatever comes', () => {
  it('is answered as a request by the servers, or not at all, and never with a fault of theirs', () => {
    fc.assert(
      fc.property(garbage, fc.constantFrom('udp' as const, 'tcp' as const), (message, transport) => {
        for (const reply of respond(message, transport)) {
          expect(reply.subarray(0, 2)).toEqual(message.subarray(0, 2))
          expect((reply[2] ?? 0) & 0xf8).toBe(0x80 | ((message[2] ?? 0) & 0x78))
          expect((reply[3] ?? 0) & 0x0f).not.toBe(2)
          if (transport === 'udp') expect(reply.length).toBeLessThanOrEqual(1232)
          // dns-packet reads names as UTF-8 text, in which an octet may become three, and then finds them too long.
          if (message.every((octet) => octet < 0x80)) heard(reply)
        }
      }),
      { numRuns: 3000 },
    )
  })

  it('leaves the servers running', async () => {
    const { servers, resolver } = await started()
    await fc.assert(
      fc.asyncProperty(fc.array(garbage, { maxLength: 20 }), async (messages) => {
        for (const server of [servers[0], resolver]) {
          // Those that are answered come first, so that each is counted until the good one is.
          await byUdp(server, ...messages, asked('example.test', 'SOA'))
          expect((await ask(server, 'example.test', 'SOA')).answers).toHaveLength(1)
          const streamed = await byTcp(server, ...messages.map(framed), framed(asked('example.test', 'SOA', { id: 65_000 })))
          expect(heard(streamed.at(-1) ?? Buffer.alloc(0))).toMatchObject({ id: 65_000, rcode: 'NOERROR' })
        }
      }),
      { numRuns: 30 },
    )
  })

  it('is answered with SERVFAIL when the server itself is at fault', () => {
    const faulty = createResponder({
      key,
      clock: clock(),
      query: () => {
        throw new Error('a fault')
      },
      updates: () => RCODE.NOERROR,
    })
    expect(faulty(asked('a', 'A'), 'udp').map(heard)).toMatchObject([{ id: 4711, rcode: 'SERVFAIL', additionals: [] }])
    expect(faulty(asked('a', 'A', opt(512)), 'udp').map(heard)).toMatchObject([
      { rcode: 'SERVFAIL', additionals: [{ type: 'OPT' }] },
    ])
  })
})
