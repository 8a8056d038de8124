import type { RecordCreateParams } from 'cloudflare/resources/dns/records'
import { describe, expect, it } from 'vitest'
import { refusalOf, startCloudflare } from './cloudflare.test.support.ts'

type Given = Partial<Record<'name' | 'type' | 'content' | 'ttl' | 'proxied' | 'data' | 'priority' | 'comment' | 'tags', unknown>>

/** What is sent for a record; a TXT of a.example.test with a TTL of 60 where nothing else is said. */
const given = (record: Given = {}) => ({ name: 'a.example.test', type: 'TXT', content: '"x"', ttl: 60, ...record })

async function open(options: Parameters<typeof startCloudflare>[0] = {}) {
  const started = await startCloudflare(options)
  const { client, zone_id } = started
  const { records } = client.dns
  return {
    ...started,
    create: (record?: Given) => records.create({ zone_id, ...given(record) } as RecordCreateParams),
    edit: (id: string, record: Given) => records.edit(id, { zone_id, ...record } as never),
    update: (id: string, record?: Given) => records.update(id, { zone_id, ...given(record) } as never),
    remove: (id: string) => records.delete(id, { zone_id }),
    batch: (lists: object) => records.batch({ zone_id, ...lists }),
    at: async (name: string) => (await records.list({ zone_id, name: { exact: name } })).result,
  }
}

describe('records', () => {
  it('are in the DNS, and keep their ids while others come and go', async () => {
    const { create, edit, update, remove, at, dns, client, zone_id } = await open()
    const one = await create({ name: 'A.Example.test', comment: 'mine' })
    const two = await create({ content: '"y"', ttl: 1 })
    expect(one).toMatchObject({ name: 'a.example.test', content: '"x"', ttl: 60, proxied: false, comment: 'mine', tags: [] })
    expect(dns.values('a.example.test', 'TXT').sort()).toEqual(['x', 'y'])
    expect(dns.book.rrsets('example.test').find(({ name }) => name === 'a.example.test')?.ttl).toBe(60)
    const edited = await edit(one.id, { content: '"z"' })
    expect(edited).toMatchObject({ id: one.id, content: '"z"', ttl: 60, comment: 'mine', created_on: one.created_on })
    expect(dns.values('a.example.test', 'TXT').sort()).toEqual(['y', 'z'])
    expect(await update(one.id, { ttl: undefined })).toMatchObject({ id: one.id, content: '"x"', ttl: 1, comment: null })
    expect(dns.book.rrsets('example.test').find(({ name }) => name === 'a.example.test')?.ttl).toBe(300)
    expect(await remove(one.id)).toEqual({ id: one.id })
    expect((await at('a.example.test')).map(({ id }) => id)).toEqual([two.id])
    expect(dns.values('a.example.test', 'TXT')).toEqual(['y'])
    expect(await refusalOf(remove(one.id))).toEqual([404, 81_044])
    expect(await refusalOf(edit(one.id, { ttl: 60 }))).toEqual([404, 81_044])
    expect(await refusalOf(client.dns.records.get(one.id, { zone_id }))).toEqual([404, 81_044])
    expect(await client.dns.records.get(two.id, { zone_id })).toMatchObject({ id: two.id, content: '"y"' })
  })

  it('see what others write', async () => {
    const { create, edit, at, dns } = await open()
    const mine = await create()
    dns.add({ name: 'a.example.test', type: 'TXT', value: 'say "hello"' })
    const [first, theirs] = await at('a.example.test')
    expect([first?.id, theirs?.content]).toEqual([mine.id, '"say \\"hello\\""'])
    expect((await at('a.example.test'))[1]?.id).toBe(theirs?.id)
    const rrset = { name: 'a.example.test', type: 'TXT', ttl: 120, values: ['x', 'new'] } as const
    dns.book.replace('example.test', [rrset])
    expect((await at('a.example.test')).map(({ content, ttl }) => [content, ttl])).toEqual([
      ['"x"', 120],
      ['"new"', 120],
    ])
    await edit(mine.id, { content: '"changed"' })
    expect(dns.values('a.example.test', 'TXT').sort()).toEqual(['changed', 'new'])
    dns.book.replace('example.test', [{ ...rrset, values: [] }])
    expect(await at('a.example.test')).toEqual([])
  })

  it.each([
    ['plain', 'plain', 'plain'],
    ['not "quoted"', 'not "quoted"', 'not "quoted"'],
    ['"one" "two"', '"one" "two"', 'onetwo'],
    ['"\\"q\\" \\\\ \\195\\169"', '"\\"q\\" \\\\ \\195\\169"', '"q" \\ é'],
    [`"${'x'.repeat(300)}"`, `"${'x'.repeat(255)}" "${'x'.repeat(45)}"`, 'x'.repeat(300)],
    ['"grüße"', '"grüße"', 'grüße'],
  ])('of text may be written as %s', async (content, shown, served) => {
    const { create, dns } = await open()
    expect((await create({ content })).content).toBe(shown)
    expect(dns.values('a.example.test', 'TXT')).toEqual([served])
  })

  it.each([
    ['A', { content: '192.0.2.1' }, '192.0.2.1'],
    ['AAAA', { content: '2001:DB8:0:0::1' }, '2001:db8::1'],
    ['CNAME', { content: 'Target.Example.' }, 'target.example'],
    ['NS', { content: 'ns.elsewhere.test' }, 'ns.elsewhere.test'],
    ['MX', { content: 'mail.example.test', priority: 0 }, '0 mail.example.test'],
    ['CAA', { data: { flags: 128, tag: 'issue', value: 'ca.test; a="b"' } }, '128 issue "ca.test; a=\\"b\\""'],
  ])('of type %s are written and changed in part', async (type, value, served) => {
    const { create, edit, dns } = await open()
    const { id } = await create({ type, ...value })
    expect(dns.values('a.example.test', type as 'A')).toEqual([served])
    await edit(id, { name: 'b.example.test' })
    expect(dns.values('a.example.test', type as 'A')).toEqual([])
    expect(dns.values('b.example.test', type as 'A')).toEqual([served])
  })

  it.each([
    ['@', 'example.test'],
    ['a', 'a.example.test'],
    ['other.test', 'other.test.example.test'],
    ['*.a', '*.a.example.test'],
    ['grüße', 'xn--gre-6ka8l.example.test'],
  ])('named %s are at %s', async (name, complete) => {
    const { create, dns } = await open()
    expect((await create({ name })).name).toBe(complete)
    expect(dns.values(complete, 'TXT')).toEqual(['x'])
  })
})

