import { manualClock } from '@domainctl/core/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type LoopbackApi, startLoopbackApi } from './loopback-api.test.fixture.ts'
import { ALWAYS, providerAt, START } from './subject.test.fixture.ts'

describe('the zone of a name', () => {
  let api: LoopbackApi
  beforeEach(async () => {
    api = await startLoopbackApi('example.test', 'sub.example.test', 'other.test')
  })
  afterEach(() => api.close())

  it('is the one with the longest suffix', async () => {
    const provider = providerAt(api)
    expect(await provider.findZone('_acme-challenge.www.sub.example.test', ALWAYS)).toMatchObject({ name: 'sub.example.test' })
    expect(await provider.findZone('WWW.Example.test.', ALWAYS)).toMatchObject({ name: 'example.test' })
    expect(await provider.findZone('*.example.test', ALWAYS)).toMatchObject({ name: 'example.test' })
  })

  it('is asked for anew after a minute, and not before', async () => {
    const clock = manualClock(START)
    const provider = providerAt(api, {}, clock)
    await provider.findZone('www.example.test', ALWAYS)
    const asked = api.requests.length
    await provider.findZone('www.example.test', ALWAYS)
    expect(api.requests).toHaveLength(asked)
    clock.advance(60_000)
    await provider.findZone('www.example.test', ALWAYS)
    expect(api.requests).toHaveLength(2 * asked)
  })

  it('asks for no top-level domain', async () => {
    await providerAt(api).findZone('www.elsewhere.invalid', ALWAYS)
    expect(api.requests.map((line) => new URLSearchParams(line.split('?')[1]).get('name'))).toEqual([
      'www.elsewhere.invalid',
      'elsewhere.invalid',
    ])
  })

  it('is not one that somebody else serves a part of', async () => {
    api.plant({ name: 'away.example.test', type: 'NS', content: 'ns1.elsewhere.test' })
    const provider = providerAt(api)
    expect(await provider.findZone('www.away.example.test', ALWAYS)).toBeNull()
    expect(await provider.findZone('notaway.example.test', ALWAYS)).toMatchObject({ name: 'example.test' })
  })

  it('sees a delegation on a later page', async () => {
    for (let i = 0; i < 250; i++) api.plant({ name: `away${i}.example.test`, type: 'NS', content: 'ns1.elsewhere.test' })
    expect(await providerAt(api).findZone('away249.example.test', ALWAYS)).toBeNull()
    expect(api.requests.filter((line) => line.includes('type=NS'))).toHaveLength(3)
  })

  it('is found at an API that ignores pages', async () => {
    api.ignoresPage = true
    for (let i = 0; i < 250; i++) api.plant({ name: `away${i}.example.test`, type: 'NS', content: 'ns1.elsewhere.test' })
    expect(await providerAt(api).findZone('www.example.test', ALWAYS)).toMatchObject({ name: 'example.test' })
    expect(api.requests.filter((line) => line.includes('type=NS'))).toHaveLength(2)
  })

  it('has to be said when there are two of the name', async () => {
    const twin = { id: 'f'.repeat(32), name: 'example.test', account: 'b'.repeat(32) }
    api.zones.push(twin)
    await expect(providerAt(api).findZone('www.example.test', ALWAYS)).rejects.toMatchObject({
      code: 'PROVIDER_ZONE_NOT_FOUND',
      message: expect.stringContaining(twin.id),
      hint: expect.stringMatching(/CLOUDFLARE_ZONE_ID.*CLOUDFLARE_ACCOUNT_ID/),
    })
    const byAccount = providerAt(api, { accountId: twin.account })
    expect(await byAccount.findZone('www.example.test', ALWAYS)).toEqual({ id: twin.id, name: twin.name })
    const byId = providerAt(api, { zoneId: twin.id })
    expect(await byId.findZone('www.example.test', ALWAYS)).toEqual({ id: twin.id, name: twin.name })
    expect(await byId.findZone('www.other.test', ALWAYS)).toBeNull()
  })

  it('is the active one where another account waits for the same name', async () => {
    const [own] = api.zones
    if (!own) throw new Error('no zone')
    Object.assign(own, { status: 'active' })
    api.zones.push({ id: 'e'.repeat(32), name: own.name, status: 'pending' } as typeof own)
    expect(await providerAt(api).findZone('www.example.test', ALWAYS)).toEqual({ id: own.id, name: own.name })
  })

  it('is told when the id of the configuration is none', async () => {
    await expect(providerAt(api, { zoneId: 'f'.repeat(32) }).findZone('www.example.test', ALWAYS)).rejects.toMatchObject({
      code: 'PROVIDER_ZONE_NOT_FOUND',
      message: expect.stringContaining('7003'),
      hint: expect.stringContaining('CLOUDFLARE_ZONE_ID'),
    })
  })

  it('is found by a token for some zones, and what is not its own is null (certbot#8015)', async () => {
    api.isScoped = true
    const provider = providerAt(api)
    expect(await provider.findZone('_acme-challenge.www.example.test', ALWAYS)).toMatchObject({ name: 'example.test' })
    expect(await provider.findZone('www.elsewhere.invalid', ALWAYS)).toBeNull()
  })

  it('is told when the token is good for nothing', async () => {
    api.isScoped = true
    api.zones.length = 0
    await expect(providerAt(api).findZone('www.example.test', ALWAYS)).rejects.toMatchObject({
      code: 'PROVIDER_AUTH',
      message: expect.stringContaining('zone.list'),
      hint: expect.stringContaining('Zone:Read'),
    })
  })
})
