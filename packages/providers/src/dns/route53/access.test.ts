import { type Sandbox, startSandbox } from '@domainctl/sandbox'
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { delegationSet } from './answers.ts'
import { ALWAYS, providerAt } from './subject.test.fixture.ts'

describe("access at the sandbox's Route 53", () => {
  let sandbox: Sandbox
  let route53: Sandbox['apis']['route53']
  beforeEach(async () => {
    sandbox = await startSandbox({ zones: ['b.test', 'a.test'], nameServers: 2 })
    route53 = sandbox.apis.route53
  })
  afterEach(() => sandbox.stop())
  const idOf = (name: string): string => route53.zoneId(name) ?? expect.unreachable(`no zone ${name}`)
  const zoneOf = (name: string) => ({ id: idOf(name), name })
  type Policy = Parameters<typeof route53.addKey>[0]
  function providerOf(policy: Policy, settings: { hostedZoneId?: string } = {}) {
    const provider = providerAt({ ...route53.options, credentials: route53.addKey(policy) }, settings)
    onTestFinished(() => provider.close?.())
    return provider
  }
  const accessOf = (...given: Parameters<typeof providerOf>) => providerOf(...given).access?.(ALWAYS)

  it('is to the public zones, in the order of their names; what may be done there is not told', async () => {
    expect(await accessOf({})).toEqual({ zones: [zoneOf('a.test'), zoneOf('b.test')], complete: true, warnings: [] })
  })

  it('leaves private zones out and counts them, and tells twins', async () => {
    route53.addZone({ name: 'a.test', isPrivate: true })
    expect((await accessOf({}))?.warnings).toEqual([expect.stringMatching(/^1 private hosted zone is left out/)])
    route53.addZone({ name: 'inside.test', isPrivate: true })
    route53.addZone({ name: 'b.test', isPrivate: false })
    const access = await accessOf({})
    expect(access?.zones.map(({ name }) => name)).toEqual(['a.test', 'b.test', 'b.test'])
    expect(access?.warnings).toEqual([
      expect.stringMatching(/^2 private hosted zones are left out/),
      expect.stringMatching(/\(b\.test\).*AWS_HOSTED_ZONE_ID/),
    ])
  })

  it('with more zones than are told stops asking', async () => {
    for (let i = 0; i < 1300; i++) route53.addZone({ name: `zone${i}.test`, isPrivate: false })
    const access = await accessOf({})
    expect([access?.zones.length, access?.complete]).toEqual([1000, false])
    expect(route53.requests.ListHostedZones).toBe(11)
  })

  it('is to the configured zone alone, and needs no more than its records', async () => {
    const operations = ['ListResourceRecordSets', 'ChangeResourceRecordSets'] as const
    const hostedZoneId = idOf('b.test')
    const policy: Policy = { operations, zones: [hostedZoneId] }
    expect(await accessOf(policy, { hostedZoneId })).toEqual({ zones: [zoneOf('b.test')], complete: true, warnings: [] })
    await expect(accessOf(policy)).rejects.toMatchObject({
      code: 'PROVIDER_AUTH',
      message: expect.stringContaining('route53:ListHostedZones'),
      hint: expect.stringContaining('AWS_HOSTED_ZONE_ID'),
    })
    // One of another account.
    await expect(accessOf(policy, { hostedZoneId: idOf('a.test') })).rejects.toMatchObject({
      code: 'PROVIDER_AUTH',
      message: expect.stringContaining('AccessDenied'),
    })
    await expect(accessOf({}, { hostedZoneId: 'Z0NONE' })).rejects.toMatchObject({
      code: 'PROVIDER_ZONE_NOT_FOUND',
      message: expect.stringContaining('NoSuchHostedZone'),
    })
  })

  it('is none for a key that has expired, or is read-only when something is to be written', async () => {
    const expired = route53.addFault({ operation: 'ListHostedZones', answer: route53.answers.expiredToken })
    await expect(accessOf({})).rejects.toMatchObject({
      code: 'PROVIDER_AUTH',
      message: expect.stringContaining('ExpiredToken'),
      hint: expect.stringContaining('AWS_SESSION_TOKEN'),
    })
    expired.remove()
    const reader = providerOf({ operations: ['ListHostedZones', 'ListResourceRecordSets'] })
    const txt = { name: 'x.a.test', type: 'TXT' as const, ttl: 60, values: ['v'] }
    await expect(reader.addValues(zoneOf('a.test'), txt, ALWAYS)).rejects.toMatchObject({
      code: 'PROVIDER_AUTH',
      message: expect.stringContaining('route53:ChangeResourceRecordSets'),
    })
  })

  it('tells the name servers of a zone, whose id may be that of a path', async () => {
    const { nameServers } = providerOf({})
    expect(await nameServers?.(zoneOf('a.test'), ALWAYS)).toEqual(['ns1.a.test', 'ns2.a.test'])
    expect(await nameServers?.({ id: `/hostedzone/${idOf('b.test')}`, name: 'b.test' }, ALWAYS)).toEqual([
      'ns1.b.test',
      'ns2.b.test',
    ])
    const id = route53.addZone({ name: 'a.test', isPrivate: true })
    expect(await nameServers?.({ id, name: 'a.test' }, ALWAYS)).toEqual([])
    const twin = route53.addZone({ name: 'a.test', isPrivate: false })
    expect(await nameServers?.({ id: twin, name: 'a.test' }, ALWAYS)).toEqual(expect.arrayContaining(['ns-0.awsdns-00.com']))
  })

  it('takes those of its NS records where it may not ask for the zone', async () => {
    const operations = ['ListResourceRecordSets'] as const
    expect(await providerOf({ operations }).nameServers?.(zoneOf('a.test'), ALWAYS)).toEqual(['ns1.a.test', 'ns2.a.test'])
    await expect(providerOf({}).nameServers?.({ id: 'Z0NONE', name: 'a.test' }, ALWAYS)).rejects.toMatchObject({
      code: 'PROVIDER_ZONE_NOT_FOUND',
    })
    await expect(providerOf({ operations: [] }).nameServers?.(zoneOf('a.test'), ALWAYS)).rejects.toMatchObject({
      code: 'PROVIDER_AUTH',
    })
  })
})

it.each([
  [{}, null],
  [{ DelegationSet: { NameServers: ['a.'] } }, null],
  [{ HostedZone: { Id: '/hostedzone/Z1', Name: 'a.' } }, []],
  [{ HostedZone: { Id: '/hostedzone/Z1', Name: 'a.' }, DelegationSet: { NameServers: ['NS.test.'] } }, ['ns.test']],
  [{ HostedZone: { Id: '/hostedzone/Z1', Name: 'a.' }, DelegationSet: { NameServers: [1] } }, null],
])('the delegation set of %j is %j', (answer, expected) => {
  expect(delegationSet(answer)).toEqual(expected)
})