describe('records that are proxied or flattened', () => {
  it('are answered with addresses of Cloudflare, and shown as they are', async () => {
    const { create, edit, at, dns } = await open()
    const record = await create({ type: 'A', content: '192.0.2.1', proxied: true, ttl: 3600 })
    expect(record).toMatchObject({ content: '192.0.2.1', proxied: true, proxiable: true, ttl: 1 })
    expect(dns.values('a.example.test', 'A').every((address) => address.startsWith('104.16.'))).toBe(true)
    expect(dns.values('a.example.test', 'AAAA')).toHaveLength(2)
    await create({ type: 'A', content: '192.0.2.2' })
    expect(dns.values('a.example.test', 'A')).toHaveLength(2)
    expect((await at('a.example.test')).map(({ content }) => content)).toEqual(['192.0.2.1', '192.0.2.2'])
    await edit(record.id, { proxied: false })
    expect(dns.values('a.example.test', 'A').sort()).toEqual(['192.0.2.1', '192.0.2.2'])
    expect(dns.values('a.example.test', 'AAAA')).toEqual([])
  })

  it('leave room beside a CNAME that is not served as one', async () => {
    const { create, edit, dns } = await open()
    const alias = await create({ type: 'CNAME', content: 'target.test', proxied: true })
    await create()
    expect([dns.values('a.example.test', 'CNAME'), dns.values('a.example.test', 'TXT')]).toEqual([[], ['x']])
    expect(await refusalOf(edit(alias.id, { proxied: false }))).toEqual([400, 81_053])
  })

  it('are gone when somebody takes away what is answered', async () => {
    const { create, at, dns } = await open()
    await create({ type: 'A', content: '192.0.2.1', proxied: true })
    await create({ type: 'A', content: '192.0.2.2' })
    const rrset = { name: 'a.example.test', type: 'AAAA', ttl: 60, values: ['2001:db8::1'] } as const
    dns.book.replace('example.test', [rrset])
    expect((await at('a.example.test')).map(({ content }) => content)).toEqual(['192.0.2.1', '192.0.2.2', '2001:db8::1'])
    dns.book.replace('example.test', [{ ...rrset, type: 'A', values: ['192.0.2.9'] }])
    expect((await at('a.example.test')).map(({ content }) => content).sort()).toEqual(['192.0.2.9', '2001:db8::1'])
  })

  it('show at the apex what the target of a CNAME has', async () => {
    const { create, edit, remove, at, dns } = await open({ zones: ['example.test', 'other.test'] })
    const target = await create({ name: 'deep.example.test', type: 'A', content: '192.0.2.1', ttl: 120 })
    await create({ name: 'edge.example.test', type: 'CNAME', content: 'deep.example.test' })
    const alias = await create({ name: '@', type: 'CNAME', content: 'edge.example.test', ttl: 3600 })
    expect([dns.values('example.test', 'A'), dns.values('example.test', 'CNAME')]).toEqual([['192.0.2.1'], []])
    await edit(target.id, { content: '192.0.2.2' })
    expect(dns.values('example.test', 'A')).toEqual(['192.0.2.2'])
    await create({ name: '@' })
    expect(await at('example.test')).toMatchObject([{ type: 'CNAME', content: 'edge.example.test' }, { type: 'TXT' }])
    await edit(alias.id, { content: 'nothing.other.test' })
    expect(dns.values('example.test', 'A')).toEqual([])
    await remove(alias.id)
    expect(dns.values('example.test', 'NS')).toEqual(['ns1.example.test'])
  })
})

