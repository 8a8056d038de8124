import type { DnsProvider, Zone } from '@domainctl/core'
import { manualClock } from '@domainctl/core/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type LoopbackApi, startLoopbackApi } from './loopback-api.test.fixture.ts'
import { ALWAYS, providerAt, START, txt, zoneOf } from './subject.test.fixture.ts'

const NAMES = Array.from({ length: 10 }, (_, i) => `_acme-challenge.n${i}.example.test`)

describe('values of many names at once', () => {
  let api: LoopbackApi
  let provider: DnsProvider
  let zone: Zone
  beforeEach(async () => {
    api = await startLoopbackApi('example.test')
    provider = providerAt(api)
    zone = zoneOf(api)
  })
  afterEach(() => api.close())

  const add = (value = 'v') => Promise.allSettled(NAMES.map((name) => provider.addValues(zone, txt(name, value), ALWAYS)))
  const remove = () => Promise.allSettled(NAMES.map((name) => provider.removeValues(zone, txt(name, 'v'), ALWAYS)))
  const failed = (outcomes: PromiseSettledResult<unknown>[]) => outcomes.filter(({ status }) => status === 'rejected')
  const made = (): string[] => api.requests.map((line) => line.replace(/\?.*|\/zones\/\w{32}/g, ''))

  it('cost a reading and a writing', async () => {
    api.plant({ name: NAMES[0] ?? '', type: 'TXT', content: '"theirs"' })
    expect(failed(await add())).toEqual([])
    expect(api.records).toHaveLength(11)
    expect(failed(await remove())).toEqual([])
    expect(made()).toEqual(['GET /dns_records', 'POST /dns_records/batch', 'GET /dns_records', 'POST /dns_records/batch'])
    expect(api.records.map(({ content }) => content)).toEqual(['"theirs"'])
  })

  it('need no reading where the zone was just looked at', async () => {
    await Promise.all(NAMES.map((name) => provider.findZone(name, ALWAYS)))
    api.requests.length = 0
    expect(failed(await add())).toEqual([])
    expect(made()).toEqual(['POST /dns_records/batch'])
  })

  it('are read anew where what was just seen tells that one is there, and after ten seconds', async () => {
    const clock = manualClock(START)
    provider = providerAt(api, {}, clock)
    const [name = ''] = NAMES
    api.plant({ name, type: 'TXT', content: '"v"' })
    await provider.findZone(name, ALWAYS)
    api.records.length = 0
    await provider.addValues(zone, txt(name, 'v'), ALWAYS)
    expect(api.values(name, 'TXT')).toEqual(['v'])

    provider = providerAt(api, {}, clock)
    await provider.findZone(name, ALWAYS)
    clock.advance(10_000)
    api.plant({ name: 'www.example.test', type: 'CNAME', content: 'target.test' })
    await expect(provider.addValues(zone, txt('www.example.test', 'v'), ALWAYS)).rejects.toMatchObject({
      code: 'PROVIDER_CONFLICT',
    })
  })

  it('are read anew after a writing: what was seen before is no more', async () => {
    const [name = '', other = ''] = NAMES
    await provider.findZone(name, ALWAYS)
    await provider.setRRset(zone, { name: other, type: 'CNAME', ttl: 60, values: ['target.test'] }, ALWAYS)
    await expect(provider.addValues(zone, txt(other, 'v'), ALWAYS)).rejects.toMatchObject({ code: 'PROVIDER_CONFLICT' })
  })

  it('are removed in whatever quotes they stand', async () => {
    for (const name of NAMES) for (const content of ['"v"', 'v', '"" "v"']) api.plant({ name, type: 'TXT', content })
    expect(failed(await remove())).toEqual([])
    expect(api.records).toEqual([])
  })

  it('are made but for those that cannot be', async () => {
    api.plant({ name: NAMES[3] ?? '', type: 'CNAME', content: 'target.test' })
    const outcomes = await add()
    expect(failed(outcomes)).toEqual([outcomes[3]])
    expect(outcomes[3]).toMatchObject({ reason: { code: 'PROVIDER_CONFLICT', message: expect.stringContaining('target.test') } })
    expect(api.records).toHaveLength(10)
  })

  it('are each told what the API has against one of them', async () => {
    const bad = { name: 'www.example.test', type: 'CNAME' as const, ttl: 60, values: ['target.test...'] }
    const good = add()
    await expect(provider.addValues(zone, bad, ALWAYS)).rejects.toMatchObject({ code: 'PROVIDER_REFUSED' })
    expect(failed(await good)).toEqual([])
    expect(api.records.map(({ type }) => type)).toEqual(Array(10).fill('TXT'))
  })

  it.each(['hang-up', 'hang-up-after-write'] as const)('are there, and gone, after a %s in mid-write', async (fault) => {
    api.script('POST', fault)
    expect(failed(await add())).toEqual([])
    expect(api.records).toHaveLength(10)
    api.script('POST', fault)
    expect(failed(await remove())).toEqual([])
    expect(api.records).toEqual([])
  })

  it('are found name by name in a zone with more records than one call gives', async () => {
    for (let i = 0; i < 1001; i++) api.plant({ name: `x${i}.example.test`, type: 'TXT', content: '"x"' })
    expect(failed(await add())).toEqual([])
    expect(failed(await remove())).toEqual([])
    expect(api.records).toHaveLength(1001)
    expect(api.requests).toHaveLength(24)
  })

  it('go on for the others when one caller goes, who hears it at once', async () => {
    const controller = new AbortController()
    const reason = new Error('enough')
    const good = add()
    const gone = provider.addValues(zone, txt('gone.example.test', 'v'), controller)
    controller.abort(reason)
    await expect(gone).rejects.toBe(reason)
    expect(failed(await good)).toEqual([])
  })
})
