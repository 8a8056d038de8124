import type { DnsProvider, Zone } from '@domainctl/core'
import { manualClock } from '@domainctl/core/testing'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type LoopbackApi, type Scripted, startLoopbackApi, TOKEN } from './loopback-api.test.fixture.ts'
import { ALWAYS, providerAt, START, txt, zoneOf } from './subject.test.fixture.ts'

const NAME = '_acme-challenge.example.test'

function answered(status: number, code: number, message: string, headers: Record<string, string> = {}): Scripted {
  return { status, headers, body: { success: false, errors: [{ code, message }], messages: [], result: null } }
}

let api: LoopbackApi
let provider: DnsProvider
let zone: Zone
beforeEach(async () => {
  api = await startLoopbackApi('example.test')
  provider = providerAt(api)
  zone = zoneOf(api)
})
afterEach(() => api.close())

describe('values', () => {
  it('cost two calls to add and two to remove', async () => {
    await provider.addValues(zone, txt(NAME, 'v'), ALWAYS)
    await provider.removeValues(zone, txt(NAME, 'v'), ALWAYS)
    expect(api.requests.map((line) => line.split(' ')[0])).toEqual(['GET', 'POST', 'GET', 'DELETE'])
    expect(api.records).toEqual([])
  })

  it('are told apart by case, in spite of the filters of the API', async () => {
    await provider.addValues(zone, txt(NAME, 'AbC', 'aBc'), ALWAYS)
    await provider.removeValues(zone, txt(NAME, 'abc', 'aBc'), ALWAYS)
    expect(api.values(NAME, 'TXT')).toEqual(['AbC'])
  })

  it('are found where they stand without quotes (lego#2521)', async () => {
    api.plant({ name: NAME, type: 'TXT', content: 'old' })
    await provider.addValues(zone, txt(NAME, 'old'), ALWAYS)
    expect(api.records).toHaveLength(1)
    expect(await provider.getRRset(zone, NAME, 'TXT', ALWAYS)).toEqual({ name: NAME, type: 'TXT', ttl: 300, values: ['old'] })
    await provider.removeValues(zone, txt(NAME, 'old'), ALWAYS)
    expect(api.records).toEqual([])
  })

  it('are found on a later page', async () => {
    for (let i = 0; i < 205; i++) api.plant({ name: NAME, type: 'TXT', content: `"value ${i}"` })
    await provider.removeValues(zone, txt(NAME, 'value 204'), ALWAYS)
    expect(api.records).toHaveLength(204)
  })

  it('are there when the answer to the first attempt was lost (81058)', async () => {
    api.script('POST', 'hang-up-after-write')
    await provider.addValues(zone, txt(NAME, 'v'), ALWAYS)
    expect(api.values(NAME, 'TXT')).toEqual(['v'])
  })

  it.each([81057, 81058])('are not there because the API says %d', async (code) => {
    api.script('POST', answered(400, code, 'An identical record already exists.'))
    await expect(provider.addValues(zone, txt(NAME, 'v'), ALWAYS)).rejects.toMatchObject({
      code: 'PROVIDER_CONFLICT',
      message: expect.stringContaining(String(code)),
    })
  })

  it('are gone when the answer to the first attempt was lost (81044)', async () => {
    api.plant({ name: NAME, type: 'TXT', content: '"v"' })
    api.script('DELETE', 'hang-up-after-write')
    await provider.removeValues(zone, txt(NAME, 'v'), ALWAYS)
    expect(api.records).toEqual([])
  })

  it('may stand at the apex beside a CNAME, which is flattened, and beside a proxied one', async () => {
    api.plant({ name: zone.name, type: 'CNAME', content: 'target.test' })
    api.plant({ name: 'www.example.test', type: 'CNAME', content: 'target.test', proxied: true })
    await provider.addValues(zone, txt(zone.name, 'at the apex'), ALWAYS)
    await provider.addValues(zone, txt('www.example.test', 'in the proxy'), ALWAYS)
    await expect(
      provider.addValues(zone, { name: zone.name, type: 'A', ttl: 60, values: ['192.0.2.1'] }, ALWAYS),
    ).rejects.toMatchObject({ code: 'PROVIDER_CONFLICT' })
  })

  it('of a CNAME are one', async () => {
    const cname = (...values: string[]) => ({ name: 'www.example.test', type: 'CNAME' as const, ttl: 60, values })
    await provider.addValues(zone, cname('Target.Test.'), ALWAYS)
    await provider.addValues(zone, cname('target.test'), ALWAYS)
    expect(api.values('www.example.test', 'CNAME')).toEqual(['target.test'])
    await expect(provider.addValues(zone, cname('other.test'), ALWAYS)).rejects.toMatchObject({ code: 'PROVIDER_CONFLICT' })
    await expect(provider.addValues(zone, cname('a.test', 'b.test'), ALWAYS)).rejects.toMatchObject({ code: 'PROVIDER_REFUSED' })
  })

  it('are for names of the zone alone', async () => {
    await expect(provider.addValues(zone, txt('evil-example.test', 'v'), ALWAYS)).rejects.toMatchObject({
      code: 'PROVIDER_ZONE_NOT_FOUND',
    })
    expect(api.requests).toEqual([])
  })
})

