import { manualClock } from '@domainctl/core/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type LoopbackApi, startLoopbackApi } from './loopback-api.test.fixture.ts'
import { ALWAYS, providerAt, START, ZONE } from './subject.test.fixture.ts'

describe('the domain of a name', () => {
  let api: LoopbackApi
  beforeEach(async () => {
    api = await startLoopbackApi(ZONE.name)
  })
  afterEach(() => api.close())

  const lists = (): string[] => api.requests.filter((line) => line.startsWith('GET /v1/domains?'))

  it('is one of the list', async () => {
    api.domains.unshift('other.test', 'test')
    const provider = providerAt(api)
    expect(await provider.findZone('_acme-challenge.www.example.test', ALWAYS)).toEqual(ZONE)
    expect(await provider.findZone('WWW.Example.test.', ALWAYS)).toEqual(ZONE)
    expect(await provider.findZone('*.example.test', ALWAYS)).toEqual(ZONE)
    expect(await provider.findZone('evil-example.test', ALWAYS)).toBeNull()
    expect(api.requests.filter((line) => line.endsWith('/v1/domains/example.test'))).toEqual([])
  })

  it('costs one call, with its delegations, for all who ask at the same time', async () => {
    const provider = providerAt(api)
    const names = ['www', '_acme-challenge.a', '_acme-challenge.deep.b'].map((label) => `${label}.example.test`)
    expect(await Promise.all(names.map((name) => provider.findZone(name, ALWAYS)))).toEqual([ZONE, ZONE, ZONE])
    expect(api.requests).toEqual(['GET /v1/domains/example.test/records/NS'])
  })

  describe('of three labels', () => {
    const name = 'example.co.test'
    beforeEach(async () => {
      await api.close()
      api = await startLoopbackApi(name)
    })

    it('is found on a later page', async () => {
      api.domains.unshift(...Array.from({ length: 2500 }, (_, i) => `other${i}.invalid`))
      expect(await providerAt(api).findZone(`www.${name}`, ALWAYS)).toEqual({ id: name, name })
      expect(lists()).toHaveLength(3)
      expect(lists().at(-1)).toContain('limit=1000&marker=other')
    })

    it('is found at an API that ignores where a page begins', async () => {
      api.ignoresMarker = true
      api.domains.push(...Array.from({ length: 2500 }, (_, i) => `other${i}.invalid`))
      expect(await providerAt(api).findZone(`www.${name}`, ALWAYS)).toEqual({ id: name, name })
      expect(lists()).toHaveLength(2)
    })
  })

  it('is one of which a part is served by others, in a list that may be cut, and where lists are refused', async () => {
    api.records.push({ name: 'away', type: 'NS', data: 'ns1.elsewhere.test', ttl: 3600 })
    for (let i = 0; i < 100; i++) api.records.push({ name: `away${i}`, type: 'NS', data: 'ns1.elsewhere.test', ttl: 3600 })
    for (const refuses of ['nothing', 'lists'] as const) {
      api.refuses = refuses
      const provider = providerAt(api)
      expect(await provider.findZone('www.away.example.test', ALWAYS)).toBeNull()
      expect(await provider.findZone('www.notaway.example.test', ALWAYS)).toEqual(ZONE)
    }
  })

  it('is asked for anew after a minute, and not before', async () => {
    const clock = manualClock(START)
    const provider = providerAt(api, {}, clock)
    await provider.findZone('www.example.test', ALWAYS)
    const asked = api.requests.length
    await Promise.all([provider.findZone('www.example.test', ALWAYS), provider.findZone('www.example.test', ALWAYS)])
    expect(api.requests).toHaveLength(asked)
    clock.advance(60_000)
    await provider.findZone('www.example.test', ALWAYS)
    expect(api.requests).toHaveLength(2 * asked)
  })

  it('is not one that somebody else serves a part of', async () => {
    api.records.push({ name: 'away', type: 'NS', data: 'ns1.elsewhere.test', ttl: 3600 })
    const provider = providerAt(api)
    expect(await provider.findZone('www.away.example.test', ALWAYS)).toBeNull()
    expect(await provider.findZone('notaway.example.test', ALWAYS)).toEqual(ZONE)
  })

  it('is not one that has its DNS elsewhere', async () => {
    api.domains.push('registered.test')
    expect(await providerAt(api).findZone('www.registered.test', ALWAYS)).toBeNull()
  })

  it('is the one of the configuration, which is not looked for', async () => {
    const provider = providerAt(api, { zone: ZONE.name })
    expect(await provider.findZone('www.example.test', ALWAYS)).toEqual(ZONE)
    expect(await provider.findZone('www.other.test', ALWAYS)).toBeNull()
    expect(lists()).toEqual([])
    api.refuses = 'reads'
    expect(await provider.findZone('more.example.test', ALWAYS)).toEqual(ZONE)
  })

  it('is found by an account that may not list domains and reads their records (acme.sh#6849)', async () => {
    api.refuses = 'lists'
    const provider = providerAt(api)
    expect(await provider.findZone('_acme-challenge.www.example.test', ALWAYS)).toEqual(ZONE)
    expect(await provider.findZone('www.elsewhere.invalid', ALWAYS)).toBeNull()
    api.script('GET /v1/domains/no_domain.test', {
      status: 422,
      body: { code: 'INVALID_BODY', message: 'not a valid Domain name' },
    })
    expect(await provider.findZone('no_domain.test', ALWAYS)).toBeNull()
  })

  it('has to be said when the account may read nothing', async () => {
    api.refuses = 'reads'
    await expect(providerAt(api).findZone('www.example.test', ALWAYS)).rejects.toMatchObject({
      code: 'PROVIDER_AUTH',
      hint: expect.stringContaining('GODADDY_ZONE'),
    })
  })
})
