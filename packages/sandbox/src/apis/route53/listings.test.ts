import {
  GetHostedZoneCommand,
  ListHostedZonesByNameCommand,
  ListHostedZonesCommand,
  ListResourceRecordSetsCommand,
  paginateListHostedZones,
  type ResourceRecordSet,
  type RRType,
} from '@aws-sdk/client-route-53'
import { describe, expect, it } from 'vitest'
import { startRoute53 } from './route53.test.support.ts'

describe('hosted zones', () => {
  const zones = ['example.test', 'a.test', 'b.a.test', 'a-z.test', 'other.test']

  it('are listed a page at a time', async () => {
    const { client } = await startRoute53({ zones })
    const pages: (string | undefined)[][] = []
    for await (const { HostedZones } of paginateListHostedZones({ client, pageSize: 2 }, {}))
      pages.push((HostedZones ?? []).map(({ Name }) => Name))
    expect(pages.map(({ length }) => length)).toEqual([2, 2, 1])
    expect(pages.flat().sort()).toEqual(['a-z.test.', 'a.test.', 'b.a.test.', 'example.test.', 'other.test.'])
    const whole = await client.send(new ListHostedZonesCommand({ MaxItems: 5 }))
    expect(whole).toMatchObject({ IsTruncated: false, MaxItems: 5 })
    expect(whole.NextMarker).toBeUndefined()
  })

  it('are sorted by name with the labels reversed, from any name on', async () => {
    const { client } = await startRoute53({ zones })
    const names = async (DNSName?: string) => {
      const { HostedZones } = await client.send(new ListHostedZonesByNameCommand({ DNSName }))
      return HostedZones?.map(({ Name }) => Name)
    }
    expect(await names()).toEqual(['a-z.test.', 'a.test.', 'b.a.test.', 'example.test.', 'other.test.'])
    expect(await names('B.a.test')).toEqual(['b.a.test.', 'example.test.', 'other.test.'])
    expect(await names('c.a.test')).toEqual(['example.test.', 'other.test.'])
    const first = await client.send(new ListHostedZonesByNameCommand({ MaxItems: 1, DNSName: 'a.test' }))
    expect(first).toMatchObject({ IsTruncated: true, NextDNSName: 'b.a.test.', DNSName: 'a.test' })
    const next = new ListHostedZonesByNameCommand({
      DNSName: first.NextDNSName,
      HostedZoneId: first.NextHostedZoneId,
      MaxItems: 1,
    })
    expect((await client.send(next)).HostedZones?.[0]?.Name).toBe('b.a.test.')
  })

  it('may be private, and twins of others', async () => {
    const { api, client, zone, dns } = await startRoute53()
    const twin = api.addZone({ name: 'Example.test', isPrivate: true })
    const other = api.addZone({ name: 'example.test', isPrivate: false })
    const { HostedZones = [] } = await client.send(new ListHostedZonesByNameCommand({ DNSName: 'example.test' }))
    expect(HostedZones.map(({ Id }) => Id)).toEqual([zone, twin, other].sort().map((id) => `/hostedzone/${id}`))
    expect(HostedZones.filter(({ Config }) => Config?.PrivateZone)).toMatchObject([{ Id: `/hostedzone/${twin}` }])
    const hidden = await client.send(new ListHostedZonesCommand({ HostedZoneType: 'PrivateHostedZone' }))
    expect(hidden.HostedZones).toHaveLength(1)
    expect(await client.send(new GetHostedZoneCommand({ Id: twin }))).toMatchObject({ VPCs: [{ VPCRegion: 'us-east-1' }] })
    expect(await client.send(new GetHostedZoneCommand({ Id: zone }))).toMatchObject({
      HostedZone: { Name: 'example.test.', Config: { PrivateZone: false } },
      DelegationSet: { NameServers: ['ns1.example.test'] },
    })
    // What is in it is no concern of the zone that is served.
    dns.add({ name: 'a.example.test', type: 'TXT', value: 'x' })
    const { ResourceRecordSets } = await client.send(new ListResourceRecordSetsCommand({ HostedZoneId: twin }))
    expect(ResourceRecordSets?.map(({ Type }) => Type)).toEqual(['NS', 'SOA'])
    expect(() => api.addZone({ name: 'a..b', isPrivate: true })).toThrow(/no name of a zone/)
  })

  it.each([
    [new ListHostedZonesCommand({ Marker: 'ZNONE' }), 'InvalidInput'],
    [new ListHostedZonesCommand({ MaxItems: 0 }), 'InvalidInput'],
    [new ListHostedZonesCommand({ DelegationSetId: 'N1' }), 'NoSuchDelegationSet'],
    [new ListHostedZonesByNameCommand({ DNSName: 'a..b' }), 'InvalidDomainName'],
    [new ListHostedZonesByNameCommand({ HostedZoneId: 'Z1' }), 'InvalidInput'],
    [new GetHostedZoneCommand({ Id: 'ZNONE' }), 'NoSuchHostedZone'],
  ])('are refused (%#)', async (command, name) => {
    const { client } = await startRoute53()
    await expect(client.send(command as ListHostedZonesCommand)).rejects.toMatchObject({ name })
  })
})