describe('batches', () => {
  it('are carried out in their own order: deletes, patches, puts, posts', async () => {
    const { create, batch, dns } = await open()
    const [one, two, three] = [await create(), await create({ content: '"y"' }), await create({ content: '"z"' })]
    const result = await batch({
      posts: [given({ content: '"z"' })],
      puts: [{ id: three.id, ...given({ content: '"y"' }) }],
      patches: [{ id: two.id, content: '"x"' }],
      deletes: [{ id: one.id }],
    })
    expect(result).toMatchObject({
      deletes: [{ id: one.id, content: '"x"' }],
      patches: [{ id: two.id, content: '"x"' }],
      puts: [{ id: three.id, content: '"y"' }],
      posts: [{ content: '"z"' }],
    })
    expect(dns.values('a.example.test', 'TXT').sort()).toEqual(['x', 'y', 'z'])
    expect(await batch({})).toEqual({})
  })

  it('put a CNAME in the place of others at once', async () => {
    const { create, batch, dns } = await open()
    const { id } = await create()
    await batch({ posts: [given({ type: 'CNAME', content: 'target.test' })], deletes: [{ id }] })
    expect([dns.values('a.example.test', 'TXT'), dns.values('a.example.test', 'CNAME')]).toEqual([[], ['target.test']])
  })

  it('are carried out whole, or not at all', async () => {
    const { create, batch, dns } = await open()
    const { id } = await create()
    const before = dns.book.rrsets('example.test')
    const posts = [given({ content: '"new"' }), given({ content: '"new"' })]
    expect(await refusalOf(batch({ deletes: [{ id }], posts }))).toEqual([400, 81_058])
    expect(await refusalOf(batch({ deletes: [{ id }, { id }] }))).toEqual([404, 81_044])
    expect(await refusalOf(batch({ deletes: [{ id: 'x' }] }))).toEqual([400, 9207])
    expect(await refusalOf(batch({ posts: 'x' }))).toEqual([400, 9207])
    const many = Array.from({ length: 201 }, (_, index) => given({ content: `"${index}"` }))
    expect(await refusalOf(batch({ posts: many }))).toEqual([400, 99_999])
    expect(dns.book.rrsets('example.test')).toEqual(before)
  })
})

