import { describe, expect, it } from 'vitest'
import { startGoDaddy } from './godaddy.test.support.ts'

const names = (body: unknown) => (body as { domain: string }[]).map(({ domain }) => domain)

describe('domains', () => {
  it('come a page at a time, behind a marker', async () => {
    const { request } = await startGoDaddy({ zones: ['c.test', 'a.test', 'example.test', 'b.test'] })
    const pages: string[][] = []
    for (let marker = ''; pages.at(-1)?.length !== 0; marker = `&marker=${pages.at(-1)?.at(-1)}`)
      pages.push(names((await request('GET', `?limit=3${marker}`)).body))
    expect(pages).toEqual([['a.test', 'b.test', 'c.test'], ['example.test'], []])
  })

  it('come as 100 when nothing else is said, and as 1000 at most', async () => {
    const { api, request } = await startGoDaddy()
    for (let at = 0; at < 1005; at += 1) api.addDomain({ name: `d${String(at).padStart(4, '0')}.test` })
    expect(names((await request('GET', '')).body)).toHaveLength(100)
    expect(names((await request('GET', '?statuses=ACTIVE&limit=1000')).body)).toHaveLength(1000)
    expect(names((await request('GET', '?limit=1000&marker=d0999.test')).body)).toEqual([
      ...Array.from({ length: 5 }, (_, at) => `d100${at}.test`),
      'example.test',
    ])
    for (const limit of ['1001', '0', '-1', 'x'])
      expect(await request('GET', `?limit=${limit}`)).toMatchObject({ status: 422, body: { code: 'SANDBOX_REFUSES' } })
  })

  it('are picked by status', async () => {
    const { api, request } = await startGoDaddy({ zones: ['example.test', 'dns-only.test'] })
    api.setStatus('dns-only.test', 'PENDING_DNS_ACTIVE')
    api.addDomain({ name: 'Old.test', status: 'CANCELLED' })
    expect(names((await request('GET', '')).body)).toEqual(['dns-only.test', 'example.test', 'old.test'])
    expect(names((await request('GET', '?statuses=ACTIVE')).body)).toEqual(['example.test'])
    const both = ['dns-only.test', 'example.test']
    expect(names((await request('GET', '?statuses=ACTIVE,PENDING_DNS_ACTIVE')).body)).toEqual(both)
    expect(names((await request('GET', '?statuses=ACTIVE&statuses=PENDING_DNS_ACTIVE')).body)).toEqual(both)
    expect(await request('GET', '?statuses=active')).toMatchObject({ status: 422 })
    for (const parameter of ['statusGroups=VISIBLE', 'modifiedDate=2026-01-01', 'includes=contacts'])
      expect(await request('GET', `?${parameter}`)).toMatchObject({ status: 422, body: { code: 'SANDBOX_REFUSES' } })
  })

  it('say what they are', async () => {
    const { api, request } = await startGoDaddy()
    api.addDomain({ name: 'elsewhere.test' })
    const { body } = await request('GET', '/Example.test')
    expect(body).toMatchObject({ domain: 'example.test', status: 'ACTIVE', nameServers: ['ns1.example.test'] })
    const { body: all } = await request('GET', '')
    expect(all).toMatchObject([
      { domain: 'elsewhere.test' },
      { domainId: (body as { domainId: number }).domainId, nameServers: null },
    ])
    const { body: listed } = await request('GET', '?includes=nameServers')
    expect(listed).toMatchObject([{ nameServers: [] }, { nameServers: ['ns1.example.test'] }])
    expect(await request('GET', '/a.example.test')).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } })
    expect(await request('GET', '/a..test')).toMatchObject({ status: 422, body: { code: 'INVALID_BODY' } })
    // Registered here, with a zone elsewhere.
    const unknown = { status: 404, body: { code: 'UNKNOWN_DOMAIN' } }
    expect(await request('GET', '/elsewhere.test/records/TXT/a')).toMatchObject(unknown)
  })

  it('that are none cannot be added or changed', async () => {
    const { api } = await startGoDaddy()
    expect(() => api.addDomain({ name: 'a..b' })).toThrow(/no name of a domain/)
    expect(() => api.addDomain({ name: 'a.test', status: 'active' })).toThrow(/no status/)
    expect(() => api.setStatus('a.test', 'ACTIVE')).toThrow(/has no domain/)
    expect(() => api.setStatus('example.test', '')).toThrow(/no status/)
  })
})
