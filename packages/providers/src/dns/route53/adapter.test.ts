import { ChangeResourceRecordSetsCommand, type ResourceRecordSet, Route53Client } from '@aws-sdk/client-route-53'
import type { DnsProvider, RRset, Zone } from '@domainctl/core'
import type { Sandbox } from '@domainctl/sandbox'
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { ALWAYS, APEX, providerAt, startSubject, txt } from './subject.test.fixture.ts'

let sandbox: Sandbox
let route53: Sandbox['apis']['route53']
let zone: Zone
let provider: DnsProvider
/** Another one for each test. */
let name: string
let count = 0

beforeAll(async () => {
  ;({ sandbox, zone } = await startSubject())
  route53 = sandbox.apis.route53
})
afterAll(() => sandbox.stop())
beforeEach(() => {
  provider = providerAt(route53.options)
  onTestFinished(() => provider.close?.())
  name = `test-${++count}.${APEX}`
})

type Operation = keyof Sandbox['apis']['route53']['requests']

/** Requests of the work, by their names. */
async function requestsOf(work: () => Promise<unknown>): Promise<Partial<Record<Operation, number>>> {
  const before = { ...route53.requests }
  await work()
  const made = Object.entries(route53.requests).map(([key, value]) => [key, value - before[key as Operation]] as const)
  return Object.fromEntries(made.filter(([, value]) => value > 0))
}

function fault(operation: Operation, answer: Parameters<typeof route53.addFault>[0]['answer'], nth: number | undefined = 1) {
  const active = route53.addFault({ operation, answer, ...(nth !== undefined && { nth }) })
  onTestFinished(() => active.remove())
  return active
}

/** As somebody does it with AWS's own tools. */
async function createSet(set: ResourceRecordSet): Promise<void> {
  const client = new Route53Client(route53.options)
  const Changes = [{ Action: 'CREATE' as const, ResourceRecordSet: set }]
  await client.send(new ChangeResourceRecordSetsCommand({ HostedZoneId: zone.id, ChangeBatch: { Changes } }))
  client.destroy()
}

const values = (type: RRset['type'] = 'TXT') => sandbox.dns.values(name, type).sort()
const a = (...addresses: string[]): RRset => ({ name, type: 'A', ttl: 120, values: addresses })

