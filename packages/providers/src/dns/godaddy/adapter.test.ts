import type { DnsProvider, RRset } from '@domainctl/core'
import { manualClock } from '@domainctl/core/testing'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type LoopbackApi, type Scripted, startLoopbackApi } from './loopback-api.test.fixture.ts'
import { ALWAYS, providerAt, START, txt, ZONE } from './subject.test.fixture.ts'

const NAME = '_acme-challenge.example.test'
const LABEL = '_acme-challenge'
const WWW = 'www.example.test'

const denied: Scripted = { status: 403, body: { code: 'ACCESS_DENIED', message: 'Authenticated user is not allowed access' } }

let api: LoopbackApi
let provider: DnsProvider
beforeEach(async () => {
  api = await startLoopbackApi(ZONE.name)
  provider = providerAt(api)
})
afterEach(() => api.close())

const methods = (): (string | undefined)[] => api.requests.map((line) => line.split(' ')[0])
const plant = (type: string, data: string, name = LABEL, ttl = 3600): number => api.records.push({ name, type, data, ttl })

describe('values', () => {
  it('cost one call to add and two to remove', async () => {
    await provider.addValues(ZONE, txt(NAME, 'v'), ALWAYS)
    await provider.removeValues(ZONE, txt(NAME, 'v'), ALWAYS)
    expect(methods()).toEqual(['PATCH', 'GET', 'DELETE'])
    expect(api.records).toEqual([])
  })

  it('of many names are added in one call, and one by one where one of them is refused', async () => {
    const names = Array.from({ length: 10 }, (_, i) => `n${i}`)
    const add = (value: string) =>
      Promise.allSettled(names.map((name) => provider.addValues(ZONE, txt(`${name}.${ZONE.name}`, value), ALWAYS)))
    await add('v')
    expect(methods()).toEqual(['PATCH'])
    plant('TXT', 'w', 'n3')
    expect((await add('w')).map(({ status }) => status)).toEqual(Array(10).fill('fulfilled'))
    expect(names.map((name) => api.values(name, 'TXT').sort())).toEqual(Array(10).fill(['v', 'w']))
    plant('CNAME', 'target.test', 'n5')
    const outcomes = await add('x')
    expect(outcomes.filter(({ status }) => status === 'rejected')).toEqual([outcomes[5]])
    expect(outcomes[5]).toMatchObject({ reason: { code: 'PROVIDER_CONFLICT', message: expect.stringContaining('target.test') } })
  })

  it('are written with the least TTL, and without quotes', async () => {
    await provider.addValues(ZONE, txt(NAME, 'a "b"'), ALWAYS)
    expect(api.bodies).toEqual([[{ name: LABEL, type: 'TXT', data: 'a "b"', ttl: 600 }]])
  })

  it('are written at the apex by @ (external-dns#4226)', async () => {
    await provider.addValues(ZONE, txt(ZONE.name, 'v'), ALWAYS)
    await provider.removeValues(ZONE, txt(ZONE.name, 'v'), ALWAYS)
    expect(api.requests).toEqual([
      'PATCH /v1/domains/example.test/records',
      'GET /v1/domains/example.test/records/TXT/@',
      'DELETE /v1/domains/example.test/records/TXT/@',
    ])
  })

  it('of others are written back as they were read, with all their fields', async () => {
    api.records.push({ name: LABEL, type: 'TXT', data: 'theirs', ttl: 1800, priority: 0, service: '' })
    plant('TXT', 'ours')
    plant('TXT', '')
    await provider.removeValues(ZONE, txt(NAME, 'ours'), ALWAYS)
    expect(api.bodies).toEqual([[{ data: 'theirs', ttl: 1800, priority: 0, service: '' }]])
    expect(api.requests.at(-1)).toBe('PUT /v1/domains/example.test/records/TXT/_acme-challenge')
  })

  it('that are not there cost a reading alone', async () => {
    plant('TXT', 'theirs')
    await provider.removeValues(ZONE, txt(NAME, 'v'), ALWAYS)
    await provider.removeValues(ZONE, txt(WWW, 'v'), ALWAYS)
    expect(methods()).toEqual(['GET', 'GET'])
  })

  it('are told apart by case', async () => {
    await provider.addValues(ZONE, txt(NAME, 'AbC', 'aBc'), ALWAYS)
    await provider.removeValues(ZONE, txt(NAME, 'abc', 'aBc'), ALWAYS)
    expect(api.values(LABEL, 'TXT')).toEqual(['AbC'])
  })

  it('are there when the answer to the first attempt was lost (DUPLICATE_RECORD)', async () => {
    api.script('PATCH', 'hang-up-after-write')
    await provider.addValues(ZONE, txt(NAME, 'a', 'b'), ALWAYS)
    expect(api.values(LABEL, 'TXT')).toEqual(['a', 'b'])
    expect(methods()).toEqual(['PATCH', 'PATCH', 'GET'])
  })

  it('are all added when one of them is there (external-dns#2467)', async () => {
    plant('TXT', 'a')
    await provider.addValues(ZONE, txt(NAME, 'a', 'b'), ALWAYS)
    expect(api.values(LABEL, 'TXT')).toEqual(['a', 'b'])
  })

  it('are not there because the API says so', async () => {
    api.script('PATCH', { status: 422, body: { code: 'DUPLICATE_RECORD', message: 'Another record exists' } })
    await expect(provider.addValues(ZONE, txt(NAME, 'v'), ALWAYS)).rejects.toMatchObject({
      code: 'PROVIDER_CONFLICT',
      message: expect.stringContaining('DUPLICATE_RECORD'),
    })
  })

  it('are gone when the answer to the first attempt was lost', async () => {
    plant('TXT', 'v')
    api.script('DELETE', 'hang-up-after-write')
    await provider.removeValues(ZONE, txt(NAME, 'v'), ALWAYS)
    expect(api.records).toEqual([])
    plant('TXT', 'v')
    plant('TXT', 'theirs')
    api.script('PUT', 'hang-up-after-write')
    await provider.removeValues(ZONE, txt(NAME, 'v'), ALWAYS)
    expect(api.values(LABEL, 'TXT')).toEqual(['theirs'])
  })

  it.each<[string, Scripted]>([
    ['429', { status: 429, body: { code: 'TOO_MANY_REQUESTS', retryAfterSec: 30 } }],
    ['503', { status: 503, body: '' }],
    ['hang-up', 'hang-up'],
  ])('that others add while a removal has to wait are kept: %s', async (_, fault) => {
    plant('TXT', 'v')
    plant('TXT', 'theirs')
    api.script('PUT', fault)
    const clock = manualClock(START)
    const busy = {
      ...clock,
      sleep: (ms: number, signal?: AbortSignal) => {
        plant('TXT', 'added meanwhile')
        return clock.sleep(ms, signal)
      },
    }
    await providerAt(api, {}, busy).removeValues(ZONE, txt(NAME, 'v'), ALWAYS)
    expect(api.values(LABEL, 'TXT')).toEqual(['theirs', 'added meanwhile'])
  })

  it('are written at once after they were read: the limit is waited for before', async () => {
    plant('TXT', 'v')
    const clock = manualClock(START)
    const waitedAfter: (string | undefined)[] = []
    const noting = {
      ...clock,
      sleep: (ms: number, signal?: AbortSignal) => {
        waitedAfter.push(methods().at(-1))
        return clock.sleep(ms, signal)
      },
    }
    const limited = providerAt(api, {}, noting)
    for (let i = 0; i < 19; i++) await limited.getRRset(ZONE, `n${i}.example.test`, 'TXT', ALWAYS)
    api.requests.length = 0
    await limited.removeValues(ZONE, txt(NAME, 'v'), ALWAYS)
    expect(methods()).toEqual(['GET', 'DELETE'])
    expect(waitedAfter).toEqual([undefined])
  })

  it('are not gone because the API says so', async () => {
    plant('TXT', 'v')
    api.script('DELETE', { status: 404, body: { code: 'UNKNOWN_DOMAIN', message: 'The given domain is not registered' } })
    await expect(provider.removeValues(ZONE, txt(NAME, 'v'), ALWAYS)).rejects.toMatchObject({ code: 'PROVIDER_ZONE_NOT_FOUND' })
  })

  it('of one name are changed one after the other', async () => {
    plant('TXT', 'theirs')
    const values = ['a', 'b', 'c', 'd']
    await Promise.all(values.map((value) => provider.addValues(ZONE, txt(NAME, value), ALWAYS)))
    await Promise.all([
      provider.removeValues(ZONE, txt(NAME, 'a'), ALWAYS),
      provider.addValues(ZONE, txt(NAME, 'e'), ALWAYS),
      provider.removeValues(ZONE, txt(NAME, 'b', 'c'), ALWAYS),
    ])
    expect(api.values(LABEL, 'TXT').sort()).toEqual(['d', 'e', 'theirs'])
  })

  it('of a CNAME are one', async () => {
    const cname = (...values: string[]): RRset => ({ name: WWW, type: 'CNAME', ttl: 60, values })
    await provider.addValues(ZONE, cname('Target.Test.'), ALWAYS)
    await provider.addValues(ZONE, cname('target.test'), ALWAYS)
    expect(api.values('www', 'CNAME')).toEqual(['target.test'])
    await expect(provider.addValues(ZONE, cname('other.test'), ALWAYS)).rejects.toMatchObject({ code: 'PROVIDER_CONFLICT' })
    await expect(provider.addValues(ZONE, cname('a.test', 'b.test'), ALWAYS)).rejects.toMatchObject({ code: 'PROVIDER_REFUSED' })
  })

  it('are for names of the domain alone', async () => {
    await expect(provider.addValues(ZONE, txt('evil-example.test', 'v'), ALWAYS)).rejects.toMatchObject({
      code: 'PROVIDER_ZONE_NOT_FOUND',
    })
    expect(api.requests).toEqual([])
  })

  it.each(['', 'grüße', 'tab\t'])('of which nobody knows how they are served are not written: %j', async (value) => {
    await expect(provider.addValues(ZONE, txt(NAME, 'fine', value), ALWAYS)).rejects.toMatchObject({ code: 'PROVIDER_REFUSED' })
    await expect(provider.setRRset(ZONE, txt(NAME, value), ALWAYS)).rejects.toMatchObject({ code: 'PROVIDER_REFUSED' })
    expect(api.requests).toEqual([])
  })

  it('of CAA are none that the API takes (lexicon#545)', async () => {
    const caa: RRset = { name: WWW, type: 'CAA', ttl: 600, values: ['0 issue "ca.test"'] }
    const refused = { code: 'PROVIDER_REFUSED', hint: expect.stringContaining('dashboard') }
    await expect(provider.addValues(ZONE, caa, ALWAYS)).rejects.toMatchObject(refused)
    await expect(provider.getRRset(ZONE, WWW, 'CAA', ALWAYS)).rejects.toMatchObject(refused)
    expect(api.requests).toEqual([])
  })
})

