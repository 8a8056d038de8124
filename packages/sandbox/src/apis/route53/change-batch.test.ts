import {
  type Change,
  type ChangeAction,
  ChangeResourceRecordSetsCommand,
  GetChangeCommand,
  ListResourceRecordSetsCommand,
  type ResourceRecordSet,
  waitUntilResourceRecordSetsChanged,
} from '@aws-sdk/client-route-53'
import { systemClock, systemRandom } from '@domainctl/core'
import { describe, expect, it } from 'vitest'
import type { SandboxRuntime } from '../../runtime.ts'
import { startRoute53 } from './route53.test.support.ts'

type Given = Partial<Omit<ResourceRecordSet, 'ResourceRecords'>> & { values?: string[] | undefined }

/** A change of a record set; a TXT of a.example.test with a TTL of 60 where nothing else is said. */
function change(Action: ChangeAction, { values = ['"x"'], ...more }: Given = {}): Change {
  const ResourceRecords = values.map((Value) => ({ Value }))
  const records = more.AliasTarget ? {} : { TTL: 60, ResourceRecords }
  return { Action, ResourceRecordSet: { Name: 'a.example.test', Type: 'TXT', ...records, ...more } }
}

async function open(runtime?: SandboxRuntime) {
  const started = await startRoute53({}, runtime)
  const { client, zone } = started
  const apply = (...Changes: Change[]) =>
    client.send(new ChangeResourceRecordSetsCommand({ HostedZoneId: zone, ChangeBatch: { Changes } }))
  const list = async (name: string) => {
    const listed = await client.send(new ListResourceRecordSetsCommand({ HostedZoneId: zone }))
    return listed.ResourceRecordSets?.filter(({ Name }) => Name === `${name}.`)
  }
  return { ...started, apply, list }
}

