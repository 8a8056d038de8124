import { describe, expect, it } from 'vitest'
import { startGoDaddy } from './godaddy.test.support.ts'

const DENIED = { status: 403, body: { code: 'ACCESS_DENIED', message: 'Authenticated user is not allowed access' } }

describe('credentials', () => {
  it.each([
    ['', 'MISSING_CREDENTIALS'],
    ['Bearer aKey', 'MALFORMED_CREDENTIALS'],
    ['sso-key aKey', 'MALFORMED_CREDENTIALS'],
    ['sso-key aKey:aSecret:more', 'MALFORMED_CREDENTIALS'],
    ['sso-key aKey:another', 'UNABLE_TO_AUTHENTICATE'],
    ['sso-key nobody:aSecret', 'UNABLE_TO_AUTHENTICATE'],
  ])('"%s" are refused', async (authorization, code) => {
    const { request, dns } = await startGoDaddy()
    const answer = await request('PUT', '/example.test/records/TXT/a', [{ data: 'x' }], { authorization })
    expect(answer).toMatchObject({ status: 401, body: { code } })
    expect(JSON.stringify(answer.body)).not.toMatch(/another|aSecret/)
    expect(dns.values('a.example.test', 'TXT')).toEqual([])
  })

  it('that may write but not read are refused every GET', async () => {
    const { api, as, dns } = await startGoDaddy()
    const request = as(api.addKey({ reads: 'none' }))
    for (const path of ['', '/example.test', '/example.test/records', '/example.test/records/TXT/a'])
      expect(await request('GET', path)).toMatchObject(DENIED)
    expect((await request('PUT', '/example.test/records/TXT/a', [{ data: 'x' }])).status).toBe(200)
    expect((await request('PATCH', '/example.test/records', [{ type: 'TXT', name: 'a', data: 'y' }])).status).toBe(200)
    expect(dns.values('a.example.test', 'TXT')).toEqual(['x', 'y'])
    expect((await request('DELETE', '/example.test/records/TXT/a')).status).toBe(204)
    expect(dns.values('a.example.test', 'TXT')).toEqual([])
  })

  it('of few domains read one type at one name alone', async () => {
    const { api, as } = await startGoDaddy()
    const request = as(api.addKey({ reads: 'rrsets' }))
    for (const path of ['', '/example.test', '/example.test/records', '/example.test/records/TXT', '/example.test/records/TXT/'])
      expect(await request('GET', path)).toMatchObject(DENIED)
    expect(await request('GET', '/example.test/records/TXT/a')).toMatchObject({ status: 200, body: [] })
  })

  it('without access may do nothing', async () => {
    const { api, as } = await startGoDaddy()
    const request = as(api.addKey({ reads: 'none', writes: 'none' }))
    for (const method of ['GET', 'PUT', 'DELETE']) {
      const body = method === 'PUT' ? [{ data: 'x' }] : undefined
      expect(await request(method, '/example.test/records/TXT/a', body)).toMatchObject(DENIED)
    }
  })

  it('see the domains of their account, and no others', async () => {
    const { api, as, dns } = await startGoDaddy({ zones: ['example.test', 'other.test'] })
    const request = as(api.addKey({ domains: ['other.test'] }))
    expect((await request('GET', '')).body).toMatchObject([{ domain: 'other.test' }])
    expect(await request('GET', '/example.test')).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } })
    const unknown = { status: 404, body: { code: 'UNKNOWN_DOMAIN' } }
    expect(await request('GET', '/example.test/records/TXT/a')).toMatchObject(unknown)
    expect(await request('PUT', '/example.test/records/TXT/a', [{ data: 'x' }])).toMatchObject(unknown)
    expect(await request('PATCH', '/example.test/records', [{ type: 'TXT', name: 'a', data: 'x' }])).toMatchObject(unknown)
    expect(await request('DELETE', '/example.test/records/A/ns1')).toMatchObject(unknown)
    expect(dns.values('a.example.test', 'TXT')).toEqual([])
    expect(dns.values('ns1.example.test', 'A')).toEqual(['127.0.0.1'])
    expect((await request('PUT', '/other.test/records/TXT/a', [{ data: 'x' }])).status).toBe(200)
  })
})

describe('requests', () => {
  it('are limited for each key and endpoint, until the minute is over', async () => {
    const { api, as, request, put, clock } = await startGoDaddy()
    for (let at = 0; at < 60; at += 1) expect((await request('GET', '')).status).toBe(200)
    await clock.advance(20_500)
    const answer = await request('GET', '')
    expect(answer).toMatchObject({ status: 429, body: { code: 'TOO_MANY_REQUESTS', retryAfterSec: 40 } })
    expect(answer.headers.get('retry-after')).toBe('40')
    // The documentation of the limit: per endpoint, and per key.
    expect((await put('TXT/a', [{ data: 'x' }])).status).toBe(200)
    expect((await as(api.addKey({}))('GET', '')).status).toBe(200)
    await clock.advance(39_499)
    expect((await request('GET', '')).status).toBe(429)
    await clock.advance(1)
    expect((await request('GET', '')).status).toBe(200)
    expect(api.requests.listDomains).toBe(64)
  })

  it('are not carried out beyond the limit', async () => {
    const { api, put, dns } = await startGoDaddy()
    api.requestLimit = 0
    expect((await put('TXT/a', [{ data: 'x' }])).status).toBe(429)
    expect(dns.values('a.example.test', 'TXT')).toEqual([])
    api.requestLimit = Number.POSITIVE_INFINITY
    expect((await put('TXT/a', [{ data: 'x' }])).status).toBe(200)
    for (const wrong of [-1, 1.5, Number.NaN, '7']) {
      expect(() => {
        api.requestLimit = wrong as number
      }).toThrow(/no number of requests/)
    }
  })

  it('suffer faults, whose answers are those of GoDaddy', async () => {
    const { api, put, dns } = await startGoDaddy()
    const { answers } = api
    api.addFault({ operation: 'replaceRecords', nth: 1, answer: answers.tooManyRequests(7) })
    const slow = await put('TXT/a', [{ data: 'x' }])
    expect([slow.status, slow.headers.get('retry-after'), slow.body]).toMatchObject([429, '7', { retryAfterSec: 7 }])
    for (const [answer, status] of [
      [answers.accessDenied, 403],
      [answers.unknownDomain, 404],
      [answers.notFound, 404],
      [answers.internalError, 500],
      [answers.gatewayTimeout, 504],
    ] as const) {
      api.addFault({ operation: 'replaceRecords', nth: 1, answer })
      expect(await put('TXT/a', [{ data: 'x' }])).toMatchObject({ status, body: { code: expect.any(String) } })
    }
    expect(dns.values('a.example.test', 'TXT')).toEqual([])
    api.addFault({ operation: 'replaceRecords', nth: 1, answer: 'hang-up-after-write' })
    await expect(put('TXT/a', [{ data: 'x' }])).rejects.toThrow()
    expect(dns.values('a.example.test', 'TXT')).toEqual(['x'])
  })

  it('to other paths find nothing, and those of resellers are refused', async () => {
    const { request } = await startGoDaddy()
    for (const [method, path] of [
      ['POST', ''],
      ['DELETE', '/example.test'],
      ['DELETE', '/example.test/records/TXT'],
      ['GET', '/example.test/records/TXT/a/b'],
    ] as const)
      expect(await request(method, path)).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } })
    const refused = { status: 422, body: { code: 'SANDBOX_REFUSES' } }
    expect(await request('GET', '', undefined, { 'x-shopper-id': '1' })).toMatchObject(refused)
  })
})