describe('an account that may write and not read (lego#2269)', () => {
  beforeEach(() => {
    api.refuses = 'reads'
  })

  it('adds, and takes what is there for success', async () => {
    plant('TXT', 'theirs')
    await provider.addValues(ZONE, txt(NAME, 'v'), ALWAYS)
    await provider.addValues(ZONE, txt(NAME, 'v', 'w'), ALWAYS)
    expect(api.values(LABEL, 'TXT')).toEqual(['theirs', 'v', 'w'])
  })

  it('removes nothing and replaces nothing: what it cannot see would go as well', async () => {
    plant('TXT', 'theirs')
    plant('TXT', 'v')
    const refused = {
      code: 'PROVIDER_REFUSED',
      message: expect.stringMatching(/_acme-challenge\.example\.test.*ACCESS_DENIED.*destroy/),
      hint: expect.stringMatching(/CNAME/),
    }
    await expect(provider.removeValues(ZONE, txt(NAME, 'v'), ALWAYS)).rejects.toMatchObject(refused)
    await expect(provider.setRRset(ZONE, txt(NAME, 'w'), ALWAYS)).rejects.toMatchObject(refused)
    expect(api.values(LABEL, 'TXT')).toEqual(['theirs', 'v'])
    expect(new Set(methods())).toEqual(new Set(['GET']))
  })

  it('is told why when it may not write either', async () => {
    api.script('PATCH', denied)
    await expect(provider.addValues(ZONE, txt(NAME, 'v'), ALWAYS)).rejects.toMatchObject({
      code: 'PROVIDER_AUTH',
      message: expect.stringContaining('ACCESS_DENIED'),
      hint: expect.stringMatching(/10 or more domains.*Discount Domain Club/),
    })
  })
})