describe('changes', () => {
  it('are in the DNS, and listed as they were written', async () => {
    const { apply, list, dns } = await open()
    const values = ['"a" "b"', '"\\303\\251 \\"q\\""']
    await apply(change('CREATE', { Name: 'A.Example.test.', values }))
    expect(dns.values('a.example.test', 'TXT')).toEqual(['ab', 'é "q"'])
    expect(await list('a.example.test')).toEqual([
      { Name: 'a.example.test.', Type: 'TXT', TTL: 60, ResourceRecords: values.map((Value) => ({ Value })) },
    ])
    await apply(change('UPSERT', { values: ['"c"'], TTL: 5 }))
    expect(dns.values('a.example.test', 'TXT')).toEqual(['c'])
    await apply(change('DELETE', { values: ['"c"'], TTL: 5 }))
    expect(await list('a.example.test')).toEqual([])
  })

  it('see what others wrote', async () => {
    const { apply, list, dns } = await open()
    await apply(change('CREATE', { values: ['"a" "b"'] }))
    dns.add({ name: 'a.example.test', type: 'TXT', value: 'by hand', ttl: 60 })
    expect((await list('a.example.test'))?.[0]?.ResourceRecords).toEqual([{ Value: '"ab"' }, { Value: '"by hand"' }])
    await apply(change('DELETE', { values: ['"by hand"', '"ab"'] }))
    expect(dns.values('a.example.test', 'TXT')).toEqual([])
  })

  it('are pending for the time that is set', async () => {
    const system = systemClock()
    let ahead = 0
    const clock = { ...system, now: () => new Date(system.now().getTime() + ahead) }
    const { api, client, apply } = await open({ clock, random: systemRandom() })
    api.syncMs = 60_000
    const { ChangeInfo } = await apply(change('CREATE'))
    expect(ChangeInfo).toMatchObject({
      Status: 'PENDING',
      SubmittedAt: expect.any(Date),
      Id: expect.stringMatching(/^\/change\/C/),
    })
    const look = () => client.send(new GetChangeCommand({ Id: ChangeInfo?.Id }))
    expect((await look()).ChangeInfo?.Status).toBe('PENDING')
    ahead = 60_000
    expect((await look()).ChangeInfo?.Status).toBe('INSYNC')
    await waitUntilResourceRecordSetsChanged({ client, minDelay: 1, maxDelay: 1, maxWaitTime: 10 }, { Id: ChangeInfo?.Id })
    await expect(client.send(new GetChangeCommand({ Id: 'CNONE' }))).rejects.toMatchObject({ name: 'NoSuchChange' })
    expect(() => {
      api.syncMs = -1
    }).toThrow(/no time/)
  })

  it('are all made, or none', async () => {
    const { apply, dns } = await open()
    const good = change('CREATE', { Name: 'good.example.test' })
    await expect(apply(good, change('DELETE'))).rejects.toMatchObject({ name: 'InvalidChangeBatch' })
    expect(dns.values('good.example.test', 'TXT')).toEqual([])
    await apply(good, change('CREATE'))
    expect(dns.values('good.example.test', 'TXT')).toEqual(['x'])
  })

  it('may make a CNAME of others in one batch, deleted first', async () => {
    const { apply, dns } = await open()
    await apply(change('CREATE'))
    const cname = { Type: 'CNAME', values: ['target.test.'] } as const
    await apply(change('DELETE'), change('CREATE', { ...cname, values: [...cname.values] }))
    expect(dns.values('a.example.test', 'CNAME')).toEqual(['target.test'])
    await apply(change('DELETE', { ...cname, values: ['target.test'] }), change('CREATE'))
    expect(dns.values('a.example.test', 'TXT')).toEqual(['x'])
  })

  it('keep sets with identifiers apart, which are answered together', async () => {
    const { apply, list, dns } = await open()
    const one = { SetIdentifier: 'one', MultiValueAnswer: true, values: ['"1"'] }
    await apply(change('CREATE', one), change('CREATE', { ...one, SetIdentifier: 'two', values: ['"2"'] }))
    expect(dns.values('a.example.test', 'TXT').sort()).toEqual(['1', '2'])
    expect(await list('a.example.test')).toMatchObject([{ SetIdentifier: 'one' }, { SetIdentifier: 'two' }])
    await expect(apply(change('UPSERT'))).rejects.toThrow(
      '[RRSet with DNS name a.example.test., type TXT, SetIdentifier null cannot be created because other RRSets exist with the same name and type.]',
    )
    await apply(change('DELETE', one))
    expect(dns.values('a.example.test', 'TXT')).toEqual(['2'])
    await apply(change('CREATE', { Name: 'simple.example.test' }))
    await expect(apply(change('CREATE', { ...one, Name: 'simple.example.test' }))).rejects.toThrow(
      '[RRSet with DNS name simple.example.test., type TXT, SetIdentifier "one" cannot be created because a non multivalue answer rrset exists with the same name and type.]',
    )
  })

  it('let an alias show what its target has, now and later', async () => {
    const { apply, list, dns, zone } = await open()
    const a = (values: string[]) => ({ Name: 'target.example.test', Type: 'A', values }) as const
    const AliasTarget = { HostedZoneId: zone, DNSName: 'target.example.test', EvaluateTargetHealth: false }
    const alias = { Name: 'example.test', Type: 'A', AliasTarget } as const
    await expect(apply(change('CREATE', alias))).rejects.toThrow(/but that target was not found\]$/)
    await apply(change('CREATE', a(['192.0.2.1'])), change('CREATE', alias))
    expect(dns.values('example.test', 'A')).toEqual(['192.0.2.1'])
    await apply(change('UPSERT', a(['192.0.2.2'])))
    expect(dns.values('example.test', 'A')).toEqual(['192.0.2.2'])
    const apex = await list('example.test')
    expect(apex?.find(({ Type }) => Type === 'A')).toEqual({
      Name: 'example.test.',
      Type: 'A',
      AliasTarget: { ...AliasTarget, DNSName: 'target.example.test.' },
    })
    await apply(change('DELETE', a(['192.0.2.2'])))
    expect(dns.values('example.test', 'A')).toEqual([])
    expect((await list('example.test'))?.find(({ Type }) => Type === 'A')?.AliasTarget).toBeDefined()
    await apply(change('DELETE', alias))
    expect((await list('example.test'))?.map(({ Type }) => Type)).toEqual(['NS', 'SOA'])
  })
})

