import type { DnsProvider } from '@domainctl/core'
import { manualClock } from '@domainctl/core/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { KEY, type LoopbackApi, type Scripted, SECRET, startLoopbackApi } from './loopback-api.test.fixture.ts'
import { ALWAYS, providerAt, START, txt, ZONE } from './subject.test.fixture.ts'

const NAME = '_acme-challenge.example.test'

interface More {
  headers?: Record<string, string>
  fields?: unknown[]
  retryAfterSec?: number
}

function answered(status: number, code: string, message: string, more: More = {}): Scripted {
  const { headers = {}, ...body } = more
  return { status, headers, body: { code, message, ...body } }
}

let api: LoopbackApi
let provider: DnsProvider
beforeEach(async () => {
  api = await startLoopbackApi(ZONE.name)
  provider = providerAt(api)
})
afterEach(() => api.close())

describe('what goes wrong', () => {
  it.each([
    [401, 'UNABLE_TO_AUTHENTICATE', 'PROVIDER_AUTH'],
    [403, 'ACCESS_DENIED', 'PROVIDER_AUTH'],
    [404, 'UNKNOWN_DOMAIN', 'PROVIDER_ZONE_NOT_FOUND'],
    [409, 'INACTIVE_DOMAIN', 'PROVIDER_REFUSED'],
    [422, 'INVALID_BODY', 'PROVIDER_REFUSED'],
    [422, 'DUPLICATE_RECORD', 'PROVIDER_CONFLICT'],
  ])('%d %s is %s', async (status, code, expected) => {
    api.script('PATCH', answered(status, code, 'What it says.'))
    await expect(provider.addValues(ZONE, txt(NAME, 'v'), ALWAYS)).rejects.toMatchObject({
      code: expected,
      message: expect.stringContaining(`error ${code} "What it says" (HTTP ${status})`),
      cause: { status, code, message: 'What it says.', fields: [] },
    })
    expect(api.requests.filter((line) => line.startsWith('PATCH'))).toHaveLength(1)
  })

  it('is told with its fields, which alone say what is wrong', async () => {
    const fields = [{ path: 'records[0].data', code: 'TOO_LONG', message: 'is longer than 512' }, null, 'x']
    api.script('PATCH', answered(422, 'INVALID_BODY', 'see details in `fields`', { fields }))
    await expect(provider.addValues(ZONE, txt(NAME, 'v'), ALWAYS)).rejects.toThrow(
      'records[0].data TOO_LONG "is longer than 512"',
    )
  })

  it('is a record in the way, by the message of a field', async () => {
    const fields = [{ path: 'records', code: 'INVALID', message: 'Record name [x] conflicts with another record.' }]
    api.script('PATCH', answered(422, 'INVALID_BODY', 'see details in `fields`', { fields }))
    await expect(provider.addValues(ZONE, txt(NAME, 'v'), ALWAYS)).rejects.toMatchObject({ code: 'PROVIDER_CONFLICT' })
  })

  it('is a wrong key', async () => {
    const wrong = providerAt(api, { apiSecret: 'another' })
    await expect(wrong.getRRset(ZONE, NAME, 'TXT', ALWAYS)).rejects.toMatchObject({ code: 'PROVIDER_AUTH' })
    expect(api.lastHeaders().authorization).toBe(`sso-key ${KEY}:another`)
  })

  it.each<[string, Scripted]>([
    ['503', { status: 503, body: 'busy' }],
    ['504 of the gateway', answered(504, 'GATEWAY_TIMEOUT', 'Gateway timeout')],
    ['429 with a header', answered(429, 'TOO_MANY_REQUESTS', 'Too many', { headers: { 'retry-after': '5' } })],
    ['429 without one (external-dns#4866)', answered(429, 'TOO_MANY_REQUESTS', 'Too many', { retryAfterSec: 5 })],
    ['429 without anything', { status: 429 }],
    ['a connection that ends', 'hang-up'],
    ['an answer that is cut off', 'cut-off'],
    ['a page of a proxy', { status: 200, headers: { 'content-type': 'text/html' }, body: '<html>' }],
  ])('passes: %s', async (_, fault) => {
    api.script('GET', fault, fault)
    api.script('PATCH', fault, fault)
    await provider.addValues(ZONE, txt(NAME, 'v'), ALWAYS)
    api.records.push({ name: '_acme-challenge', type: 'TXT', data: 'theirs', ttl: 600 })
    api.script('PUT', fault, fault)
    await provider.removeValues(ZONE, txt(NAME, 'v'), ALWAYS)
    expect(api.values('_acme-challenge', 'TXT')).toEqual(['theirs'])
    api.script('DELETE', fault, fault)
    await provider.removeValues(ZONE, txt(NAME, 'theirs'), ALWAYS)
    expect(api.records).toEqual([])
  })

  it.each<[string, Scripted, string, RegExp]>([
    ['503', { status: 503, body: 'busy' }, 'PROVIDER_UNREACHABLE', /HTTP 503/],
    ['a connection that ends', 'hang-up', 'PROVIDER_UNREACHABLE', /no answer came/],
    ['a page of a proxy', { status: 200, body: '<html>' }, 'PROVIDER_UNREACHABLE', /not one of the GoDaddy API/],
    ['what is no list', { status: 200, body: { records: [] } }, 'PROVIDER_UNREACHABLE', /not one of the GoDaddy API/],
    ['a redirect', { status: 302, headers: { location: 'http://127.0.0.1:9/' } }, 'PROVIDER_UNREACHABLE', /no answer came/],
  ])('is told in the end: %s', async (_, fault, code, message) => {
    api.script('GET', ...Array<Scripted>(6).fill(fault))
    await expect(provider.getRRset(ZONE, NAME, 'TXT', ALWAYS)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    })
    expect(api.requests.length).toBeLessThanOrEqual(5)
  })

  it('is a 403 of something before the API, which says nothing about the account', async () => {
    api.script('PATCH', { status: 403, body: '<html>' })
    await expect(provider.addValues(ZONE, txt(NAME, 'v'), ALWAYS)).rejects.toMatchObject({
      code: 'PROVIDER_REFUSED',
      hint: expect.stringContaining('proxy'),
    })
    expect(api.requests).toHaveLength(1)
  })

  it.each([[[null]], [[{ data: 7, ttl: 600 }]], [[{ data: 'x', ttl: '600' }]], [['x']]])(
    'is no list of records: %j',
    async (body) => {
      api.script('GET', { status: 200, body })
      api.script('GET', ...Array<Scripted>(5).fill({ status: 200, body }))
      await expect(provider.removeValues(ZONE, txt(NAME, 'v'), ALWAYS)).rejects.toMatchObject({ code: 'PROVIDER_UNREACHABLE' })
      expect(api.requests.every((line) => line.startsWith('GET'))).toBe(true)
    },
  )

  it('is a server that does not answer', async () => {
    api.script('GET', ...Array<Scripted>(5).fill('silence'))
    await expect(providerAt(api, { timeoutMs: 20 }).getRRset(ZONE, NAME, 'TXT', ALWAYS)).rejects.toMatchObject({
      code: 'PROVIDER_UNREACHABLE',
      message: expect.stringContaining('timed out'),
    })
  })

  it('never shows the secret, not even when the API does', async () => {
    api.script('GET', answered(401, 'UNABLE_TO_AUTHENTICATE', `Not: sso-key ${KEY}:${SECRET}\u001b[31m`))
    const error = await provider.getRRset(ZONE, NAME, 'TXT', ALWAYS).catch((thrown: unknown) => thrown)
    const { message, cause, stack } = error as Error
    expect(message).toContain('Not: sso-key …:… [31m')
    for (const text of [KEY, SECRET]) expect(JSON.stringify([error, message, cause, stack])).not.toContain(text)
  })
})

