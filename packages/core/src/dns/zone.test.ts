import { expect, test } from 'vitest'
import { DomainctlError } from '../errors.ts'
import { startDnsServer } from '../testing/dns-server.ts'
import { authoritative, recursive, zoneData } from '../testing/dns-zone-data.ts'
import { exampleZones, NEVER, startExample, startLab } from './lab.test.support.ts'

const signal = NEVER

test('names the servers that the parent delegates to, not those of the zone itself', async () => {
  const { parent, zone } = exampleZones({ count: 2 })
  zone.records.push({ name: 'example.test', type: 'NS', value: 'forgotten.example.test' })
  const lab = await startLab(recursive([zone, parent]), [authoritative([parent]), authoritative([zone]), authoritative([zone])])
  expect(await lab.dns.zoneOf('_acme-challenge.www.example.test', { signal })).toEqual({
    apex: 'example.test',
    servers: [
      { name: 'ns1.example.test', address: '127.0.0.3' },
      { name: 'ns2.example.test', address: '127.0.0.4' },
    ],
    nameServers: ['ns1.example.test', 'ns2.example.test'],
    source: 'parent',
    refused: [],
    warnings: [],
  })
})

test('asks the resolver nothing below the registrable domain, and authoritative servers without recursion', async () => {
  const { dns, resolver, servers } = await startExample()
  await dns.zoneOf('_acme-challenge.a.b.example.test', { signal })
  await dns.observe('_acme-challenge.a.b.example.test', 'TXT', { signal })
  await dns.followCname('_acme-challenge.a.b.example.test', { signal })
  expect(resolver.log.length).toBeGreaterThan(0)
  expect(resolver.log.filter(({ name }) => name.endsWith('.example.test'))).toEqual([])
  expect(resolver.log.every(({ recursionDesired }) => recursionDesired)).toBe(true)
  expect(servers.flatMap(({ log }) => log).some(({ recursionDesired }) => recursionDesired)).toBe(false)
})

test('finds a zone cut below the registrable domain, also beside names that are above it', async () => {
  const child = zoneData('sub.example.test', ['sub.example.test NS ns.sub.example.test', 'ns.sub.example.test A 127.0.0.4'])
  const { parent, zone } = exampleZones({ extra: ['sub.example.test NS ns.sub.example.test', 'ns.sub.example.test A 127.0.0.4'] })
  const lab = await startLab(recursive([zone, parent]), [authoritative([parent]), authoritative([zone]), authoritative([child])])
  const apexOf = async (name: string) => (await lab.dns.zoneOf(name, { signal })).apex
  expect(await Promise.all(['www.example.test', '_acme-challenge.x.sub.example.test', 'sub.example.test'].map(apexOf))).toEqual([
    'example.test',
    'sub.example.test',
    'sub.example.test',
  ])
})

test('finds a child zone that the same server holds', async () => {
  const { parent, zone } = exampleZones()
  const child = zoneData('sub.example.test', ['sub.example.test NS ns1.example.test'])
  const lab = await startLab(recursive([zone, parent]), [authoritative([parent]), authoritative([zone, child])])
  expect(await lab.dns.zoneOf('a.sub.example.test', { signal })).toMatchObject({
    apex: 'sub.example.test',
    servers: [{ name: 'ns1.example.test', address: '127.0.0.3' }],
  })
})

test('finds a zone whose parent is on the same server', async () => {
  const { parent, zone } = exampleZones()
  for (const { records } of [parent, zone]) {
    for (const record of records) if (record.name === 'ns1.example.test') record.value = '127.0.0.2'
  }
  const lab = await startLab(recursive([zone, parent]), [authoritative([parent, zone])])
  expect(await lab.dns.zoneOf('www.example.test', { signal })).toEqual({
    apex: 'example.test',
    servers: [{ name: 'ns1.example.test', address: '127.0.0.2' }],
    nameServers: ['ns1.example.test'],
    source: 'parent',
    refused: [],
    warnings: [],
  })
})

