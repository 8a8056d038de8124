import { describe, expect, it } from 'vitest'
import { startCloudflare } from './cloudflare.test.support.ts'

const many = Array.from({ length: 60 }, (_, index) => `zone-${String(index).padStart(2, '0')}.test`)

describe('zones', () => {
  it('are listed page by page, until a page is empty', async () => {
    const { api, client, raw } = await startCloudflare({ zones: many })
    const names: string[] = []
    for await (const { name } of client.zones.list({ per_page: 50 })) names.push(name)
    expect(names.toSorted()).toEqual(many)
    // Two pages with zones, and one that tells the SDK to stop.
    expect(api.requests.listZones).toBe(3)
    const { result_info } = (await (await raw('/zones?page=3')).json()) as { result_info: object }
    expect(result_info).toEqual({ page: 3, per_page: 20, count: 20, total_count: 60, total_pages: 3 })
    expect(await (await raw('/zones?name=none.test')).json()).toMatchObject({ result: [], result_info: { total_pages: 0 } })
  })

  it('may have one name in two accounts', async () => {
    const { api, client, dns, zone_id } = await startCloudflare()
    const twin = api.addZone('Example.test')
    const { result } = await client.zones.list({ name: 'example.test', order: 'status' })
    expect(result).toMatchObject([
      { id: zone_id, status: 'active', account: { id: api.accountId }, name_servers: ['ns1.example.test'] },
      { id: twin.id, status: 'pending', account: { id: twin.accountId } },
    ])
    const only = await client.zones.list({ name: 'example.test', account: { id: twin.accountId } })
    expect(only.result.map(({ id }) => id)).toEqual([twin.id])
    const record = { zone_id: twin.id, type: 'TXT', name: 'a.example.test', content: '"x"', ttl: 60 } as const
    const { id } = await client.dns.records.create(record)
    expect((await client.dns.records.list({ zone_id: twin.id })).result).toMatchObject([{ id, content: '"x"' }])
    expect(dns.values('a.example.test', 'TXT')).toEqual([])
    await client.dns.records.delete(id, { zone_id: twin.id })
    expect((await client.dns.records.list({ zone_id: twin.id })).result).toEqual([])
    expect(() => api.addZone('no name')).toThrow(/no name of a zone/)
  })
})

describe('records', () => {
  const records = [
    { name: 'a.example.test', type: 'TXT', value: 'Ab' },
    { name: 'a.example.test', type: 'TXT', value: 'ab' },
    { name: 'b.a.example.test', type: 'MX', value: '10 mail.example.test' },
    { name: 'a.example.test', type: 'CAA', value: '0 issue "ca.test"' },
    { name: 'a.example.test', type: 'A', value: '192.0.2.1' },
  ] as const

  it('are shown one for each value, without the NS of the apex', async () => {
    const { client, zone_id } = await startCloudflare({ records })
    const all = await client.dns.records.list({ zone_id, order: 'type', direction: 'desc' })
    expect(all.result.map(({ type, name, content }) => `${type} ${name} ${content}`)).toEqual([
      'TXT a.example.test "ab"',
      'TXT a.example.test "Ab"',
      'MX b.a.example.test mail.example.test',
      'CAA a.example.test 0 issue "ca.test"',
      'A a.example.test 192.0.2.1',
      'A ns1.example.test 127.0.0.1',
    ])
    expect(all.result.find(({ type }) => type === 'MX')).toMatchObject({ priority: 10, proxiable: false, ttl: 60 })
    expect(all.result.find(({ type }) => type === 'CAA')).toMatchObject({ data: { flags: 0, tag: 'issue', value: 'ca.test' } })
  })

  it.each([
    [{ name: { exact: 'A.example.test' }, type: 'TXT' }, 2],
    [{ name: { exact: 'a.example.test' }, content: { exact: '"AB"' } }, 2],
    [{ name: { exact: 'example.test' } }, 0],
    [{ name: { contains: 'a.ex' } }, 5],
    [{ name: { startswith: 'b.' } }, 1],
    [{ content: { endswith: '.1' } }, 2],
    [{ type: 'TXT', proxied: true }, 0],
    [{ type: 'TXT', name: { exact: 'ns1.example.test' }, match: 'any' }, 3],
    [{ per_page: 4 }, 4],
    [{ per_page: 4, page: 2 }, 2],
    [{ per_page: 4, page: 3 }, 0],
  ] as const)('are filtered by %o', async (query, count) => {
    const { client, zone_id } = await startCloudflare({ records })
    expect((await client.dns.records.list({ zone_id, ...query })).result).toHaveLength(count)
  })

  it('are one page when there are none, and are found as older clients ask', async () => {
    const { raw, zone_id } = await startCloudflare({ records })
    const ask = async (query: string) => (await raw(`/zones/${zone_id}/dns_records?${query}`)).json()
    expect(await ask('type=TXT&name=none.test')).toMatchObject({ result: [], result_info: { total_count: 0, total_pages: 1 } })
    expect(await ask('type=A&name=a.example.test&content=192.0.2.1')).toMatchObject({ result_info: { count: 1 } })
  })
})