describe('the limit', () => {
  it('is waited for as long as the API says, up to a minute', async () => {
    const clock = manualClock(START)
    api.script('GET', answered(429, 'TOO_MANY_REQUESTS', 'Too many', { retryAfterSec: 40 }))
    await providerAt(api, {}, clock).getRRset(ZONE, NAME, 'TXT', ALWAYS)
    expect(clock.now().getTime() - START.getTime()).toBe(40_000)
  })

  it('of a month is told with its time, and nothing is asked of that endpoint until then', async () => {
    const clock = manualClock(START)
    const limited = providerAt(api, {}, clock)
    api.script('GET', answered(429, 'QUOTA_EXCEEDED', 'quota exceeded', { retryAfterSec: 300 }))
    const refused = { code: 'PROVIDER_UNREACHABLE', retryAt: new Date(START.getTime() + 300_000) }
    await expect(limited.getRRset(ZONE, NAME, 'TXT', ALWAYS)).rejects.toMatchObject(refused)
    await expect(limited.removeValues(ZONE, txt(NAME, 'v'), ALWAYS)).rejects.toMatchObject(refused)
    expect(api.requests).toHaveLength(1)
    clock.advance(300_000)
    await limited.addValues(ZONE, txt(NAME, 'v'), ALWAYS)
    expect(api.values('_acme-challenge', 'TXT')).toEqual(['v'])
  })

  it('is never reached: 60 calls in any minute', async () => {
    const clock = manualClock(START)
    const limited = providerAt(api, {}, clock)
    const times: number[] = []
    for (let i = 0; i < 100; i++) {
      await limited.getRRset(ZONE, NAME, 'TXT', ALWAYS)
      times.push(clock.now().getTime())
    }
    for (const [i, time] of times.slice(60).entries()) expect(time - (times[i] ?? 0)).toBeGreaterThanOrEqual(60_000)
  })

  it('is no reason to wait longer than the caller wants', async () => {
    const reason = new Error('enough')
    const controller = new AbortController()
    const clock = {
      now: () => START,
      sleep: (_ms: number, signal?: AbortSignal) => {
        controller.abort(reason)
        return Promise.reject(signal?.reason)
      },
      every: () => () => undefined,
    }
    api.script('GET', answered(429, 'TOO_MANY_REQUESTS', 'Too many', { retryAfterSec: 50 }))
    await expect(providerAt(api, {}, clock).getRRset(ZONE, NAME, 'TXT', controller)).rejects.toBe(reason)
  })
})
