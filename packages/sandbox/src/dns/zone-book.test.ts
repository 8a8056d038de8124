import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { BookedRRset } from '../apis/zone-book.ts'
import { ask, dataOf, opt, started } from './client.test.support.ts'

const txt = (values: string[], name = 'a.example.test', ttl = 60): BookedRRset => ({ name, type: 'TXT', ttl, values })

describe('the book of zones', () => {
  it('shows what is written by hand, and writes what is served', async () => {
    const dns = await started({ zones: ['example.test', 'other.test'] })
    const { book } = dns
    expect([...book.zones()].sort()).toEqual(['example.test', 'other.test'])
    dns.add({ name: 'a.example.test', type: 'TXT', value: 'by hand' })
    expect(book.rrsets('example.test')).toContainEqual(txt(['by hand']))
    // A zone's own name server has its address in it.
    expect(book.rrsets('other.test').map(({ type }) => type)).toEqual(['NS', 'A'])

    const long = 'x'.repeat(300)
    expect(book.replace('example.test', [txt(['by hand', long], 'A.Example.test', 120)])).toEqual({})
    expect(book.rrsets('example.test')).toContainEqual(txt(['by hand', long], 'a.example.test', 120))
    expect(dns.values('a.example.test', 'TXT')).toEqual(['by hand', long])
    book.replace('example.test', [txt([])])
    expect((await ask(dns.servers[0], 'a.example.test', 'TXT')).rcode).toBe('NXDOMAIN')
  })

  it('makes one version of the zone of all, and none of what changes nothing', async () => {
    const dns = await started()
    const serial = async () => String(JSON.stringify((await ask(dns.servers[0], 'example.test', 'SOA')).answers))
    const before = await serial()
    expect(dns.book.replace('example.test', [txt([])])).toEqual({})
    expect(await serial()).toBe(before)
    dns.book.replace('example.test', [txt(['1', '2']), txt(['3'], 'b.example.test')])
    const after = await serial()
    expect(after).not.toBe(before)
    dns.book.replace('example.test', [txt(['1', '2'])])
    expect(await serial()).toBe(after)
  })

  it('lets a CNAME take the place of others, and others of a CNAME', async () => {
    const { book, values } = await started({ records: [{ name: 'a.example.test', type: 'TXT', value: 'here' }] })
    const cname: BookedRRset = { name: 'a.example.test', type: 'CNAME', ttl: 60, values: ['b.example.test'] }
    expect(book.replace('example.test', [cname])).toEqual({ conflict: { rrset: cname, why: 'cname' } })
    expect(book.replace('example.test', [cname, txt([])])).toEqual({})
    expect(book.replace('example.test', [{ ...cname, values: ['c.example.test'] }])).toEqual({})
    expect(values('a.example.test', 'CNAME')).toEqual(['c.example.test'])
    expect(book.replace('example.test', [txt(['x'])])).toEqual({ conflict: { rrset: txt(['x']), why: 'cname' } })
    expect(book.replace('example.test', [txt(['x']), { ...cname, values: [] }])).toEqual({})
    expect(values('a.example.test', 'TXT')).toEqual(['x'])
  })

  it('replaces the NS records of the apex, and never takes them away', async () => {
    const { book, values } = await started()
    const ns: BookedRRset = { name: 'example.test', type: 'NS', ttl: 60, values: ['ns.elsewhere.test'] }
    expect(book.replace('example.test', [ns])).toEqual({})
    expect(values('example.test', 'NS')).toEqual(['ns.elsewhere.test'])
    expect(book.replace('example.test', [{ ...ns, values: [] }])).toMatchObject({ conflict: { why: 'value' } })
  })

  it.each<[Partial<BookedRRset>, string, string?]>([
    [{ name: 'a.example.com' }, 'zone'],
    [{ name: 'notexample.test' }, 'zone'],
    [{ name: 'a b.example.test' }, 'zone'],
    [{}, 'zone', 'missing.test'],
    [{}, 'zone', 'test'],
    [{ type: 'A', values: ['here'] }, 'value'],
    [{ type: 'CNAME', values: ['a.test', 'b.test'] }, 'value'],
    [{ type: 'SRV' as 'A' }, 'value'],
    [{ ttl: -1 }, 'value'],
    [{ ttl: 0.5 }, 'value'],
    [{ name: 'example.test', type: 'CNAME', values: ['a.test'] }, 'cname'],
  ])('refuses %o, and does nothing of the rest', async (wrong, why, apex = 'example.test') => {
    const { book } = await started()
    const before = book.rrsets('example.test')
    const rrset = { ...txt(['x']), ...wrong }
    const list = apex === 'example.test' ? [txt(['good'], 'good.example.test'), rrset] : [rrset]
    expect(book.replace(apex, list)).toEqual({ conflict: { rrset, why } })
    expect(book.rrsets('example.test')).toEqual(before)
  })

  it('shows at the other servers after their lag', async () => {
    const dns = await started({ count: 2 })
    dns.book.replace('example.test', [txt(['x'])])
    for (const server of dns.servers)
      expect(dataOf((await ask(server, 'a.example.test', 'TXT', opt(1232))).answers)).toEqual(['x'])
  })

  it('holds any text that was put into it', async () => {
    const { book } = await started()
    const text = fc.string({ unit: 'grapheme', maxLength: 600 }).filter((value) => value.isWellFormed())
    fc.assert(
      fc.property(fc.uniqueArray(text, { minLength: 1, maxLength: 5 }), (values) => {
        expect(book.replace('example.test', [txt(values)])).toEqual({})
        const found = book.rrsets('example.test').find(({ type }) => type === 'TXT')
        expect(found && new Set(found.values)).toEqual(new Set(values))
      }),
    )
  })
})