describe('refused', () => {
  const many = (length: number) => Array.from({ length }, (_, index) => `"${index}"`)
  const longs = Array.from({ length: 70 }, (_, index) => `"${String(index).padEnd(240, 'x')}"`)

  it.each<[string, Change[], string | RegExp, string?]>([
    [
      'CREATE over what is there',
      [change('CREATE', { Name: 'there.example.test', values: ['"other"'] })],
      "[Tried to create resource record set [name='there.example.test.', type='TXT'] but it already exists]",
    ],
    [
      'DELETE of nothing',
      [change('DELETE')],
      "[Tried to delete resource record set [name='a.example.test.', type='TXT'] but it was not found]",
    ],
    [
      'DELETE of other values',
      [change('DELETE', { Name: 'there.example.test', values: ['"y"'] })],
      "[Tried to delete resource record set [name='there.example.test.', type='TXT'] but the values provided do not match the current values]",
    ],
    ['DELETE of some values', [change('DELETE', { Name: 'there.example.test', values: ['"x"'] })], /do not match/],
    [
      'DELETE of another TTL',
      [change('DELETE', { Name: 'there.example.test', TTL: 61, values: ['"x"', '"z"'] })],
      /do not match/,
    ],
    [
      'a name outside of the zone',
      [change('CREATE', { Name: 'a.example.com' })],
      '[RRSet with DNS name a.example.com. is not permitted in zone example.test.]',
    ],
    [
      'text without quotes',
      [change('CREATE', { values: ['x'] })],
      "[Invalid Resource Record: 'FATAL problem: InvalidCharacterString (Value should be enclosed in quotation marks) encountered with 'x'']",
    ],
    [
      'text that is too long',
      [change('CREATE', { values: [`"${'x'.repeat(256)}"`] })],
      /CharacterStringTooLong \(Value is too long\)/,
    ],
    ['a value twice', [change('CREATE', { values: ['"x"', '"x"'] })], `[Duplicate Resource Record: '"x"']`],
    ['an address that is none', [change('CREATE', { Type: 'A', values: ['x'] })], /ARRDATAIllegalIPv4Address/],
    [
      'a CNAME beside others',
      [change('CREATE', { Name: 'there.example.test', Type: 'CNAME', values: ['b.test'] })],
      '[RRSet of type CNAME with DNS name there.example.test. is not permitted as it conflicts with other records with the same DNS name in zone example.test.]',
    ],
    [
      'others beside a CNAME',
      [change('CREATE', { Name: 'alias.example.test' })],
      '[RRSet of type TXT with DNS name alias.example.test. is not permitted because a conflicting RRSet of type  CNAME with the same DNS name already exists in zone example.test.]',
    ],
    [
      'a CNAME at the apex',
      [change('CREATE', { Name: 'example.test', Type: 'CNAME', values: ['b.test'] })],
      /not permitted at apex/,
    ],
    ['a CNAME with two values', [change('CREATE', { Type: 'CNAME', values: ['b.test', 'c.test'] })], /more than 1/],
    [
      'the NS of the apex gone',
      [change('DELETE', { Name: 'example.test', Type: 'NS', values: ['ns1.example.test.'] })],
      '[A HostedZone must contain at least one NS record for the zone itself.]',
    ],
    ['an SOA', [change('DELETE', { Name: 'example.test', Type: 'SOA' })], '[A HostedZone must contain exactly one SOA record.]'],
    [
      'a set named twice',
      [change('UPSERT'), change('UPSERT', { values: ['"y"'] })],
      "[The request contains an invalid set of changes for a resource record set 'TXT a.example.test.']",
    ],
    [
      'two deletions of one set',
      [1, 2].map(() => change('DELETE', { Name: 'there.example.test', values: ['"x"', '"z"'] })),
      /invalid set/,
    ],
    ['401 values', [change('CREATE', { values: many(401) })], '[Cannot have more than 400 records in a RRSet.]'],
    [
      '1,002 records, since an UPSERT counts twice',
      [change('UPSERT', { values: many(400) }), change('UPSERT', { Name: 'b.example.test', values: many(101) })],
      '[Number of records limit of 1000 exceeded.]',
    ],
    ['32,000 characters', [change('UPSERT', { values: longs })], '[RDATA character limit of 32000 exceeded.]'],
    [
      'several at once',
      [change('DELETE'), change('CREATE', { Name: 'there.example.test' })],
      /^\[Tried to delete .* not found, Tried to create .* already exists\]$/,
    ],
    ['a label that is too long', [change('CREATE', { Name: `${'x'.repeat(64)}.example.test` })], /DomainLabelTooLong/],
    [
      'no TTL',
      [change('UPSERT', { TTL: undefined })],
      /but found none in Change with \[Action=UPSERT, Name=a.example.test, Type=TXT, SetIdentifier=null\]$/,
      'InvalidInput',
    ],
    [
      'an alias with values',
      [change('UPSERT', { AliasTarget: { HostedZoneId: 'Z1', DNSName: 'b.test', EvaluateTargetHealth: false }, TTL: 60 })],
      /found more than one/,
      'InvalidInput',
    ],
    [
      'an alias to another zone',
      [change('CREATE', { Type: 'A', AliasTarget: { HostedZoneId: 'Z1', DNSName: 'b.test', EvaluateTargetHealth: false } })],
      /does not lie within the target zone, .* that target was not found\]$/,
    ],
    ['a TTL that is none', [change('UPSERT', { TTL: 2 ** 31 })], /not a valid value for TTL/, 'InvalidInput'],
    ['no values', [change('UPSERT', { values: [] })], /ResourceRecord/, 'InvalidInput'],
    ['an identifier alone', [change('UPSERT', { SetIdentifier: 'x' })], /SetIdentifier and MultiValueAnswer/, 'InvalidInput'],
    ['another way of routing', [change('UPSERT', { SetIdentifier: 'x', Weight: 1 })], /no Weight/, 'InvalidInput'],
    ['another type', [change('UPSERT', { Type: 'SRV', values: ['1 1 1 a.test'] })], /no records of type SRV/, 'InvalidInput'],
    ['nothing to do', [], /'Changes' is not complete/, 'InvalidInput'],
  ])('is %s', async (_, changes, message, name = 'InvalidChangeBatch') => {
    const { apply, dns } = await open()
    await apply(change('CREATE', { Name: 'there.example.test', values: ['"x"', '"z"'] }))
    dns.add({ name: 'alias.example.test', type: 'CNAME', value: 'b.test' })
    const before = dns.book.rrsets('example.test')
    const refused = await apply(...changes).catch((error) => error)
    expect(refused).toMatchObject({ name, $metadata: { httpStatusCode: 400 } })
    if (typeof message === 'string') expect(refused.message).toBe(message)
    else expect(refused.message).toMatch(message)
    expect(dns.book.rrsets('example.test')).toEqual(before)
  })
})