describe('values', () => {
  it('cost two calls to add and two to remove', async () => {
    expect(await requestsOf(() => provider.addValues(zone, txt(name, 'v'), ALWAYS))).toEqual({
      ListResourceRecordSets: 1,
      ChangeResourceRecordSets: 1,
    })
    expect(await requestsOf(() => provider.removeValues(zone, txt(name, 'v'), ALWAYS))).toEqual({
      ListResourceRecordSets: 1,
      ChangeResourceRecordSets: 1,
    })
    expect(values()).toEqual([])
  })

  it('that are wanted at once go in one batch, with names of their own too', async () => {
    const names = Array.from({ length: 10 }, (_, i) => `${i}.${name}`)
    const requests = await requestsOf(() =>
      Promise.all([
        ...names.map((each) => provider.addValues(zone, txt(each, 'v'), ALWAYS)),
        ...names.map((_, i) => provider.addValues(zone, txt(name, `v${i}`), ALWAYS)),
      ]),
    )
    expect(requests).toEqual({ ListResourceRecordSets: 1, ChangeResourceRecordSets: 1 })
    expect(values()).toHaveLength(10)
  })

  it('of several names are found name by name in a zone with more sets than one call gives', async () => {
    for (let i = 0; i < 300; i++) sandbox.dns.add({ name: `x${i}.${APEX}`, type: 'TXT', value: 'theirs' })
    const names = ['aa', 'zz', 'x150'].map((label) => `${label}.${APEX}`)
    const edit = (kind: 'addValues' | 'removeValues') => () =>
      Promise.all(names.map((each) => provider[kind](zone, txt(each, 'v'), ALWAYS)))
    expect(await requestsOf(edit('addValues'))).toEqual({ ListResourceRecordSets: 4, ChangeResourceRecordSets: 1 })
    expect([...sandbox.dns.values(`x150.${APEX}`, 'TXT')].sort()).toEqual(['theirs', 'v'])
    await edit('removeValues')()
    expect(names.map((each) => sandbox.dns.values(each, 'TXT'))).toEqual([[], [], ['theirs']])
  })

  it('that are there are not written', async () => {
    await provider.addValues(zone, txt(name, 'v'), ALWAYS)
    const again = () => provider.addValues(zone, txt(name.toUpperCase(), 'v'), ALWAYS)
    expect(await again()).toEqual({ status: 'applied' })
    expect(await requestsOf(again)).toEqual({ ListResourceRecordSets: 1 })
  })

  it('leave those of others as they were written, with their TTL', async () => {
    const others = { TTL: 3600, ResourceRecords: [{ Value: '"of" "others"' }, { Value: '"\\041"' }] }
    await createSet({ Name: name, Type: 'TXT', ...others })
    await provider.addValues(zone, txt(name, 'v'), ALWAYS)
    await provider.removeValues(zone, txt(name, 'v'), ALWAYS)
    expect(await provider.getRRset(zone, name, 'TXT', ALWAYS)).toEqual({
      name,
      type: 'TXT',
      ttl: 3600,
      values: ['ofothers', '!'],
    })
    // Only what is given back to the octet can be deleted so.
    await provider.removeValues(zone, txt(name, 'ofothers', '!'), ALWAYS)
    expect(values()).toEqual([])
  })

  it('may be those of a wildcard', async () => {
    name = `*.${name}`
    await provider.addValues(zone, a('192.0.2.1'), ALWAYS)
    expect(await provider.getRRset(zone, name, 'A', ALWAYS)).toMatchObject({ name, values: ['192.0.2.1'] })
    await provider.removeValues(zone, a('192.0.2.1'), ALWAYS)
    expect(values('A')).toEqual([])
  })

  it('survive somebody who writes between reading and writing', async () => {
    const other = providerAt(route53.options)
    await provider.addValues(zone, txt(name, 'first'), ALWAYS)
    const late = fault('ListResourceRecordSets', { delay: () => other.addValues(zone, txt(name, 'theirs'), ALWAYS) })
    await provider.addValues(zone, txt(name, 'ours'), ALWAYS)
    expect(late.hits).toBe(1)
    expect(values()).toEqual(['first', 'ours', 'theirs'])
    fault('ListResourceRecordSets', { delay: () => other.removeValues(zone, txt(name, 'theirs'), ALWAYS) })
    await provider.removeValues(zone, txt(name, 'first'), ALWAYS)
    expect(values()).toEqual(['ours'])
  })

  it('of several processes are all there, and all go', async () => {
    const all = Array.from({ length: 4 }, () => providerAt(route53.options))
    for (let round = 0; round < 5; round++) {
      await Promise.all(all.map((each, i) => each.addValues(zone, txt(name, `${i} in ${round}`), ALWAYS)))
    }
    expect(values()).toHaveLength(20)
    const theirs = [0, 1, 2, 3, 4].map((round) => `0 in ${round}`)
    await Promise.all(
      all.map((each, i) => each.removeValues(zone, txt(name, ...theirs.map((v) => v.replace('0', `${i}`))), ALWAYS)),
    )
    expect(values()).toEqual([])
  })

  it('are there, or gone, when the answer was lost', async () => {
    const added = fault('ChangeResourceRecordSets', 'hang-up-after-write')
    await provider.addValues(zone, txt(name, 'v'), ALWAYS)
    expect([added.hits, values()]).toEqual([1, ['v']])
    const removed = fault('ChangeResourceRecordSets', 'hang-up-after-write')
    await provider.removeValues(zone, txt(name, 'v'), ALWAYS)
    expect([removed.hits, values()]).toEqual([1, []])
  })

  it('that are too many are refused, and their neighbours are written', async () => {
    const many = Array.from({ length: 400 }, (_, i) => `${i}`)
    await provider.addValues(zone, txt(name, ...many), ALWAYS)
    const [full, fine] = await Promise.allSettled([
      provider.addValues(zone, txt(name, 'one more'), ALWAYS),
      provider.addValues(zone, txt(`neighbour.${name}`, 'v'), ALWAYS),
    ])
    expect(full).toMatchObject({
      reason: { code: 'PROVIDER_REFUSED', message: expect.stringMatching(/InvalidChangeBatch.*more than 400 records/) },
    })
    expect(fine).toMatchObject({ status: 'fulfilled' })
    expect(values()).toHaveLength(400)
    await provider.removeValues(zone, txt(name, ...many), ALWAYS)
  })

  it('that have too many characters for one batch are refused, and what is there stays', async () => {
    const long = (i: number): string => `${i}`.padEnd(250, 'x')
    await provider.addValues(zone, txt(name, long(0)), ALWAYS)
    const many = Array.from({ length: 130 }, (_, i) => long(i + 1))
    await expect(provider.addValues(zone, txt(name, ...many), ALWAYS)).rejects.toMatchObject({
      code: 'PROVIDER_REFUSED',
      message: expect.stringMatching(/InvalidChangeBatch.*character limit of 32000/),
    })
    expect(values()).toEqual([long(0)])
  })

  it('are there when the answer came too late', async () => {
    const never = { delay: () => new Promise(() => undefined) }
    const hasty = providerAt(route53.options, { timeoutMs: 300 })
    onTestFinished(() => hasty.close?.())
    const added = fault('ChangeResourceRecordSets', never)
    await hasty.addValues(zone, txt(name, 'v', 'w'), ALWAYS)
    expect([added.hits, values()]).toEqual([1, ['v', 'w']])
    const removed = fault('ChangeResourceRecordSets', never)
    await hasty.removeValues(zone, txt(name, 'v'), ALWAYS)
    expect([removed.hits, values()]).toEqual([1, ['w']])
  })

  it('that are too many for one batch go in several', async () => {
    const many = Array.from({ length: 390 }, (_, i) => `${i}`)
    const names = [1, 2, 3, 4].map((i) => `${i}.${name}`)
    await Promise.all(names.map((each) => provider.addValues(zone, txt(each, ...many), ALWAYS)))
    for (const each of names) expect(sandbox.dns.values(each, 'TXT')).toHaveLength(390)
    await Promise.all(names.map((each) => provider.removeValues(zone, txt(each, ...many), ALWAYS)))
    for (const each of names) expect(sandbox.dns.values(each, 'TXT')).toEqual([])
  })

  it('are for names of the zone alone', async () => {
    expect(
      await requestsOf(async () => {
        await expect(provider.addValues(zone, txt(`evil-${APEX}`, 'v'), ALWAYS)).rejects.toMatchObject({
          code: 'PROVIDER_ZONE_NOT_FOUND',
        })
      }),
    ).toEqual({})
  })
})

