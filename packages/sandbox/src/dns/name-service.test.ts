import type { Packet } from 'dns-packet'
import { describe, expect, it } from 'vitest'
import { ask, asked, byTcp, byUdp, dataOf, framed, heard, started } from './client.test.support.ts'
import type { SandboxRecord } from './name-servers.ts'

describe('the authoritative servers', () => {
  it('answer at every address on one port, by UDP and TCP', async () => {
    const { servers, port } = await started({ count: 3, records: [{ name: 'www.example.test', type: 'A', value: '127.0.0.9' }] })
    expect(servers).toEqual([1, 2, 3].map((number) => `127.0.0.${number}:${port}`))
    for (const server of servers) {
      const [byStream] = await byTcp(server, framed(asked('www.example.test', 'A')))
      for (const answer of [await ask(server, 'www.example.test', 'A'), heard(byStream ?? Buffer.alloc(0))]) {
        expect(answer).toMatchObject({ id: 4711, rcode: 'NOERROR', flag_qr: true, flag_aa: true, flag_rd: true, flag_ra: false })
        expect(dataOf(answer.answers)).toEqual(['127.0.0.9'])
      }
    }
  })

  it('take no updates but at the primary', async () => {
    const { servers } = await started({ count: 2 })
    const update = await ask(`${servers[1]}`, 'example.test', 'SOA', { flags: 5 << 11 })
    expect(update.rcode).toBe('NOTAUTH')
  })

  it('transfer zones by TCP, in several messages', async () => {
    const records = Array.from({ length: 600 }, (_, index): SandboxRecord => {
      return { name: `h${index}.example.test`, type: 'TXT', value: 'x'.repeat(50) }
    })
    const { servers } = await started({ records })
    const messages = (await byTcp(servers[0], framed(asked('Example.test', 'AXFR')))).map(heard)
    expect(messages.length).toBeGreaterThan(1)
    for (const message of messages) expect(message).toMatchObject({ id: 4711, flag_aa: true, rcode: 'NOERROR' })
    const all = messages.flatMap(({ answers = [] }) => answers)
    expect(all).toHaveLength(600 + 2 + 2)
    expect([all[0]?.type, all.at(-1)?.type]).toEqual(['SOA', 'SOA'])
    expect(all.filter(({ type }) => type === 'SOA')).toHaveLength(2)
  })

  it('transfer no part of a zone, and none that they do not have', async () => {
    const { servers } = await started()
    for (const name of ['www.example.test', 'example.com']) {
      const [answer] = await byTcp(servers[0], framed(asked(name, 'AXFR')))
      expect(heard(answer ?? Buffer.alloc(0)).rcode).toBe('NOTAUTH')
    }
  })

  it.each<[string, Packet]>([
    ['with what the client has', { authorities: [{ name: 'example.test', type: 'A', data: '127.0.0.1' }] }],
    ['without it', {}],
  ])('say to IXFR %s that they have AXFR alone', async (_, more) => {
    const { servers, resolver } = await started()
    const query = asked('example.test', 'IXFR', more)
    const [byStream] = await byTcp(servers[0], framed(query))
    for (const answer of [await byUdp(servers[0], query), await byUdp(resolver, query), byStream]) {
      expect(heard(answer ?? Buffer.alloc(0))).toMatchObject({ rcode: 'NOTIMP', answers: [] })
    }
  })
})

describe('the resolver', () => {
  it('follows aliases through all zones and sees what the primary sees', async () => {
    const dns = await started({ zones: ['example.test', 'other.test'], count: 2, lagMs: 1000 })
    dns.add({ name: 'www.example.test', type: 'CNAME', value: 'edge.other.test' })
    dns.add({ name: 'edge.other.test', type: 'A', value: '127.0.0.9' })
    const answer = await ask(dns.resolver, 'www.example.test', 'A')
    expect(answer).toMatchObject({ flag_ra: true, flag_aa: false, rcode: 'NOERROR' })
    expect(dataOf(answer.answers)).toEqual(['edge.other.test', '127.0.0.9'])
    const [byStream] = await byTcp(dns.resolver, framed(asked('www.example.test', 'A')))
    expect(heard(byStream ?? Buffer.alloc(0)).answers).toEqual(answer.answers)
  })

  it('refuses what is not for it', async () => {
    const { resolver } = await started()
    expect((await ask(resolver, 'example.test', 'SOA', { flags: 0 })).rcode).toBe('REFUSED')
    expect((await ask(resolver, 'example.test', 'AXFR')).rcode).toBe('REFUSED')
    expect((await ask(resolver, 'example.test', 'SOA', { flags: 5 << 11 })).rcode).toBe('NOTIMP')
  })
})