describe('a set', () => {
  const a = (...values: string[]): RRset => ({ name: WWW, type: 'A', ttl: 900, values })

  it('is replaced in one call', async () => {
    plant('A', '192.0.2.1', 'www')
    const { previous } = await provider.setRRset(ZONE, a('192.0.2.2', '192.0.2.3'), ALWAYS)
    expect(previous).toEqual({ name: WWW, type: 'A', ttl: 3600, values: ['192.0.2.1'] })
    expect(api.bodies).toEqual([
      [
        { data: '192.0.2.2', ttl: 900 },
        { data: '192.0.2.3', ttl: 900 },
      ],
    ])
  })

  it('that is right is not written', async () => {
    await provider.setRRset(ZONE, a('192.0.2.1'), ALWAYS)
    const before = api.requests.length
    expect((await provider.setRRset(ZONE, a('192.0.2.1'), ALWAYS)).previous?.values).toEqual(['192.0.2.1'])
    expect(methods().slice(before)).toEqual(['GET'])
  })

  it('is not written because there was nothing before', async () => {
    api.script('PUT', { status: 404, body: { code: 'UNKNOWN_DOMAIN', message: 'The given domain is not registered' } })
    await expect(provider.setRRset(ZONE, a('192.0.2.1'), ALWAYS)).rejects.toMatchObject({ code: 'PROVIDER_ZONE_NOT_FOUND' })
  })

  it('can be emptied', async () => {
    plant('A', '192.0.2.1', 'www')
    plant('TXT', 'stays', 'www')
    await provider.setRRset(ZONE, a(), ALWAYS)
    await provider.setRRset(ZONE, a(), ALWAYS)
    expect(api.records.map(({ type }) => type)).toEqual(['TXT'])
  })

  it('of a CNAME to the apex is shown with its name', async () => {
    plant('CNAME', '@', 'www')
    expect((await provider.getRRset(ZONE, WWW, 'CNAME', ALWAYS))?.values).toEqual([ZONE.name])
  })

  it('may come without a TTL', async () => {
    api.records.push({ name: 'www', type: 'A', data: '192.0.2.1' })
    expect(await provider.getRRset(ZONE, WWW, 'A', ALWAYS)).toEqual({ name: WWW, type: 'A', ttl: 600, values: ['192.0.2.1'] })
  })

  it('shows what it replaced when the answer to the first attempt was lost', async () => {
    plant('A', '192.0.2.1', 'www')
    api.script('PUT', 'hang-up-after-write')
    expect((await provider.setRRset(ZONE, a('192.0.2.2'), ALWAYS)).previous?.values).toEqual(['192.0.2.1'])
    expect(api.values('www', 'A')).toEqual(['192.0.2.2'])
  })
})