test('a name that is a CNAME belongs to the zone above it', async () => {
  const { dns } = await startExample({ extra: ['_acme-challenge.www.example.test CNAME x.elsewhere.test'] })
  expect((await dns.zoneOf('_acme-challenge.www.example.test', { signal })).apex).toBe('example.test')
})

test('a CNAME in a child zone on the same server belongs to the child', async () => {
  const { parent, zone } = exampleZones()
  const child = zoneData('sub.example.test', ['sub.example.test NS ns1.example.test', 'a.sub.example.test CNAME x.test'])
  const lab = await startLab(recursive([zone, parent]), [authoritative([parent]), authoritative([zone, child])])
  expect((await lab.dns.zoneOf('a.sub.example.test', { signal })).apex).toBe('sub.example.test')
})

test('goes up a label when the resolver fails for the registrable domain, and finds the delegation there', async () => {
  const { dns, resolver } = await startExample()
  const known = resolver.handler
  resolver.handler = (question, query) => (question.name === 'example.test' ? { rcode: 2 } : known(question, query))
  const found = await dns.zoneOf('www.example.test', { signal })
  expect(found).toMatchObject({ apex: 'example.test', servers: [{ address: '127.0.0.3' }] })
})

test('a resolver that is authoritative for one zone only is enough, with a warning', async () => {
  const zone = zoneData('example.test', ['example.test NS ns1.example.test', 'ns1.example.test A 127.0.0.1'])
  const lab = await startLab(authoritative([zone]), [])
  const found = await lab.dns.zoneOf('www.example.test', { signal })
  expect(found).toMatchObject({
    apex: 'example.test',
    servers: [{ name: 'ns1.example.test', address: '127.0.0.1' }],
    nameServers: ['ns1.example.test'],
    source: 'resolver',
  })
  expect(found.warnings).toEqual([expect.stringContaining('the zone above it could not be asked')])
})

test('the warning stays with a zone that is delegated further down', async () => {
  const cut = ['sub.example.test NS ns.sub.example.test', 'ns.sub.example.test A 127.0.0.2']
  const zone = zoneData('example.test', ['example.test NS ns1.example.test', 'ns1.example.test A 127.0.0.1', ...cut])
  const lab = await startLab(authoritative([zone]), [authoritative([zoneData('sub.example.test', cut)])])
  const found = await lab.dns.zoneOf('a.sub.example.test', { signal })
  expect(found).toMatchObject({
    apex: 'sub.example.test',
    source: 'parent',
    warnings: [expect.stringContaining('The name servers of example.test')],
  })
})

test('looks up only a few of the servers of a large parent', async () => {
  const { parent, zone } = exampleZones()
  parent.records = parent.records.filter(({ name }) => name !== 'ns.test' && name !== 'test')
  const hosts = zoneData('hosts', [])
  for (let i = 0; i < 13; i += 1) {
    parent.records.push({ name: 'test', type: 'NS', value: `ns${i}.hosts` })
    hosts.records.push({ name: `ns${i}.hosts`, type: 'A', value: '127.0.0.2' })
  }
  const { dns, resolver } = await startLab(recursive([zone, parent, hosts]), [authoritative([parent]), authoritative([zone])])
  expect((await dns.zoneOf('www.example.test', { signal })).warnings).toEqual([])
  expect(resolver.log.filter(({ name }) => name.endsWith('.hosts'))).toHaveLength(8)
})

