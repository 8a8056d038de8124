import { describe, expect, it } from 'vitest'
import { ask, asked, byTcp, byUdp, framed, heard, opt, sevens, started } from './client.test.support.ts'
import { TYPE } from './resource-record.ts'
import { NOW, signMessage } from './tsig.test.support.ts'
import { type RequestRecord, updateMessage } from './update.test.support.ts'
import { readMessage } from './wire-message.ts'

/** With DO set. */
const OPT: RequestRecord = { name: '', type: TYPE.OPT, class: 1400, ttl: 0x8000 }
/** The additional records of a message, of which dns-packet shows none that is a TSIG. */
const additionals = (message: Buffer = Buffer.alloc(0)) =>
  readMessage(message).additionals.map(({ type, class: payload, ttl }) => (type === TYPE.OPT ? [type, payload, ttl] : [type]))
const OURS = [TYPE.OPT, 1232, 0x8000]

describe('the servers', () => {
  it('speak EDNS with those who do', async () => {
    const { servers } = await started()
    expect((await ask(servers[0], 'example.test', 'A')).additionals).toEqual([])
    const good = await ask(servers[0], 'example.test', 'A', opt(1400))
    expect(good.additionals).toMatchObject([
      { type: 'OPT', udpPayloadSize: 1232, ednsVersion: 0, extendedRcode: 0, flag_do: true },
    ])
  })

  it.each([0, 4, 5])('speak its version 0 alone, in opcode %d too', async (opcode) => {
    const { servers } = await started()
    const answer = await ask(servers[0], 'example.test', 'SOA', { ...opt(1400, 1), flags: opcode << 11 })
    expect(answer).toMatchObject({ rcode: 'NOERROR', answers: [], additionals: [{ extendedRcode: 1, ednsVersion: 0 }] })
  })

  it.each([
    ['another opcode', asked('a', 'SOA', { ...opt(1400), flags: 4 << 11 }), 'NOTIMP'],
    ['a type that is not implemented', asked('example.test', 'IXFR', opt(1400)), 'NOTIMP'],
    ['another class', asked('a', 'A', { ...opt(1400), questions: [{ name: 'a', type: 'A', class: 'CH' }] }), 'REFUSED'],
    ['no question', asked('a', 'A', { ...opt(1400), questions: [] }), 'FORMERR'],
    ['two OPT records', updateMessage({ flags: 0, additionals: [OPT, OPT] }), 'FORMERR'],
    ['an OPT record that is not at the root', updateMessage({ flags: 0, additionals: [{ ...OPT, name: 'a' }] }), 'FORMERR'],
    ['half an option', updateMessage({ flags: 0, additionals: [{ ...OPT, rdata: [0, 3, 0] }] }), 'FORMERR'],
    ['half an option in an update', updateMessage({ additionals: [{ ...OPT, rdata: [0, 3, 0] }] }), 'FORMERR'],
    ['an update that nobody signed', updateMessage({ additionals: [OPT] }), 'REFUSED'],
    ['an update at a secondary', updateMessage({ additionals: [OPT] }), 'NOTAUTH', 'second'],
    ['an update at the resolver', updateMessage({ additionals: [OPT] }), 'NOTIMP', 'resolver'],
    ['a zone that is not theirs', asked('a', 'AXFR', opt(1400)), 'NOTAUTH'],
  ])('answer with an OPT record to %s', async (_, query, rcode, at = 'first') => {
    const { servers, resolver } = await started({ count: 2 })
    const server = { first: servers[0], second: servers[1], resolver }[at] ?? ''
    const [answer] = await byTcp(server, framed(query))
    expect(heard(answer ?? Buffer.alloc(0)).rcode).toBe(rcode)
    expect(additionals(answer)).toEqual([OURS])
  })

  it('answer to signed messages with an OPT record, the TSIG behind it', async () => {
    const { servers, tsigKey } = await started({ runtime: { clock: { now: () => NOW, sleep: async () => {} }, random: sevens } })
    const key = { name: tsigKey.name, secret: tsigKey.secret }
    const update = updateMessage({ additionals: [OPT] })
    for (const [tsig, rcode] of [
      [key, 'NOERROR'],
      [{ ...key, secret: 'AAAA' }, 'NOTAUTH'],
      [{ ...key, time: Buffer.alloc(6) }, 'NOTAUTH'],
      [{ ...key, macLength: 16 }, 'NOTAUTH'],
    ] as const) {
      const answer = await byUdp(servers[0], signMessage(update, tsig))
      expect(rcode).toBe(heard(answer).rcode)
      expect(additionals(answer)).toEqual([OURS, [TYPE.TSIG]])
    }
    const wrong = await byUdp(servers[0], signMessage(update, { ...key, ttl: 1 }))
    expect(heard(wrong).rcode).toBe('FORMERR')
    expect(additionals(wrong)).toEqual([OURS])
  })
})