describe('a set', () => {
  const name = 'www.example.test'
  const a = (...values: string[]) => ({ name, type: 'A' as const, ttl: 120, values })

  it('is changed in one transaction, and records that are right stay as they are', async () => {
    const [kept, changed] = ['192.0.2.1', '192.0.2.2'].map((content) => api.plant({ name, type: 'A', content, ttl: 120 }))
    const { previous } = await provider.setRRset(zone, a('192.0.2.1', '192.0.2.3', '192.0.2.4'), ALWAYS)
    expect(previous).toEqual({ name, type: 'A', ttl: 120, values: ['192.0.2.1', '192.0.2.2'] })
    expect(api.values(name, 'A')).toEqual(['192.0.2.1', '192.0.2.3', '192.0.2.4'])
    expect(api.records.slice(0, 2).map(({ id }) => id)).toEqual([kept, changed])
    expect(api.requests.map((line) => line.split(' ')[0])).toEqual(['GET', 'POST'])
  })

  it('that is right is not written', async () => {
    await provider.setRRset(zone, a('192.0.2.1'), ALWAYS)
    const before = api.requests.length
    expect((await provider.setRRset(zone, a('192.0.2.1'), ALWAYS)).previous?.values).toEqual(['192.0.2.1'])
    expect(api.requests.slice(before).map((line) => line.split(' ')[0])).toEqual(['GET'])
  })

  it('is taken out of the proxy', async () => {
    api.plant({ name, type: 'A', content: '192.0.2.1', ttl: 1, proxied: true })
    const { previous } = await provider.setRRset(zone, a('192.0.2.1'), ALWAYS)
    expect(previous).toEqual({ name, type: 'A', ttl: 300, values: ['192.0.2.1'], proxied: true })
    expect(api.records).toMatchObject([{ content: '192.0.2.1', ttl: 120, proxied: false }])
  })

  it('of which a part is proxied is served as if all were, and becomes what it is asked to be', async () => {
    api.plant({ name, type: 'A', content: '192.0.2.1', ttl: 1, proxied: true })
    api.plant({ name, type: 'A', content: '192.0.2.2', ttl: 120 })
    const { previous } = await provider.setRRset(zone, { ...a('192.0.2.1', '192.0.2.2'), proxied: true }, ALWAYS)
    expect(previous).toEqual({ name, type: 'A', ttl: 120, values: ['192.0.2.1', '192.0.2.2'], proxied: true })
    expect(api.records).toMatchObject([
      { content: '192.0.2.1', ttl: 1, proxied: true },
      { content: '192.0.2.2', ttl: 1, proxied: true },
    ])
    const before = api.requests.length
    await provider.setRRset(zone, { ...a('192.0.2.1', '192.0.2.2'), proxied: true }, ALWAYS)
    expect(api.requests.slice(before).map((line) => line.split(' ')[0])).toEqual(['GET'])
  })

  it('is added to as it is asked for, and text is never proxied', async () => {
    await provider.addValues(zone, { ...a('192.0.2.1'), proxied: true }, ALWAYS)
    await provider.addValues(zone, a('192.0.2.2'), ALWAYS)
    await provider.addValues(zone, { ...txt('text.example.test', 'v'), proxied: true }, ALWAYS)
    expect(api.records.map(({ proxied }) => proxied)).toEqual([true, false, false])
  })

  it('of a CNAME is put back into the proxy beside text', async () => {
    api.plant({ name, type: 'TXT', content: '"stays"' })
    const cname = { name, type: 'CNAME' as const, ttl: 120, values: ['target.test'] }
    await expect(provider.setRRset(zone, cname, ALWAYS)).rejects.toMatchObject({ code: 'PROVIDER_CONFLICT' })
    await provider.setRRset(zone, { ...cname, proxied: true }, ALWAYS)
    expect(await provider.getRRset(zone, name, 'CNAME', ALWAYS)).toMatchObject({ values: ['target.test'], proxied: true })
    expect(api.values(name, 'TXT')).toEqual(['stays'])
  })

  it('can be emptied', async () => {
    api.plant({ name, type: 'A', content: '192.0.2.1' })
    await provider.setRRset(zone, a(), ALWAYS)
    expect(api.records).toEqual([])
  })

  it('shows what it replaced when the answer to the first attempt was lost', async () => {
    api.plant({ name, type: 'A', content: '192.0.2.1' })
    api.script('POST', 'hang-up-after-write')
    expect((await provider.setRRset(zone, a('192.0.2.2', '192.0.2.3'), ALWAYS)).previous?.values).toEqual(['192.0.2.1'])
    expect(api.values(name, 'A').sort()).toEqual(['192.0.2.2', '192.0.2.3'])
  })

  it('is read anew when a record went between reading and writing', async () => {
    api.plant({ name, type: 'A', content: '192.0.2.1' })
    api.script('POST', answered(400, 81044, 'Record does not exist.'))
    await provider.setRRset(zone, a('192.0.2.2'), ALWAYS)
    expect(api.values(name, 'A')).toEqual(['192.0.2.2'])
  })

  it('is that of the last of several callers, never a mixture', async () => {
    const sets = [1, 2, 3, 4].map((i) => [`192.0.2.1${i}`, `192.0.2.2${i}`])
    const changes = await Promise.all(sets.map((values) => provider.setRRset(zone, a(...values), ALWAYS)))
    expect(changes.map(({ previous }) => previous?.values.toSorted())).toEqual([undefined, ...sets.slice(0, -1)])
    expect(api.values(name, 'A').sort()).toEqual(sets.at(-1))
  })
})