describe('a full zone', () => {
  it('takes no more records, and lets those go and change that it has', async () => {
    const { api, create, edit, remove, batch, dns } = await open()
    const there = await create()
    expect(api.recordLimit).toBe(1000)
    api.recordLimit = 2
    // The address of the name server is one.
    expect(await refusalOf(create({ content: '"y"' }))).toEqual([400, 81_045])
    expect(await refusalOf(batch({ posts: [given({ content: '"y"' })] }))).toEqual([400, 81_045])
    expect(dns.values('a.example.test', 'TXT')).toEqual(['x'])
    await batch({ deletes: [{ id: there.id }], posts: [given({ content: '"y"' })] })
    api.recordLimit = 0
    const [now] = dns.values('a.example.test', 'TXT')
    expect(now).toBe('y')
    api.recordLimit = Number.POSITIVE_INFINITY
    const another = await create({ content: '"z"' })
    api.recordLimit = 0
    await edit(another.id, { ttl: 120 })
    await remove(another.id)
    expect(() => {
      api.recordLimit = -1
    }).toThrow(/no number of records/)
  })
})

describe('refused', () => {
  const address = { type: 'A', content: '192.0.2.1' }
  const alias = { type: 'CNAME', content: 'target.test' }

  it.each<[string, Given, number[], Given?]>([
    ['an identical record', { name: 'A.EXAMPLE.test', ttl: 120 }, [81_058], {}],
    ['text that is the same in other quotes', { content: 'x' }, [81_058], {}],
    ['a CNAME beside an address', alias, [81_053], address],
    ['a CNAME beside a CNAME', { ...alias, content: 'other.test' }, [81_053], alias],
    ['an address beside a CNAME', address, [81_054], alias],
    ['an address beside a CNAME at the apex', { ...address, name: '@' }, [81_054], { ...alias, name: '@' }],
    ['text beside a CNAME', {}, [81_054], alias],
    ['a CNAME beside text', alias, [81_053], {}],
    ['an NS beside text', { type: 'NS', content: 'ns.test' }, [81_055], {}],
    ['text beside an NS', {}, [81_056], { type: 'NS', content: 'ns.test' }],
    ['an address that is none', { type: 'A', content: '192.0.2' }, [9005]],
    ['an IPv6 address that is none', { type: 'AAAA', content: 'fe80::1%eth0' }, [9006]],
    ['a target that is none', { ...alias, content: 'https://target.test/' }, [1004, 9007]],
    ['a target that is the name itself', { ...alias, content: 'a.example.test' }, [1004, 9007]],
    ['a TTL that is too short', { ttl: 59 }, [1004, 9021]],
    ['a TTL that is too long', { ttl: 86_401 }, [1004, 9021]],
    ['a TTL that is no number', { ttl: '60' }, [9207]],
    ['proxied text', { proxied: true }, [1004, 9004]],
    ['a proxied private address', { type: 'A', content: '10.1.2.3', proxied: true }, [1004, 9041]],
    ['tags', { tags: ['a:b'] }, [1004, 9300]],
    ['a name that is none', { name: 'a..example.test' }, [9000]],
    ['a name that is too long', { name: `${'a.'.repeat(125)}a` }, [9000]],
    ['a name that is no text', { name: 1 }, [9207]],
    ['no content', { content: undefined }, [9207]],
    ['empty text', { content: '' }, [99_999]],
    ['quotes that do not pair', { content: '"a' }, [99_999]],
    ['an octet that is none', { content: '"\\256"' }, [99_999]],
    ['octets that are no text', { content: '"\\255"' }, [99_999]],
    ['text that is too long', { content: `"${'x'.repeat(4090)}"` }, [9015]],
    ['text that is too long together', { content: `"${'x'.repeat(4070)}"` }, [83_011], { content: `"${'y'.repeat(4070)}"` }],
    ['NS records at the apex', { name: '@', type: 'NS', content: 'ns.test' }, [99_999]],
    ['MX without priority', { type: 'MX', content: 'mail.test' }, [99_999]],
    ['CAA by its content', { type: 'CAA', content: '0 issue "ca.test"' }, [9207]],
    ['CAA with flags that are none', { type: 'CAA', data: { flags: 256, tag: 'issue', value: 'ca.test' } }, [99_999]],
    ['another type', { type: 'SRV' }, [99_999]],
    ['a comment that is too long', { comment: 'x'.repeat(101) }, [99_999]],
  ])('is %s', async (_, record, codes, there) => {
    const { create, dns } = await open()
    if (there) await create(there)
    const before = dns.book.rrsets('example.test')
    expect(await refusalOf(create(record))).toEqual([400, ...codes])
    expect(dns.book.rrsets('example.test')).toEqual(before)
  })
})
