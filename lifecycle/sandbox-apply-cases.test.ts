import type { DnsProvider, Zone } from '@domainctl/core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { API_PROVIDERS, type ApiProviderName, unlimited } from './api-providers.ts'
import { openEngine } from './engine.ts'
import { hurriedClock } from './hurried-clock.ts'
import { type SandboxWorld, startSandboxWorld } from './sandbox-world.ts'

// What `apply` and `unapply` do where who asks, or what stands there, is a case of its own.

const EDGE = 'edge.example.test'
const NEVER = new AbortController().signal

let world: SandboxWorld
beforeAll(async () => {
  world = await startSandboxWorld({ records: [{ name: EDGE, type: 'A', value: '127.0.0.1' }] })
})
afterAll(() => world[Symbol.asyncDispose]())

let count = 0
function freshName(): string {
  count += 1
  return `c${count}.example.test`
}

function using(provider: ApiProviderName) {
  unlimited(provider, world.sandbox)
  return { provider, providers: { [provider]: API_PROVIDERS[provider].open(world.sandbox, hurriedClock()) } }
}

async function zoneAt(provider: DnsProvider): Promise<Zone> {
  const zone = await provider.findZone('example.test', { signal: NEVER })
  if (!zone) throw new Error('the provider has no zone')
  return zone
}

describe('a tenant', () => {
  test('gets nothing written before the ownership record is seen, and never that record', async () => {
    const { dns } = world.sandbox
    await using engine = await openEngine(world, { tenant: 'acme' })
    const { domainctl } = engine
    const name = freshName()
    const { records } = await domainctl.add(name, { target: EDGE, delegate: 'validation.test' })
    const ownership = records.find(({ purpose }) => purpose === 'ownership')
    if (!ownership) throw new Error('a tenant needs an ownership record')

    await expect(domainctl.apply(name, { force: true })).rejects.toMatchObject({
      code: 'DNS_NOT_READY',
      actor: 'customer',
      message: expect.stringContaining(ownership.name),
    })
    for (const { name, type } of records) expect(dns.values(name, type)).toEqual([])

    // With a wait, somebody makes it in time.
    const looks: string[] = []
    const applied = await domainctl.apply(name, {
      waitMs: 60_000,
      onProgress({ message }) {
        if (!message.startsWith('waiting')) return
        looks.push(message)
        dns.add({ name: ownership.name, type: 'TXT', value: ownership.value })
      },
    })
    expect(looks).toHaveLength(1)
    expect(applied.records.map(({ purpose, outcome }) => `${purpose} ${outcome}`)).toEqual(['routing made', 'delegation made'])
    expect((await domainctl.unapply(name)).removed).toHaveLength(2)
    expect(dns.values(ownership.name, 'TXT')).toEqual([ownership.value])
  })
})

test('a proxied record of Cloudflare comes back behind the proxy', async () => {
  const chosen = using('cloudflare')
  const { cloudflare } = chosen.providers
  if (!cloudflare) throw new Error('no provider')
  await using engine = await openEngine(world, chosen)
  const name = freshName()
  const zone = await zoneAt(cloudflare)
  await cloudflare.setRRset(zone, { name, type: 'A', ttl: 300, values: ['192.0.2.44'], proxied: true }, { signal: NEVER })
  const at = (type: 'A' | 'CNAME') => cloudflare.getRRset(zone, name, type, { signal: NEVER })
  const before = await at('A')
  expect(before).toMatchObject({ proxied: true })
  await engine.domainctl.add(name, { target: EDGE })
  await expect(engine.domainctl.apply(name)).rejects.toThrow(/192\.0\.2\.44 \(TTL \d+, proxied\)/)
  const { records, warnings } = await engine.domainctl.apply(name, { force: true })
  expect(records).toMatchObject([{ outcome: 'replaced', previous: [{ type: 'A', proxied: true }] }])
  expect(warnings).toEqual([expect.stringContaining('was behind the proxy')])
  expect((await at('CNAME'))?.proxied).not.toBe(true)
  expect((await engine.domainctl.unapply(name)).restored).toMatchObject([{ name, type: 'A', proxied: true }])
  expect([await at('CNAME'), await at('A')]).toEqual([null, before])
})