test('takes the servers from the resolver, with a warning, when the parent is dead or does not delegate', async () => {
  const dead = await startExample()
  const [parent] = dead.servers
  if (parent) parent.handler = () => 'silence'
  const found = await dead.dns.zoneOf('www.example.test', { signal })
  expect(found).toMatchObject({ apex: 'example.test', servers: [{ address: '127.0.0.3' }] })
  expect(found.warnings).toEqual([expect.stringMatching(/no server of test answers \(ns\.test \(127\.0\.0\.2\): timeout\)/)])

  const unaware = await startExample()
  unaware.parent.records = unaware.parent.records.filter(({ name }) => name !== 'example.test')
  expect((await unaware.dns.zoneOf('www.example.test', { signal })).warnings).toEqual([
    expect.stringContaining('test does not delegate it'),
  ])
})

test('a delegation to servers without an address is an error, whatever the resolver says', async () => {
  const { dns, parent } = await startExample()
  parent.records = parent.records.filter(({ name }) => name !== 'example.test' && name !== 'ns1.example.test')
  parent.records.push({ name: 'example.test', type: 'NS', value: 'gone.elsewhere.test' })
  const error = await failure(dns.zoneOf('www.example.test', { signal }))
  expect(error.code).toBe('DNS_UNREACHABLE')
  expect(error.message).toContain('gone.elsewhere.test')
})

test('asks the next server when one is lame, refuses or is not there', async () => {
  const { parent, zone } = exampleZones({ count: 4 })
  const lab = await startLab(recursive([zone, parent]), [
    authoritative([parent]),
    recursive([zone]),
    () => ({ rcode: 5 }),
    () => 'silence',
    authoritative([zone]),
  ])
  expect((await lab.dns.zoneOf('www.example.test', { signal })).apex).toBe('example.test')
})

test('a server that was dead a moment ago is asked last', async () => {
  const { dns, servers, clock } = await startExample({ count: 2 })
  const [, dead, alive] = servers
  if (dead) dead.handler = () => 'silence'
  await dns.observe('www.example.test', 'TXT', { signal })
  const before = clock.now().getTime()
  const askedBefore = dead?.log.length
  await dns.zoneOf('a.example.test', { signal })
  expect(clock.now().getTime()).toBe(before)
  expect(dead?.log).toHaveLength(askedBefore ?? 0)
  expect(alive?.log.at(-1)?.name).toBe('a.example.test')
})

test('an address is asked once, whatever names it has, and 13 of them at most', async () => {
  const { parent, zone } = exampleZones()
  parent.records.push({ name: 'example.test', type: 'NS', value: 'other.example.test' })
  const many = Array.from({ length: 40 }, (_, i) => ({
    name: 'other.example.test',
    type: 'A' as const,
    value: `127.0.0.${i + 3}`,
  }))
  parent.records.push(...many)
  const lab = await startLab(recursive([zone, parent]), [authoritative([parent]), authoritative([zone])])
  const { servers } = await lab.dns.zoneOf('www.example.test', { signal })
  expect(servers).toHaveLength(13)
  expect(servers.slice(0, 2)).toEqual([
    { name: 'ns1.example.test', address: '127.0.0.3' },
    { name: 'other.example.test', address: '127.0.0.4' },
  ])
})

test('says what each server said when none is of use, and asks again the next time', async () => {
  const { dns, servers, zone } = await startExample({ count: 3 })
  const [, lame, refusing, silent] = servers
  if (lame) lame.handler = recursive([zone])
  if (refusing) refusing.handler = () => ({ rcode: 5 })
  if (silent) silent.handler = () => 'silence'
  const error = await failure(dns.zoneOf('www.example.test', { signal }))
  expect(error.code).toBe('DNS_UNREACHABLE')
  expect(error.message).toContain('ns1.example.test (127.0.0.3): NOERROR without authority')
  expect(error.message).toContain('ns2.example.test (127.0.0.4): REFUSED')
  expect(error.message).toContain('ns3.example.test (127.0.0.5): timeout')
  if (lame) lame.handler = authoritative([zone])
  expect((await dns.zoneOf('www.example.test', { signal })).apex).toBe('example.test')
})