describe('what goes wrong', () => {
  it.each([
    [403, 9109, 'Invalid access token', 'PROVIDER_AUTH'],
    [403, 9103, 'Unknown X-Auth-Key or X-Auth-Email', 'PROVIDER_AUTH'],
    [400, 6003, 'Invalid request headers', 'PROVIDER_AUTH'],
    [403, 10000, 'Authentication error', 'PROVIDER_AUTH'],
    [401, 1000, 'Invalid API Token', 'PROVIDER_AUTH'],
    [404, 7003, 'Could not route to /zones/x', 'PROVIDER_ZONE_NOT_FOUND'],
    [400, 81053, 'An A, AAAA, or CNAME record with that host already exists.', 'PROVIDER_CONFLICT'],
    [400, 81045, 'The record quota has been exceeded.', 'PROVIDER_REFUSED'],
  ])('%d with %d "%s" is %s', async (status, code, message, expected) => {
    api.script('POST', answered(status, code, message, { 'cf-ray': '0123456789abcdef-XXX' }))
    await expect(provider.addValues(zone, txt(NAME, 'v'), ALWAYS)).rejects.toMatchObject({
      code: expected,
      message: expect.stringContaining(`error ${code} "${message.replace(/\.$/, '')}" (HTTP ${status})`),
      cause: { status, errors: [{ code, message }], ray: '0123456789abcdef-XXX' },
    })
    expect(api.requests.filter((line) => line.startsWith('POST'))).toHaveLength(1)
  })

  it('is told with the codes of its causes', async () => {
    const chain = [{ code: 6111, message: 'Invalid format for Authorization header' }]
    const body = { success: false, errors: [{ code: 6003, message: 'Invalid request headers', error_chain: chain }] }
    api.script('GET', { status: 400, body })
    await expect(provider.getRRset(zone, NAME, 'TXT', ALWAYS)).rejects.toThrow(/6003.*6111/)
  })

  it.each<[string, Scripted]>([
    ['503', { status: 503, body: 'busy' }],
    ['429', answered(429, 971, 'Please wait', { 'retry-after': '5' })],
    ['a connection that ends', 'hang-up'],
    ['an answer that is cut off', 'cut-off'],
    ['a 403 without a code (octodns-cloudflare#121)', { status: 403, body: '<html>' }],
    ['a page of a proxy', { status: 200, headers: { 'content-type': 'text/html' }, body: '<html>' }],
  ])('passes: %s', async (_, fault) => {
    api.script('GET', fault, fault)
    api.script('POST', fault, fault)
    await provider.addValues(zone, txt(NAME, 'v'), ALWAYS)
    expect(api.values(NAME, 'TXT')).toEqual(['v'])
  })

  it.each<[string, Scripted, string, RegExp]>([
    ['503', { status: 503, body: 'busy' }, 'PROVIDER_UNREACHABLE', /HTTP 503/],
    ['a connection that ends', 'hang-up', 'PROVIDER_UNREACHABLE', /no answer came/],
    ['a 403 without a code', { status: 403, body: '<html>' }, 'PROVIDER_REFUSED', /HTTP 403 without a code/],
    ['a page of a proxy', { status: 200, body: '<html>' }, 'PROVIDER_UNREACHABLE', /not one of the Cloudflare API/],
  ])('is told after five attempts: %s', async (_, fault, code, message) => {
    api.script('GET', fault, fault, fault, fault, fault, fault)
    await expect(provider.getRRset(zone, NAME, 'TXT', ALWAYS)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    })
    expect(api.requests).toHaveLength(5)
  })

  it('is seen where the status says success and the envelope does not', async () => {
    api.script('GET', { status: 200, body: { success: false, errors: [{ code: 9109, message: 'no' }], result: null } })
    await expect(provider.getRRset(zone, NAME, 'TXT', ALWAYS)).rejects.toMatchObject({ code: 'PROVIDER_AUTH' })
  })

  it.each([[[null]], [[{ id: 1 }]], [[{ id: 'x', name: NAME, type: 'TXT', content: 7, ttl: 60 }]]])(
    'is no list of records: %j',
    async (result) => {
      api.script('GET', { status: 200, body: { success: true, result } })
      await expect(provider.getRRset(zone, NAME, 'TXT', ALWAYS)).rejects.toMatchObject({ code: 'PROVIDER_UNREACHABLE' })
    },
  )

  it('is a server that does not answer', async () => {
    api.script('GET', ...Array<Scripted>(5).fill('silence'))
    await expect(providerAt(api, { timeoutMs: 20 }).getRRset(zone, NAME, 'TXT', ALWAYS)).rejects.toMatchObject({
      code: 'PROVIDER_UNREACHABLE',
      message: expect.stringContaining('timed out'),
    })
  })

  it('waits as long as the API says, up to a minute', async () => {
    const clock = manualClock(START)
    api.script('GET', answered(429, 971, 'Please wait', { 'retry-after': '40' }))
    await providerAt(api, {}, clock).getRRset(zone, NAME, 'TXT', ALWAYS)
    expect(clock.now().getTime() - START.getTime()).toBe(40_000)
  })

  it('does not wait for five minutes, tells the time, and asks nothing until then', async () => {
    const clock = manualClock(START)
    const limited = providerAt(api, {}, clock)
    api.script('GET', answered(429, 971, 'Please wait', { 'retry-after': '300' }))
    const refused = { code: 'PROVIDER_UNREACHABLE', retryAt: new Date(START.getTime() + 300_000) }
    await expect(limited.getRRset(zone, NAME, 'TXT', ALWAYS)).rejects.toMatchObject(refused)
    await expect(limited.addValues(zone, txt(NAME, 'v'), ALWAYS)).rejects.toMatchObject(refused)
    expect(api.requests).toHaveLength(1)
    clock.advance(300_000)
    await limited.addValues(zone, txt(NAME, 'v'), ALWAYS)
    expect(api.values(NAME, 'TXT')).toEqual(['v'])
  })

  it('never shows the token, not even when the API does', async () => {
    api.script('GET', answered(400, 6003, `Invalid header: Bearer ${TOKEN}\u001b[31m`))
    const error = await provider.getRRset(zone, NAME, 'TXT', ALWAYS).catch((thrown: unknown) => thrown)
    const { message, cause, stack } = error as Error
    expect(message).toContain('Invalid header: Bearer … [31m')
    expect(JSON.stringify([error, message, cause, stack])).not.toContain(TOKEN)
  })
})