describe('cancellation', () => {
  const reason = new Error('enough')
  const until = async (line: string): Promise<void> => {
    await vi.waitFor(() => expect(api.requests.some((request) => request.startsWith(line))).toBe(true), {
      interval: 1,
      timeout: 20_000,
    })
  }

  it('does not undo later what others have written since', async () => {
    plant('TXT', 'a')
    plant('TXT', 'b')
    const controller = new AbortController()
    let release = (): void => undefined
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    api.script('PUT', { until: held })
    const aborted = provider.removeValues(ZONE, txt(NAME, 'a'), { signal: controller.signal })
    await until('PUT')
    controller.abort(reason)
    await expect(aborted).rejects.toBe(reason)
    // Written after the one that is still on its way, or it would be lost by that.
    const later = provider.addValues(ZONE, txt(NAME, 'c'), ALWAYS)
    for (let i = 0; i < 300 && !api.requests.some((line) => line.startsWith('PATCH')); i++) {
      await new Promise((resolve) => setImmediate(resolve))
    }
    release()
    await later
    expect(api.values(LABEL, 'TXT')).toEqual(['b', 'c'])
  })

  it('ends the wait for others who change the same name', async () => {
    const [first, second] = [new AbortController(), new AbortController()]
    api.script('GET', 'silence')
    const before = provider.removeValues(ZONE, txt(NAME, 'v'), { signal: first.signal })
    const waiting = provider.addValues(ZONE, txt(NAME, 'v'), { signal: second.signal })
    await until('GET')
    second.abort(reason)
    await expect(waiting).rejects.toBe(reason)
    first.abort(reason)
    await expect(before).rejects.toBe(reason)
    await provider.addValues(ZONE, txt(NAME, 'w'), ALWAYS)
    expect(api.values(LABEL, 'TXT')).toEqual(['w'])
  })
})