describe('a set', () => {
  it('shows what it replaced when the answer was lost', async () => {
    await provider.setRRset(zone, a('192.0.2.1'), ALWAYS)
    fault('ChangeResourceRecordSets', 'hang-up-after-write')
    const { previous } = await provider.setRRset(zone, a('192.0.2.2', '192.0.2.3'), ALWAYS)
    expect(previous?.values).toEqual(['192.0.2.1'])
    expect(values('A')).toEqual(['192.0.2.2', '192.0.2.3'])
  })

  it('is that of the last of several callers, never a mixture', async () => {
    const sets = [1, 2, 3, 4].map((i) => [`192.0.2.1${i}`, `192.0.2.2${i}`])
    const changes = await Promise.all(sets.map((addresses) => provider.setRRset(zone, a(...addresses), ALWAYS)))
    expect(changes.map(({ previous }) => previous?.values)).toEqual([undefined, ...sets.slice(0, -1)])
    expect(values('A')).toEqual(sets.at(-1))
  })

  it('can be emptied', async () => {
    await provider.setRRset(zone, a('192.0.2.1'), ALWAYS)
    await provider.setRRset(zone, a(), ALWAYS)
    expect(values('A')).toEqual([])
  })

  it('with an identifier is not touched (cert-manager#5388)', async () => {
    const one = { Name: name, Type: 'TXT', TTL: 60, MultiValueAnswer: true } as const
    await createSet({ ...one, SetIdentifier: 'one', ResourceRecords: [{ Value: '"1"' }] })
    await createSet({ ...one, SetIdentifier: 'two', ResourceRecords: [{ Value: '"2"' }] })
    for (const call of ['addValues', 'setRRset'] as const) {
      await expect(provider[call](zone, txt(name, 'v'), ALWAYS)).rejects.toMatchObject({
        code: 'PROVIDER_CONFLICT',
        message: expect.stringContaining('identifier'),
      })
    }
    expect((await provider.getRRset(zone, name, 'TXT', ALWAYS))?.values.sort()).toEqual(['1', '2'])
    await provider.removeValues(zone, txt(name, 'v'), ALWAYS)
    expect(values()).toEqual(['1', '2'])
  })

  it('that is an alias is not touched', async () => {
    await createSet({ Name: `to.${name}`, Type: 'A', TTL: 60, ResourceRecords: [{ Value: '192.0.2.1' }] })
    const AliasTarget = { HostedZoneId: zone.id, DNSName: `to.${name}`, EvaluateTargetHealth: false }
    await createSet({ Name: name, Type: 'A', AliasTarget })
    await expect(provider.setRRset(zone, a('192.0.2.2'), ALWAYS)).rejects.toMatchObject({
      code: 'PROVIDER_CONFLICT',
      message: expect.stringContaining(`an alias to to.${name}`),
    })
    expect(await provider.getRRset(zone, name, 'A', ALWAYS)).toBeNull()
    expect(values('A')).toEqual(['192.0.2.1'])
  })
})