describe('cancellation', () => {
  it.each<[string, Scripted]>([
    ['an answer', 'silence'],
    ['the next attempt', { status: 503, headers: { 'retry-after': '50' }, body: 'busy' }],
  ])('ends the wait for %s at once', async (_, fault) => {
    const reason = new Error('enough')
    const controller = new AbortController()
    const clock = {
      now: () => START,
      // Aborted as soon as somebody sleeps, or the request has come.
      sleep: (_ms: number, signal?: AbortSignal) => {
        controller.abort(reason)
        return Promise.reject(signal?.reason)
      },
      every: () => () => undefined,
    }
    api.script('GET', fault)
    const waiting = providerAt(api, {}, clock).getRRset(zone, NAME, 'TXT', controller)
    if (fault === 'silence') {
      await vi.waitFor(() => expect(api.requests.length).not.toBe(0), { interval: 1, timeout: 20_000 })
      controller.abort(reason)
    }
    await expect(waiting).rejects.toBe(reason)
  })

  it('lets no removal overtake an addition that is made for others after its caller has gone', async () => {
    let goOn = () => {}
    const paused = new Promise<void>((resolve) => {
      goOn = resolve
    })
    const other = providerAt(api, {}, { now: () => START, sleep: () => paused, every: () => () => undefined })
    // The common request has to be repeated.
    api.script('POST', { status: 503, body: 'busy' })
    const gone = new AbortController()
    const added = other.addValues(zone, txt(`a.${NAME}`, 'A'), gone)
    const shared = other.addValues(zone, txt(`b.${NAME}`, 'B'), ALWAYS)
    await vi.waitFor(() => expect(api.requests.some((request) => request.startsWith('POST'))).toBe(true), {
      interval: 1,
      timeout: 20_000,
    })
    gone.abort(new Error('enough'))
    await expect(added).rejects.toThrow('enough')
    const removed = other.removeValues(zone, txt(`a.${NAME}`, 'A'), ALWAYS)
    // One that overtakes is done before the addition goes on; one that waits is not, however long this is.
    await Promise.race([removed, new Promise((resolve) => setTimeout(resolve, 200))])
    goOn()
    await Promise.all([shared, removed])
    expect([api.values(`a.${NAME}`, 'TXT'), api.values(`b.${NAME}`, 'TXT')]).toEqual([[], ['B']])
  })

  it('ends the wait for others who set the same name', async () => {
    const reason = new Error('enough')
    const controller = new AbortController()
    const a = { name: 'www.example.test', type: 'A' as const, ttl: 60, values: ['192.0.2.1'] }
    api.script('GET', 'silence')
    const first = new AbortController()
    const before = provider.setRRset(zone, a, { signal: first.signal })
    const waiting = provider.setRRset(zone, a, { signal: controller.signal })
    await vi.waitFor(() => expect(api.requests.length).not.toBe(0), { interval: 1, timeout: 20_000 })
    controller.abort(reason)
    await expect(waiting).rejects.toBe(reason)
    first.abort(reason)
    await expect(before).rejects.toBe(reason)
    await provider.setRRset(zone, a, ALWAYS)
    expect(api.values(a.name, 'A')).toEqual(['192.0.2.1'])
  })
})

describe('the environment', () => {
  const variables = {
    CLOUDFLARE_API_KEY: 'global-key',
    CLOUDFLARE_EMAIL: 'me@example.com',
    CLOUDFLARE_API_USER_SERVICE_KEY: 'v1.0-service',
    CLOUDFLARE_BASE_URL: 'http://127.0.0.1:9/',
    CLOUDFLARE_CUSTOM_HEADERS: 'X-Leaked: yes\nAuthorization: Bearer other',
    CLOUDFLARE_LOG: 'debug',
  }
  beforeEach(() => void Object.assign(process.env, variables))
  afterEach(() => {
    for (const name of Object.keys(variables)) delete process.env[name]
  })

  it('is not read by the SDK behind our back', async () => {
    await provider.getRRset(zone, NAME, 'TXT', ALWAYS)
    const headers = api.lastHeaders()
    expect(headers.authorization).toBe(`Bearer ${TOKEN}`)
    expect(headers['user-agent']).toBe('domainctl')
    for (const name of Object.keys(headers)) expect(name).not.toMatch(/^x-/)
  })
})