test('a record that several domains need stays until the last of them goes, and then what was there comes back', async () => {
  const { dns } = world.sandbox
  await using engine = await openEngine(world)
  const { domainctl } = engine
  const [shared, one, other] = [freshName(), freshName(), freshName()]
  dns.add({ name: shared, type: 'A', value: '192.0.2.8', ttl: 720 })
  await domainctl.add(one, { san: [shared], target: EDGE, delegate: 'validation.test' })
  await domainctl.add(other, { san: [shared], target: EDGE, delegate: 'validation.test' })
  await domainctl.apply(one, { force: true })
  const outcomes = (await domainctl.apply(other)).records.map(({ name, outcome }) => [
    name.replace('_acme-challenge.', ''),
    outcome,
  ])
  expect(outcomes).toEqual([
    [other, 'made'],
    [other, 'made'],
    [shared, 'kept'],
    [shared, 'kept'],
  ])
  const { removed, leftToOthers, restored } = await domainctl.remove(one)
  expect(removed.map(({ name }) => name).sort()).toEqual([`_acme-challenge.${one}`, one].sort())
  expect([leftToOthers, restored]).toEqual([[], []])
  expect(dns.values(shared, 'CNAME')).toEqual([EDGE])
  expect(await domainctl.remove(other)).toMatchObject({
    restored: [{ name: shared, type: 'A', values: ['192.0.2.8'], ttl: 720 }],
  })
  expect(dns.values(shared, 'A')).toEqual(['192.0.2.8'])
  expect(dns.values(`_acme-challenge.${shared}`, 'CNAME')).toEqual([])
})

test('two processes that apply the same names to other targets: one of them has each name, and nothing is lost', async () => {
  const { dns } = world.sandbox
  await using engine = await openEngine(world, using('route53'))
  const [one, other, shared] = [freshName(), freshName(), freshName()]
  const second = await engine.again(using('route53'))
  await engine.domainctl.add(one, { san: [shared], target: EDGE })
  await second.add(other, { san: [shared], target: 'other.example.test' })
  const outcomes = await Promise.allSettled([engine.domainctl.apply(one), second.apply(other)])
  const failures = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason.code] : []))
  expect(failures).toEqual(['RECORD_FOREIGN'])
  const [target] = dns.values(shared, 'CNAME')
  await Promise.all([engine.domainctl.remove(one), second.remove(other)])
  expect([EDGE, 'other.example.test']).toContain(target)
  for (const name of [one, other, shared]) expect(dns.values(name, 'CNAME')).toEqual([])
})

test('by hand nothing is written, nor journaled', async () => {
  await using engine = await openEngine(world)
  const name = freshName()
  await engine.domainctl.add(name, { target: EDGE, provider: 'manual' })
  expect((await engine.domainctl.apply(name)).records).toEqual([
    { purpose: 'routing', type: 'CNAME', name, value: EDGE, ttl: 300, provider: 'manual', outcome: 'by-hand' },
  ])
  expect(world.sandbox.dns.values(name, 'CNAME')).toEqual([])
  expect(await engine.domainctl.unapply(name)).toMatchObject({ removed: [], restored: [], warnings: [] })
})

test('what others made as it is wanted is kept, and is theirs after remove', async () => {
  const { dns } = world.sandbox
  await using engine = await openEngine(world)
  const name = freshName()
  dns.add({ name, type: 'CNAME', value: EDGE, ttl: 900 })
  await engine.domainctl.add(name, { target: EDGE })
  expect((await engine.domainctl.apply(name)).records).toMatchObject([{ outcome: 'kept' }])
  await engine.domainctl.verify(name)
  expect(await engine.domainctl.remove(name)).toMatchObject({ removed: [], leftToOthers: [{ name, value: EDGE }] })
  expect(dns.values(name, 'CNAME')).toEqual([EDGE])
})

