import { DomainctlError } from '@domainctl/core'
import { describe, expect, it } from 'vitest'
import { ask, clock, dataOf, opt, sevens, started } from './client.test.support.ts'
import type { SandboxRecord } from './name-servers.ts'

describe('changes', () => {
  const record: SandboxRecord = { name: 'new.example.test', type: 'TXT', value: 'here' }

  it('show at the other servers after their lag, in order', async () => {
    const time = clock()
    const dns = await started({ count: 2, lagMs: 1000, runtime: { clock: time, random: sevens } })
    const seen = async () => {
      const found: string[][] = []
      for (const server of dns.servers) found.push(dataOf((await ask(server, 'new.example.test', 'TXT')).answers))
      return found
    }
    dns.add(record)
    expect(await seen()).toEqual([['here'], []])
    dns.lagMs = 0
    dns.add({ ...record, value: 'there' })
    time.advance(999)
    expect(await seen()).toEqual([['here', 'there'], []])
    time.advance(1)
    expect(await seen()).toEqual([['here', 'there'], ['here', 'there']]) // biome-ignore format: pairs
    dns.remove(record)
    expect(await seen()).toEqual([['there'], ['there']])
    const serials: unknown[] = []
    for (const server of dns.servers) serials.push((await ask(server, 'example.test', 'SOA')).answers)
    expect(serials[0]).toEqual(serials[1])
  })

  it('are read as they were written', async () => {
    const dns = await started()
    dns.add(record)
    dns.add({ ...record, value: 'x'.repeat(700) })
    dns.add({ ...record, ttl: 5 })
    expect(dns.values('NEW.example.test', 'TXT')).toEqual(['here', 'x'.repeat(700)])
    expect((await ask(dns.servers[0], 'new.example.test', 'TXT', opt(1232))).answers).toMatchObject([{ ttl: 5 }, { ttl: 5 }])
    dns.remove({ ...record, value: 'x'.repeat(700) })
    dns.remove({ ...record, value: 'never there' })
    expect(dns.values('new.example.test', 'TXT')).toEqual(['here'])
    dns.remove({ name: record.name, type: 'TXT' })
    expect(dns.values('new.example.test', 'TXT')).toEqual([])
    expect(dns.values('not a name', 'TXT')).toEqual([])
    expect((await ask(dns.servers[0], 'new.example.test', 'TXT')).rcode).toBe('NXDOMAIN')
  })

  it.each([
    [{ name: 'a b', type: 'A', value: '127.0.0.1' }, /no name/],
    [{ name: 'www.example.com', type: 'A', value: '127.0.0.1' }, /in no zone/],
    [{ name: 'test', type: 'A', value: '127.0.0.1' }, /in no zone/],
    [{ name: 'x.example.test', type: 'A', value: 'here' }, /no value/],
    [{ name: 'x.example.test', type: 'A', value: '127.0.0.1', ttl: -1 }, /no TTL/],
    [{ name: 'x.example.test', type: 'SRV', value: '' }, /no type/],
    [{ name: 'example.test', type: 'CNAME', value: 'x.test' }, /no CNAME can be/],
    [{ name: 'c.example.test', type: 'A', value: '127.0.0.1' }, /nothing else can be/],
  ])('refuse %o', async (wrong, message) => {
    const dns = await started({ records: [{ name: 'c.example.test', type: 'CNAME', value: 'x.test' }] })
    const add = () => dns.add(wrong as SandboxRecord)
    expect(add).toThrow(DomainctlError)
    expect(add).toThrow(expect.objectContaining({ code: 'USAGE', message: expect.stringMatching(message) }))
  })
})
