import { describe, expect, it } from 'vitest'
import { startGoDaddy } from './godaddy.test.support.ts'

const conflict = (type: string, name: string) => ({
  status: 422,
  body: {
    code: 'DUPLICATE_RECORD',
    fields: [
      { code: 'DUPLICATE_RECORD', message: `${type} record name [${name}] conflicts with another record.`, path: 'records' },
    ],
  },
})

describe('records', () => {
  it('are added to what there is', async () => {
    const { api, patch, get, dns } = await startGoDaddy()
    dns.add({ name: 'a.example.test', type: 'TXT', value: 'by hand' })
    const answer = await patch([
      { type: 'TXT', name: 'a', data: 'one', ttl: 3600 },
      { type: 'TXT', name: 'A', data: 'two', ttl: 700 },
      { type: 'A', name: '@', data: '192.0.2.1' },
      { type: 'MX', name: '@', data: 'mail.example.test', priority: 10 },
    ])
    expect([answer.status, answer.body]).toEqual([200, ''])
    expect(dns.values('a.example.test', 'TXT')).toEqual(['by hand', 'one', 'two'])
    const of = { name: 'a', ttl: 700, type: 'TXT' }
    expect(await get('TXT/a')).toEqual([
      { ...of, data: 'by hand' },
      { ...of, data: 'one' },
      { ...of, data: 'two' },
    ])
    expect(await get('A/@')).toEqual([{ data: '192.0.2.1', name: '@', ttl: 600, type: 'A' }])
    expect(await get('A/%40')).toHaveLength(1)
    expect(await get('MX/@')).toEqual([{ data: 'mail.example.test', priority: 10, name: '@', ttl: 600, type: 'MX' }])
    expect(api.requests).toMatchObject({ addRecords: 1, getRecords: 4 })
  })

  it('that are there already are refused, and with them the others', async () => {
    const { patch, dns } = await startGoDaddy()
    dns.add({ name: 'a.example.test', type: 'TXT', value: 'one' })
    dns.add({ name: 'a.example.test', type: 'AAAA', value: '2001:db8::1' })
    const more = { type: 'TXT', name: 'b', data: 'more' }
    expect(await patch([more, { type: 'TXT', name: 'a', data: 'one' }])).toMatchObject(conflict('TXT', 'a'))
    expect(await patch([more, more])).toMatchObject(conflict('TXT', 'b'))
    expect(await patch([{ type: 'AAAA', name: 'a', data: '2001:DB8:0::1' }])).toMatchObject(conflict('AAAA', 'a'))
    expect(dns.values('b.example.test', 'TXT')).toEqual([])
    // Text differs by case.
    expect((await patch([{ type: 'TXT', name: 'a', data: 'ONE' }])).status).toBe(200)
  })

  it('are replaced as a whole set', async () => {
    const { put, dns } = await startGoDaddy()
    for (const value of ['one', 'two']) dns.add({ name: 'a.example.test', type: 'TXT', value })
    dns.add({ name: 'a.example.test', type: 'A', value: '192.0.2.1' })
    dns.add({ name: 'b.example.test', type: 'TXT', value: 'other' })
    const answer = await put('TXT/a', [{ data: 'three', ttl: 600, name: 'a', type: 'TXT' }])
    expect([answer.status, answer.body]).toEqual([200, ''])
    expect(dns.values('a.example.test', 'TXT')).toEqual(['three'])
    expect(dns.values('a.example.test', 'A')).toEqual(['192.0.2.1'])
    expect(dns.values('b.example.test', 'TXT')).toEqual(['other'])
    expect(await put('TXT/a', [{ data: 'x' }, { data: 'x' }])).toMatchObject(conflict('TXT', 'a'))
    expect(dns.values('a.example.test', 'TXT')).toEqual(['three'])
  })

  it('are replaced as a whole type, whoever made them', async () => {
    const { put, dns } = await startGoDaddy()
    for (const name of ['a', 'b']) dns.add({ name: `${name}.example.test`, type: 'TXT', value: 'kept' })
    dns.add({ name: 'a.example.test', type: 'A', value: '192.0.2.1' })
    expect(await put('TXT', [])).toMatchObject({ status: 422, body: { code: 'INVALID_BODY' } })
    const answer = await put('TXT', [
      { name: 'b', data: 'one', type: 'TXT', ttl: 600 },
      { name: 'b', data: 'two' },
      { name: 'c', data: 'three' },
    ])
    expect([answer.status, answer.body]).toEqual([200, ''])
    expect(dns.values('a.example.test', 'TXT')).toEqual([])
    expect(dns.values('b.example.test', 'TXT')).toEqual(['one', 'two'])
    expect(dns.values('c.example.test', 'TXT')).toEqual(['three'])
    expect(dns.values('a.example.test', 'A')).toEqual(['192.0.2.1'])
  })

  it('are deleted as a whole set, whether or not there are any', async () => {
    const { remove, dns } = await startGoDaddy()
    for (const value of ['one', 'two']) dns.add({ name: '*.example.test', type: 'TXT', value })
    dns.add({ name: '*.example.test', type: 'A', value: '192.0.2.1' })
    for (let at = 0; at < 2; at += 1) {
      const answer = await remove('TXT/*')
      expect([answer.status, answer.body]).toEqual([204, ''])
    }
    expect(dns.values('*.example.test', 'TXT')).toEqual([])
    expect(dns.values('*.example.test', 'A')).toEqual(['192.0.2.1'])
    expect(await remove('NS/@')).toMatchObject({ status: 422 })
  })

  it('are a CNAME or others', async () => {
    const { patch, put, dns } = await startGoDaddy()
    dns.add({ name: 'www.example.test', type: 'CNAME', value: 'edge.example.test' })
    expect(await patch([{ type: 'TXT', name: 'www', data: 'x' }])).toMatchObject(conflict('TXT', 'www'))
    expect(await patch([{ type: 'CNAME', name: 'www', data: 'b.test' }])).toMatchObject(conflict('CNAME', 'www'))
    expect(await put('CNAME/ns1', [{ data: 'edge.example.test' }])).toMatchObject(conflict('CNAME', 'ns1'))
    expect(await put('CNAME/@', [{ data: 'edge.example.test' }])).toMatchObject(conflict('CNAME', '@'))
    expect(await put('CNAME/c', [{ data: 'a.test' }, { data: 'b.test' }])).toMatchObject(conflict('CNAME', 'c'))
    expect((await put('CNAME/www', [{ data: 'b.test' }])).status).toBe(200)
    expect(dns.values('www.example.test', 'CNAME')).toEqual(['b.test'])
  })

  it('are listed without name and type, too, and a page at a time', async () => {
    const { request, dns, get } = await startGoDaddy()
    for (const value of ['one', 'two', 'three']) dns.add({ name: 'a.example.test', type: 'TXT', value })
    dns.add({ name: 'example.test', type: 'CAA', value: '0 issue "ca.test"' })
    const records = '/example.test/records'
    const { body } = await request('GET', records)
    expect((body as { type: string }[]).map(({ type }) => type).sort()).toEqual(['A', 'CAA', 'NS', 'TXT', 'TXT', 'TXT'])
    for (const path of [`${records}/TXT`, `${records}/TXT/`]) expect((await request('GET', path)).body).toHaveLength(3)
    expect(await get('TXT/a?offset=1&limit=1')).toMatchObject([{ data: 'two' }])
    expect(await get('TXT/a?offset=2')).toMatchObject([{ data: 'three' }])
    expect(await get('TXT/b')).toEqual([])
    // What old clients have left in place of a record.
    dns.add({ name: 'b.example.test', type: 'TXT', value: '' })
    expect(await get('TXT/b')).toMatchObject([{ data: '', name: 'b' }])
    expect(await get('SRV/b')).toEqual([])
  })

  it('have names that come before the domain, whatever they are', async () => {
    const { patch, dns } = await startGoDaddy()
    await patch([{ type: 'TXT', name: 'example.test', data: 'x' }])
    expect(dns.values('example.test.example.test', 'TXT')).toEqual(['x'])
  })

  it('have text as it is, of 512 characters at most', async () => {
    const { put, get, dns } = await startGoDaddy()
    const long = `"${'x'.repeat(510)}"`
    expect((await put('TXT/a', [{ data: long }])).status).toBe(200)
    expect(await get('TXT/a')).toMatchObject([{ data: long }])
    expect(dns.values('a.example.test', 'TXT')).toEqual([long])
    expect(await put('TXT/a', [{ data: `${long}x` }])).toMatchObject({ status: 422, body: { code: 'INVALID_BODY' } })
  })

  it.each<[string, unknown]>([
    ['no array', { data: 'x' }],
    ['nothing', []],
    ['no record', ['x']],
    ['no data', [{ ttl: 600 }]],
    ['empty data', [{ data: '' }]],
    ['data that is no text', [{ data: 7 }]],
    ['another type', [{ data: 'x', type: 'A' }]],
    ['no whole TTL', [{ data: 'x', ttl: 600.5 }]],
    ['a short TTL', [{ data: 'x', ttl: 599 }]],
  ])('are refused for %s', async (_, body) => {
    const { put, dns } = await startGoDaddy()
    dns.add({ name: 'a.example.test', type: 'TXT', value: 'kept' })
    expect(await put('TXT/a', body)).toMatchObject({ status: 422, body: { code: 'INVALID_BODY' } })
    expect(dns.values('a.example.test', 'TXT')).toEqual(['kept'])
  })

  it('are refused with the fields that are wrong', async () => {
    const { patch } = await startGoDaddy()
    const good = { type: 'TXT', name: 'a', data: 'x', ttl: 600 }
    expect((await patch([good, { ...good, data: null, ttl: 60 }])).body).toMatchObject({
      message: "Request body doesn't fulfill schema, see details in `fields`",
      fields: [
        { path: 'records[1].data', code: 'UNEXPECTED_TYPE', message: 'is not a string' },
        { path: 'records[1].ttl', code: 'UNKNOWN_RESTRICTION', message: 'must have a minimum value of 600' },
      ],
    })
    expect((await patch(good)).body).toMatchObject({
      fields: [{ path: 'records', code: 'UNEXPECTED_TYPE', message: 'is not a array' }],
    })
  })

  it.each<[string, object]>([
    ['INVALID_BODY', { name: '' }],
    ['INVALID_BODY', { name: undefined }],
    ['INVALID_BODY', { name: 'a..b' }],
    ['INVALID_BODY', { type: undefined }],
    ['INVALID_BODY', { type: 'txt' }],
    ['INVALID_BODY', { type: 'CAA', data: '0 issue "ca.test"' }],
    ['INVALID_RECORDS', { type: 'A', data: 'Parked' }],
    ['INVALID_RECORDS', { type: 'AAAA', data: 'fe80::1%lo' }],
    ['INVALID_RECORDS', { type: 'CNAME', data: 'a b' }],
    ['SANDBOX_REFUSES', { type: 'SRV' }],
    ['SANDBOX_REFUSES', { type: 'CNAME', data: 'a.test.' }],
    ['SANDBOX_REFUSES', { type: 'CNAME', data: '@' }],
    ['SANDBOX_REFUSES', { type: 'MX', data: 'a.test' }],
    ['SANDBOX_REFUSES', { type: 'MX', data: 'a.test', priority: 70_000 }],
    ['SANDBOX_REFUSES', { priority: 1 }],
    ['SANDBOX_REFUSES', { port: 1 }],
    ['SANDBOX_REFUSES', { proxied: true }],
    ['SANDBOX_REFUSES', { data: 'é' }],
    ['SANDBOX_REFUSES', { type: 'NS', name: '@', data: 'ns.test' }],
  ])('are refused with %s when they are added as %o', async (code, wrong) => {
    const { patch } = await startGoDaddy()
    expect(await patch([{ type: 'TXT', name: 'a', data: 'x', ...wrong }])).toMatchObject({ status: 422, body: { code } })
  })

  it('are refused at places that are none', async () => {
    const { put, request, remove } = await startGoDaddy()
    expect(await put('TXT/', [{ data: 'x' }])).toMatchObject({ status: 422, body: { code: 'INVALID_BODY' } })
    const whole = [{ type: 'TXT', name: 'a', data: 'x' }]
    expect(await request('PUT', '/example.test/records', whole)).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } })
    expect(await put('NS', [{ name: 'sub', data: 'ns.test' }])).toMatchObject({ status: 422, body: { code: 'SANDBOX_REFUSES' } })
    expect(await put('TXT', [{ type: 'A', name: 'a', data: '192.0.2.1' }])).toMatchObject({ status: 422 })
    expect(await put('TXT/a', [{ data: 'x', name: 'b' }])).toMatchObject({ status: 422, body: { code: 'SANDBOX_REFUSES' } })
    expect(await remove('TXT/a..b')).toMatchObject({ status: 422 })
    expect(await request('GET', '/example.test/records/CAA/a')).toMatchObject({ status: 422, body: { code: 'INVALID_BODY' } })
    expect(await request('GET', '/example.test/records/SOA/@')).toMatchObject({ status: 422 })
    expect(await request('GET', '/example.test/records/TXT/a?page=2')).toMatchObject({ status: 422 })
  })

  it('may come without a length, and those that are deleted with a body, as some clients send them', async () => {
    const { api, dns, put } = await startGoDaddy()
    const send = async (method: string, ...chunks: string[]) => {
      const body = new Blob(chunks).stream()
      const headers = { authorization: 'sso-key aKey:aSecret', 'content-type': 'application/json' }
      const url = `${api.url}/v1/domains/example.test/records/TXT/a`
      return (await fetch(url, { method, headers, body, duplex: 'half' })).status
    }
    expect(await send('PUT', '[{"data":', '"x"}]')).toBe(200)
    expect(dns.values('a.example.test', 'TXT')).toEqual(['x'])
    expect(await send('PUT', ' '.repeat(1024 * 1024), ' ')).toBe(413)
    expect(await send('DELETE', '{}')).toBe(204)
    expect(dns.values('a.example.test', 'TXT')).toEqual([])
    expect((await put('TXT/a', [{ data: 'y' }])).status).toBe(200)
  })

  it('come as JSON alone', async () => {
    const { request } = await startGoDaddy()
    const path = '/example.test/records/TXT/a'
    expect(await request('PUT', path, '[{')).toMatchObject({ status: 400, body: { code: 'SANDBOX_REFUSES' } })
    expect(await request('PUT', path, '<a/>', { 'content-type': 'text/xml' })).toMatchObject({ status: 415 })
    expect(await request('PUT', path, ' '.repeat(1024 * 1024 + 1))).toMatchObject({ status: 413 })
  })
})