test('a name below a public suffix that nobody has registered is in no zone, until it is', async () => {
  const com = zoneData('com', ['com NS ns.com', 'ns.com A 127.0.0.2'])
  const lab = await startLab(recursive([com]), [authoritative([com]), authoritative([zoneData('example.com', [])])])
  const error = await failure(lab.dns.zoneOf('www.example.com', { signal }))
  expect(error.code).toBe('DNS_ZONE_NOT_FOUND')
  expect(error.message).toContain('example.com does not exist')
  com.records.push(
    { name: 'example.com', type: 'NS', value: 'ns.example.com' },
    { name: 'ns.example.com', type: 'A', value: '127.0.0.3' },
  )
  expect((await lab.dns.zoneOf('www.example.com', { signal })).apex).toBe('example.com')
})

test('refuses name servers at private addresses unless they are allowed', async () => {
  const { dns } = await startExample({ dns: { allowPrivate: false } })
  const error = await failure(dns.zoneOf('www.example.test', { signal }))
  expect(error.code).toBe('DNS_UNREACHABLE')
  expect(error.message).toContain('127.0.0.3 is not a public address')
  expect(error.hint).toContain('--allow-private')
})

test('asks no server at a private address that the DNS names', async () => {
  const { dns, servers } = await startExample({ dns: { allowPrivate: false } })
  await failure(dns.observe('www.example.test', 'TXT', { signal }))
  expect(servers.flatMap(({ log }) => log)).toEqual([])
})

test('a name server without an address becomes a warning', async () => {
  const { parent, zone } = exampleZones()
  parent.records.push({ name: 'example.test', type: 'NS', value: 'gone.elsewhere.test' })
  const lab = await startLab(recursive([zone, parent]), [authoritative([parent]), authoritative([zone])])
  const { servers, warnings } = await lab.dns.zoneOf('www.example.test', { signal })
  expect(servers).toHaveLength(1)
  expect(warnings).toEqual(['Name server gone.elsewhere.test of example.test was left out: it has no address (NXDOMAIN).'])
})

test('a delegation to thousands of names is cut off', async () => {
  const { parent, zone } = exampleZones()
  for (let i = 0; i < 400; i += 1) parent.records.push({ name: 'example.test', type: 'NS', value: `x${i}.elsewhere.test` })
  const lab = await startLab(recursive([zone, parent]), [authoritative([parent]), authoritative([zone])])
  const { warnings } = await lab.dns.zoneOf('www.example.test', { signal })
  expect(warnings[0]).toBe('example.test has 64 or more name servers; only 5 of them are asked.')
  // Four that have no address are enough.
  expect(lab.resolver.log.filter(({ name }) => name.endsWith('.elsewhere.test'))).toHaveLength(8)
})

test('name servers without glue are all asked where they have addresses', async () => {
  const { parent, zone } = exampleZones()
  const names = Array.from({ length: 6 }, (_, i) => `ns${i}.elsewhere.test`)
  for (const [i, name] of names.entries()) {
    parent.records.push({ name: 'example.test', type: 'NS', value: name })
    zone.records.push({ name, type: 'A', value: `127.0.1.${i}` })
  }
  const elsewhere = zoneData(
    'elsewhere.test',
    names.map((name, i) => `${name} A 127.0.1.${i}`),
  )
  const lab = await startLab(recursive([zone, elsewhere, parent]), [authoritative([parent]), authoritative([zone])])
  const { servers, warnings } = await lab.dns.zoneOf('www.example.test', { signal })
  expect(servers.map(({ name }) => name)).toEqual(['ns1.example.test', ...names])
  expect(warnings).toEqual([])
})