describe('record sets', () => {
  const records = ['*', 'b', 'a', 'x.a'].map((name) => ({ name: `${name}.example.test`, type: 'TXT', value: 'x' }) as const)

  async function open() {
    const { client, zone, ...rest } = await startRoute53({ records })
    const list = (more: object = {}) => client.send(new ListResourceRecordSetsCommand({ HostedZoneId: zone, ...more }))
    return { client, zone, list, ...rest }
  }

  const brief = (sets: ResourceRecordSet[] | undefined) => sets?.map(({ Name, Type }) => `${Name} ${Type}`)

  it('come sorted, a page at a time, with names escaped', async () => {
    const { list } = await open()
    const all: string[] = []
    let next: { StartRecordName?: string | undefined; StartRecordType?: RRType | undefined } = {}
    for (let more = true; more; ) {
      const page = await list({ MaxItems: 2, ...next })
      all.push(...(brief(page.ResourceRecordSets) ?? []))
      more = page.IsTruncated === true
      next = { StartRecordName: page.NextRecordName, StartRecordType: page.NextRecordType }
    }
    expect(all).toEqual([
      'example.test. NS',
      'example.test. SOA',
      '\\052.example.test. TXT',
      'a.example.test. TXT',
      'x.a.example.test. TXT',
      'b.example.test. TXT',
      'ns1.example.test. A',
    ])
  })

  it('start at a name and a type, whether or not there is such a one', async () => {
    const { list } = await open()
    const first = async (StartRecordName: string, StartRecordType?: RRType) =>
      brief((await list({ StartRecordName, StartRecordType, MaxItems: 1 })).ResourceRecordSets)?.[0]
    expect(await first('A.example.test', 'TXT')).toBe('a.example.test. TXT')
    expect(await first('*.example.test.', 'A')).toBe('\\052.example.test. TXT')
    expect(await first('aa.example.test', 'TXT')).toBe('b.example.test. TXT')
    expect(await first('example.test', 'NZ' as RRType)).toBe('example.test. SOA')
    expect(await first('zzz.example.test')).toBeUndefined()
  })

  it('are refused for a type without a name, or a zone that is none', async () => {
    const { list, client } = await open()
    await expect(list({ StartRecordType: 'TXT' })).rejects.toMatchObject({ name: 'InvalidInput' })
    await expect(list({ StartRecordName: 'a..b' })).rejects.toMatchObject({ name: 'InvalidInput' })
    await expect(client.send(new ListResourceRecordSetsCommand({ HostedZoneId: 'ZNONE' }))).rejects.toMatchObject({
      name: 'NoSuchHostedZone',
      message: 'No hosted zone found with ID: ZNONE',
      $metadata: { httpStatusCode: 404 },
    })
  })
})