describe('many writers', () => {
  it('see each others work or are told', async () => {
    const { apply, dns, zone, client } = await open()
    const add = async (value: string): Promise<void> => {
      const { ResourceRecordSets } = await client.send(
        new ListResourceRecordSetsCommand({
          HostedZoneId: zone,
          StartRecordName: 'a.example.test',
          StartRecordType: 'TXT',
          MaxItems: 1,
        }),
      )
      const old = ResourceRecordSets?.find(({ Name, Type }) => Name === 'a.example.test.' && Type === 'TXT')
      const values = (old?.ResourceRecords ?? []).map(({ Value = '' }) => Value)
      const made = change('CREATE', { values: [...values, `"${value}"`] })
      try {
        // Compare and swap: a deletion has to name what is there.
        await apply(...(old ? [{ Action: 'DELETE', ResourceRecordSet: old } as const, made] : [made]))
      } catch {
        return add(value)
      }
    }
    await Promise.all(['1', '2', '3', '4', '5'].map(add))
    expect(dns.values('a.example.test', 'TXT').sort()).toEqual(['1', '2', '3', '4', '5'])
  })

  it('are kept waiting by a busy Route 53, and try again', async () => {
    const { api, connect, zone, dns } = await startRoute53()
    const answers = [api.answers.priorRequestNotComplete, api.answers.throttling, api.answers.serviceUnavailable]
    const operation = 'ChangeResourceRecordSets'
    const faults = answers.map((answer, index) => api.addFault({ operation, nth: index + 1, answer }))
    const client = connect({ maxAttempts: 5 })
    await client.send(new ChangeResourceRecordSetsCommand({ HostedZoneId: zone, ChangeBatch: { Changes: [change('CREATE')] } }))
    expect(faults.map(({ hits }) => hits)).toEqual([1, 1, 1])
    expect(api.requests.ChangeResourceRecordSets).toBe(4)
    expect(dns.values('a.example.test', 'TXT')).toEqual(['x'])
  })
})