test('servers that refer to ever deeper zones are not followed for ever', async () => {
  const { parent, zone } = exampleZones()
  const deep = `${'a.'.repeat(40)}example.test`
  const { dns, servers } = await startLab(recursive([zone, parent]), [
    authoritative([parent]),
    (question, query) => {
      if (question.name === 'example.test') return authoritative([zone])(question, query)
      const depth = 1 + (servers[1]?.log.length ?? 0)
      const child = question.name.split('.').slice(-depth).join('.')
      return {
        authorities: [{ type: 'NS', name: child, data: 'ns1.example.test' }],
        additionals: [{ type: 'A', name: 'ns1.example.test', data: '127.0.0.3' }],
      }
    },
  ])
  expect((await failure(dns.zoneOf(deep, { signal }))).code).toBe('DNS_ZONE_NOT_FOUND')
  expect(servers[1]?.log.length).toBeLessThan(20)
})

test('a referral to the zone itself or upwards is of no use', async () => {
  const { dns, servers } = await startExample()
  const [, server] = servers
  for (const name of ['example.test', 'test', '.', 'other.test']) {
    if (server) server.handler = () => ({ authorities: [{ type: 'NS', name, data: 'ns1.example.test' }] })
    expect((await failure(dns.zoneOf('www.example.test', { signal }))).code).toBe('DNS_UNREACHABLE')
  }
})

test('100 names in one zone cost the upper steps once', async () => {
  const { dns, resolver, servers } = await startExample()
  const names = Array.from({ length: 100 }, (_, i) => `_acme-challenge.n${i}.example.test`)
  await Promise.all(names.map((name) => dns.zoneOf(name, { signal })))
  expect(resolver.log.length).toBeLessThanOrEqual(5)
  expect(servers.map(({ log }) => log.length)).toEqual([1, 101])
  await Promise.all(names.map((name) => dns.zoneOf(name, { signal })))
  expect(servers[1]?.log).toHaveLength(101)
})

test('what is known is asked again after a minute', async () => {
  const { dns, clock, servers } = await startExample()
  await dns.zoneOf('www.example.test', { signal })
  await clock.sleep(59_000)
  await dns.zoneOf('www.example.test', { signal })
  expect(servers[1]?.log).toHaveLength(2)
  await clock.sleep(2000)
  await dns.zoneOf('www.example.test', { signal })
  expect(servers[1]?.log).toHaveLength(4)
})

test('no resolver that answers is DNS_UNREACHABLE and names each', async () => {
  const gone = await startDnsServer(() => 'silence')
  await gone.close()
  const { dns } = await startLab(() => 'silence', [], { resolvers: [gone.endpoint] })
  const error = await failure(dns.zoneOf('www.example.test', { signal }))
  expect(error.code).toBe('DNS_UNREACHABLE')
  expect(error.message).toContain(`${gone.endpoint}: connection refused`)
  expect(error.hint).toContain('--resolver')
})

test('one caller that aborts leaves the shared look-up to the others; a resolver is not waited for', async () => {
  const { dns, resolver } = await startExample()
  const known = resolver.handler
  const abort = new AbortController()
  resolver.handler = (question, query) => {
    abort.abort(new Error('enough'))
    return known(question, query)
  }
  const [aborted, other] = await Promise.allSettled([
    dns.zoneOf('www.example.test', { signal: abort.signal }),
    dns.zoneOf('www.example.test', { signal }),
  ])
  expect(aborted).toMatchObject({ status: 'rejected', reason: { message: 'enough' } })
  expect(other).toMatchObject({ status: 'fulfilled' })
})

test('a name that does not fit into a question is refused', async () => {
  const { dns } = await startExample()
  for (const name of [`${'a'.repeat(64)}.example.test`, `${'a.'.repeat(130)}test`, 'bücher.example.test', 'a..example.test']) {
    expect((await failure(dns.zoneOf(name, { signal }))).code).toBe('NAME_INVALID')
  }
})

async function failure(work: Promise<unknown>): Promise<DomainctlError> {
  const thrown = await work.then(
    () => undefined,
    (error: unknown) => error,
  )
  expect(thrown).toBeInstanceOf(DomainctlError)
  return thrown as DomainctlError
}
