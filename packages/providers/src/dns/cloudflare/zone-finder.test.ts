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

  const asked = (api: LoopbackApi): (string | null)[] =>
    api.requests.map((line) => new URLSearchParams(line.split('?')[1]).get('name'))

  it('is asked for once, with its delegations, by all who ask at the same time', async () => {
    const provider = providerAt(api)
    await Promise.all(['a', 'b', 'c'].map((label) => provider.findZone(`${label}.www.example.test`, ALWAYS)))
    expect(api.requests.map((line) => line.split('?')[0])).toEqual(['GET /zones', `GET /zones/${api.zones[0]?.id}/dns_records`])
  })

  it('is asked for by name in an account with more than a page of zones, but for top-level domains', async () => {
    for (let i = 0; i < 50; i++) api.zones.push({ id: `z${i}`, name: `zone-${i}.test`, account: 'a'.repeat(32) })
    const provider = providerAt(api)
    expect(await provider.findZone('www.sub.example.test', ALWAYS)).toMatchObject({ name: 'sub.example.test' })
    api.requests.length = 0
    expect(await provider.findZone('www.elsewhere.invalid', ALWAYS)).toBeNull()
    expect(asked(api)).toEqual(['www.elsewhere.invalid', 'elsewhere.invalid'])
  })

  it('is asked for by name where the list shows none', async () => {
    api.script('GET /zones?order', { status: 200, body: { success: true, result: [], result_info: { total_pages: 0 } } })
    expect(await providerAt(api).findZone('www.example.test', ALWAYS)).toMatchObject({ name: 'example.test' })
  })

  it('is not one that somebody else serves a part of', async () => {
    api.plant({ name: 'away.example.test', type: 'NS', content: 'ns1.elsewhere.test' })
    const provider = providerAt(api)
    expect(await provider.findZone('www.away.example.test', ALWAYS)).toBeNull()
    expect(await provider.findZone('notaway.example.test', ALWAYS)).toMatchObject({ name: 'example.test' })
  })

  it('sees a delegation on a later page', async () => {
    for (let i = 0; i < 800; i++) api.plant({ name: `n${i}.example.test`, type: 'A', content: '192.0.2.1' })
    for (let i = 0; i < 250; i++) api.plant({ name: `away${i}.example.test`, type: 'NS', content: 'ns1.elsewhere.test' })
    expect(await providerAt(api).findZone('away249.example.test', ALWAYS)).toBeNull()
    expect(api.requests.filter((line) => line.includes('type=NS'))).toHaveLength(3)
  })

  it('is found at an API that ignores pages', async () => {
    api.ignoresPage = true
    for (let i = 0; i < 1000; i++) api.plant({ name: `away${i}.example.test`, type: 'NS', content: 'ns1.elsewhere.test' })
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
    api.zones.push({ id: 'e'.repeat(32), name: own.name, account: 'c'.repeat(32), status: 'pending' })
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

  it('is null for a token that may be one of an account, which is known there alone (counterscale#268)', async () => {
    api.isScoped = true
    api.token = null
    const provider = providerAt(api)
    expect(await provider.findZone('_acme-challenge.www.example.test', ALWAYS)).toMatchObject({ name: 'example.test' })
    expect(await provider.findZone('www.elsewhere.invalid', ALWAYS)).toBeNull()
  })

  it.each([
    ['says so itself', {}, { id: 'd'.repeat(32), status: 'disabled' }],
    ['its account does not know', { accountId: 'a'.repeat(32) }, null],
  ])('is told when the token is good for nothing, as %s', async (_, settings, token) => {
    api.isScoped = true
    api.token = token
    await expect(providerAt(api, settings).findZone('www.elsewhere.invalid', ALWAYS)).rejects.toMatchObject({
      code: 'PROVIDER_AUTH',
      message: expect.stringContaining('zone.list'),
      hint: expect.stringContaining('Zone:Read'),
    })
  })
})