test('what others changed since is left to them, with a note', async () => {
  const { dns } = world.sandbox
  await using engine = await openEngine(world)
  const [alias, addresses, gone] = [freshName(), freshName(), freshName()]
  await engine.domainctl.add(alias, { san: [gone], target: EDGE })
  await engine.domainctl.add(addresses, { addresses: ['192.0.2.7'] })
  dns.add({ name: gone, type: 'A', value: '192.0.2.8' })
  await engine.domainctl.apply(alias, { force: true })
  await engine.domainctl.apply(addresses)
  dns.remove({ name: alias, type: 'CNAME' })
  dns.add({ name: alias, type: 'CNAME', value: 'theirs.example.test' })
  dns.add({ name: addresses, type: 'A', value: '192.0.2.99' })
  dns.remove({ name: gone, type: 'CNAME' })

  const back = await engine.domainctl.unapply(alias)
  expect(back).toMatchObject({ removed: [], restored: [] })
  expect(back.warnings).toHaveLength(2)
  expect(back.warnings.join(' ')).toContain('theirs.example.test')
  expect(back.warnings.join(' ')).toContain('192.0.2.8')
  expect(dns.values(alias, 'CNAME')).toEqual(['theirs.example.test'])
  expect(dns.values(gone, 'A')).toEqual([])
  expect(await engine.domainctl.unapply(addresses)).toMatchObject({
    removed: [{ value: '192.0.2.7' }],
    warnings: [expect.any(String)],
  })
  expect(dns.values(addresses, 'A')).toEqual(['192.0.2.99'])
  expect(await engine.domainctl.unapply(alias)).toMatchObject({ removed: [], warnings: [] })
})

test.each(['cloudflare', 'route53', 'godaddy'] as const)(
  '%s fails in the midst: told, and mended by the next run',
  async (provider) => {
    const { dns } = world.sandbox
    const chosen = using(provider)
    const api = unlimited(provider, world.sandbox).api(world.sandbox)
    await using engine = await openEngine(world, chosen)
    const { domainctl } = engine
    const name = freshName()
    dns.add({ name, type: 'CNAME', value: 'old.example.test', ttl: 900 })
    await domainctl.add(name, { target: EDGE })
    const write = { cloudflare: 'batchRecords', route53: 'ChangeResourceRecordSets', godaddy: 'replaceRecords' }[provider]
    for (const answer of ['hang-up', 'hang-up-after-write'] as const) {
      const fault = api.addFault({ operation: write, answer })
      const failed = await domainctl.apply(name, { force: true }).catch((error: unknown) => error)
      expect(fault.hits).toBeGreaterThan(0)
      fault.remove()
      // What was done without an answer an adapter finds by itself.
      if (answer === 'hang-up') expect(failed).toMatchObject({ code: 'PROVIDER_UNREACHABLE' })
      const { records } = await domainctl.apply(name, { force: true })
      const previous = [{ type: 'CNAME', values: ['old.example.test'], ttl: 900 }]
      expect(records).toMatchObject([failed instanceof Error ? { outcome: 'replaced', previous } : { outcome: 'kept' }])
      expect(dns.values(name, 'CNAME')).toEqual([EDGE])
      const unfault = api.addFault({ operation: write, answer })
      const back = await domainctl.unapply(name).catch((error: unknown) => error)
      expect(unfault.hits).toBeGreaterThan(0)
      unfault.remove()
      if (answer === 'hang-up')
        expect(back).toMatchObject({ code: 'PROVIDER_UNREACHABLE', message: expect.stringContaining('kept in mind') })
      await domainctl.unapply(name)
      expect(dns.values(name, 'CNAME')).toEqual(['old.example.test'])
    }
  },
)

test('an alias at the apex: Cloudflare has one, the others say that none can be', async () => {
  await using engine = await openEngine(world)
  await engine.domainctl.add('example.test', { target: EDGE })
  await expect(engine.domainctl.apply('example.test')).rejects.toMatchObject({
    code: 'PROVIDER_CONFLICT',
    hint: expect.stringContaining('--address'),
  })
  expect(await engine.domainctl.unapply('example.test')).toMatchObject({ removed: [], warnings: [] })
  await using at = await openEngine(world, using('cloudflare'))
  await at.domainctl.add('example.test', { target: 'edge.validation.test' })
  expect((await at.domainctl.apply('example.test')).records).toMatchObject([{ outcome: 'made' }])
  expect((await at.domainctl.unapply('example.test')).removed).toHaveLength(1)
})

test('a domain that is not there, or was removed, cannot be applied', async () => {
  await using engine = await openEngine(world)
  const name = freshName()
  await expect(engine.domainctl.apply(name)).rejects.toMatchObject({ code: 'DOMAIN_NOT_FOUND' })
  await expect(engine.domainctl.unapply(name)).rejects.toMatchObject({ code: 'DOMAIN_NOT_FOUND' })
  await engine.domainctl.add(name, { target: EDGE })
  await engine.domainctl.remove(name)
  await expect(engine.domainctl.apply(name)).rejects.toMatchObject({ code: 'DOMAIN_STATUS' })
})
