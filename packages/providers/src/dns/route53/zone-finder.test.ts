import { manualClock } from '@domainctl/core/testing'
import type { Sandbox } from '@domainctl/sandbox'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ALWAYS, APEX, providerAt, START, startSubject } from './subject.test.fixture.ts'

describe('the zone of a name', () => {
  let sandbox: Sandbox
  let route53: Sandbox['apis']['route53']
  beforeAll(async () => {
    sandbox = (await startSubject([APEX, `sub.${APEX}`])).sandbox
    route53 = sandbox.apis.route53
  })
  afterAll(() => sandbox.stop())

  it('is the one with the longest suffix', async () => {
    const provider = providerAt(route53.options)
    expect(await provider.findZone(`_acme-challenge.www.sub.${APEX}`, ALWAYS)).toEqual({
      id: route53.zoneId(`sub.${APEX}`),
      name: `sub.${APEX}`,
    })
    expect(await provider.findZone('WWW.Example.test.', ALWAYS)).toMatchObject({ name: APEX })
    expect(await provider.findZone(`*.${APEX}`, ALWAYS)).toMatchObject({ name: APEX })
    expect(await provider.findZone('elsewhere.invalid', ALWAYS)).toBeNull()
  })

  it('is public: a private twin, and a longer private zone, are not seen', async () => {
    route53.addZone({ name: APEX, isPrivate: true })
    route53.addZone({ name: `inside.${APEX}`, isPrivate: true })
    expect(await providerAt(route53.options).findZone(`www.inside.${APEX}`, ALWAYS)).toEqual({
      id: route53.zoneId(APEX),
      name: APEX,
    })
  })

  it('is asked for anew after a minute, and not before, by all who ask at once', async () => {
    const clock = manualClock(START)
    const provider = providerAt(route53.options, {}, clock)
    const asked = async (): Promise<number> => {
      const before = { ...route53.requests }
      await Promise.all(Array.from({ length: 5 }, () => provider.findZone(`www.${APEX}`, ALWAYS)))
      const { ListHostedZones, ListResourceRecordSets } = route53.requests
      return ListHostedZones - before.ListHostedZones + ListResourceRecordSets - before.ListResourceRecordSets
    }
    expect(await asked()).toBe(2)
    expect(await asked()).toBe(0)
    clock.advance(60_000)
    expect(await asked()).toBe(2)
  })

  it('is not one that somebody else serves a part of', async () => {
    sandbox.dns.add({ name: `away.${APEX}`, type: 'NS', value: 'ns1.elsewhere.test' })
    const provider = providerAt(route53.options)
    expect(await provider.findZone(`deep.www.away.${APEX}`, ALWAYS)).toBeNull()
    expect(await provider.findZone(`notaway.${APEX}`, ALWAYS)).toMatchObject({ name: APEX })
  })

  it('is asked for once, with its delegations, for all of its names', async () => {
    const provider = providerAt(route53.options)
    const before = { ...route53.requests }
    await Promise.all(['a', 'b', 'c.d.e'].map((label) => provider.findZone(`_acme-challenge.${label}.${APEX}`, ALWAYS)))
    expect(route53.requests.ListHostedZones - before.ListHostedZones).toBe(1)
    expect(route53.requests.ListResourceRecordSets - before.ListResourceRecordSets).toBe(1)
  })

  it('is not one that somebody else serves a part of, in one with more sets than one call gives', async () => {
    for (let i = 0; i < 300; i++) sandbox.dns.add({ name: `a${i}.sub.${APEX}`, type: 'TXT', value: 'theirs' })
    sandbox.dns.add({ name: `zz.sub.${APEX}`, type: 'NS', value: 'ns1.elsewhere.test' })
    const provider = providerAt(route53.options)
    expect(await provider.findZone(`www.zz.sub.${APEX}`, ALWAYS)).toBeNull()
    expect(await provider.findZone(`www.zzz.sub.${APEX}`, ALWAYS)).toMatchObject({ name: `sub.${APEX}` })
  })

  it('is found behind a hundred others', async () => {
    for (let i = 0; i < 120; i++) route53.addZone({ name: `zone-${i}.test`, isPrivate: false })
    const before = route53.requests.ListHostedZones
    const provider = providerAt(route53.options)
    for (const i of [0, 60, 119]) {
      expect(await provider.findZone(`www.zone-${i}.test`, ALWAYS)).toMatchObject({ name: `zone-${i}.test` })
    }
    expect(route53.requests.ListHostedZones - before).toBe(2)
  })

  it('has to be said when there are two of the name', async () => {
    const twin = route53.addZone({ name: 'twins.test', isPrivate: false })
    const other = route53.addZone({ name: 'twins.test', isPrivate: false })
    await expect(providerAt(route53.options).findZone('www.twins.test', ALWAYS)).rejects.toMatchObject({
      code: 'PROVIDER_ZONE_NOT_FOUND',
      message: expect.stringContaining(twin),
      hint: expect.stringContaining('AWS_HOSTED_ZONE_ID'),
    })
    const configured = providerAt(route53.options, { hostedZoneId: other })
    expect(await configured.findZone('www.twins.test', ALWAYS)).toEqual({ id: other, name: 'twins.test' })
    expect(await configured.findZone(`www.${APEX}`, ALWAYS)).toBeNull()
  })

  it('is found by a key that may only read and write the records of the configured one', async () => {
    const id = route53.zoneId(APEX) ?? ''
    const operations = ['ListResourceRecordSets', 'ChangeResourceRecordSets'] as const
    const options = { ...route53.options, credentials: route53.addKey({ operations, zones: [id] }) }
    expect(await providerAt(options, { hostedZoneId: id }).findZone(`www.${APEX}`, ALWAYS)).toEqual({ id, name: APEX })
    await expect(providerAt(options).findZone(`www.${APEX}`, ALWAYS)).rejects.toMatchObject({
      code: 'PROVIDER_AUTH',
      message: expect.stringContaining('route53:ListHostedZones'),
      hint: expect.stringContaining('route53:ListHostedZones'),
    })
  })

  it('is told when the id of the configuration is none', async () => {
    await expect(providerAt(route53.options, { hostedZoneId: 'Z0NONE' }).findZone(`www.${APEX}`, ALWAYS)).rejects.toMatchObject({
      code: 'PROVIDER_ZONE_NOT_FOUND',
      message: expect.stringContaining('NoSuchHostedZone'),
      hint: expect.stringContaining('AWS_HOSTED_ZONE_ID'),
    })
  })

  it('is told when it is gone after it was found', async () => {
    const gone = { id: 'Z0GONE', name: APEX }
    await expect(providerAt(route53.options).getRRset(gone, APEX, 'TXT', ALWAYS)).rejects.toMatchObject({
      code: 'PROVIDER_ZONE_NOT_FOUND',
    })
  })
})
