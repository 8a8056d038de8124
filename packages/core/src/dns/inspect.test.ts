import type { Answer } from 'dns-packet'
import { expect, test } from 'vitest'
import { type DnsHandler, startDnsServer } from '../testing/dns-server.ts'
import { authoritative, recursive, zoneData } from '../testing/dns-zone-data.ts'
import { dnsOf, exampleZones, NEVER, soa, startExample, startLab } from './lab.test.support.ts'

const signal = NEVER
const SERVFAIL = 2

test('a sound zone: parent, servers and resolver agree', async () => {
  const { dns, resolver } = await startExample({ count: 2 })
  const server = (nth: number) => ({
    server: { name: `ns${nth}.example.test`, address: `127.0.0.${nth + 2}` },
    outcome: 'answer',
    rcode: 'NOERROR',
    serial: 1,
    primary: 'ns.example.test',
    nameServers: ['ns1.example.test', 'ns2.example.test'],
  })
  expect(await dns.inspectZone('WWW.example.test.', { signal })).toEqual({
    zone: expect.objectContaining({
      apex: 'example.test',
      source: 'parent',
      nameServers: ['ns1.example.test', 'ns2.example.test'],
    }),
    registrable: 'example.test',
    delegation: 'delegated',
    servers: [server(1), server(2)],
    warnings: [],
    resolvers: [
      {
        resolver: resolver.endpoint,
        rcode: 'NOERROR',
        outcome: 'answer',
        values: ['ns.example.test hostmaster.example.test 1 3600 600 86400 60'],
        primary: 'ns.example.test',
        ttl: 300,
      },
    ],
  })
})

test('the zone is the one that holds the name, the delegation is that of the registrable domain', async () => {
  const child = zoneData('sub.example.test', ['sub.example.test NS ns.sub.example.test', 'ns.sub.example.test A 127.0.0.4'])
  const { parent, zone } = exampleZones({ extra: ['sub.example.test NS ns.sub.example.test', 'ns.sub.example.test A 127.0.0.4'] })
  const { dns } = await startLab(
    recursive([zone, parent, child]),
    [parent, zone, child].map((data) => authoritative([data])),
  )
  expect(await dns.inspectZone('a.sub.example.test', { signal })).toMatchObject({
    zone: { apex: 'sub.example.test', source: 'parent' },
    registrable: 'example.test',
    delegation: 'delegated',
    servers: [{ server: { name: 'ns.sub.example.test' }, outcome: 'answer', nameServers: ['ns.sub.example.test'] }],
  })
})

test('each server on its own: another serial, lame, refusing, for the zone above, failing, silent', async () => {
  const { dns, servers, zone, parent } = await startExample({ count: 7 })
  const [, , later, lame, refusing, above, failing, silent] = servers
  if (!(later && lame && refusing && above && failing && silent)) throw new Error('servers are missing')
  later.handler = () => ({ aa: true, answers: [soa('example.test', { serial: 2, primary: 'ns1.example.test' })] })
  lame.handler = recursive([zone])
  refusing.handler = () => ({ rcode: 5 })
  above.handler = () => ({ aa: true, rcode: 3, authorities: [soa('test')] })
  failing.handler = () => ({ rcode: SERVFAIL })
  silent.handler = () => 'silence'
  const { servers: seen, delegation } = await dns.inspectZone('www.example.test', { signal })
  expect(parent.apex).toBe('test')
  expect(delegation).toBe('delegated')
  expect(seen.map(({ outcome, rcode, serial, primary }) => ({ outcome, rcode, serial, primary }))).toEqual([
    { outcome: 'answer', rcode: 'NOERROR', serial: 1, primary: 'ns.example.test' },
    { outcome: 'answer', rcode: 'NOERROR', serial: 2, primary: 'ns1.example.test' },
    { outcome: 'lame', rcode: 'NOERROR' },
    { outcome: 'lame', rcode: 'REFUSED' },
    { outcome: 'lame', rcode: 'NXDOMAIN' },
    { outcome: 'error', rcode: 'SERVFAIL' },
    { outcome: 'unreachable', rcode: 'timeout' },
  ])
  // The second one answers an NS question with something else: it gives no name servers.
  expect(seen[1]?.nameServers).toEqual([])
})

test('the name servers as the child names them, from the SOA answer where they are in it', async () => {
  const { dns, servers, zone } = await startExample()
  zone.records.push({ name: 'example.test', type: 'NS', value: 'forgotten.example.test' })
  const { zone: parentSays, servers: childSays } = await dns.inspectZone('www.example.test', { signal })
  expect(parentSays?.nameServers).toEqual(['ns1.example.test'])
  expect(childSays[0]?.nameServers).toEqual(['forgotten.example.test', 'ns1.example.test'])
  expect(servers[1]?.log.filter(({ type }) => type === 'NS')).toHaveLength(1)

  const generous = await startExample()
  const [, server] = generous.servers
  const ns: Answer = { type: 'NS', name: 'example.test', data: 'ns9.example.test', ttl: 60 }
  const usual = server?.handler
  if (!(server && usual)) throw new Error('no server was started')
  server.handler = (question, query) =>
    question.name === 'example.test' ? { aa: true, answers: [soa('example.test')], authorities: [ns] } : usual(question, query)
  expect((await generous.dns.inspectZone('www.example.test', { signal })).servers[0]?.nameServers).toEqual(['ns9.example.test'])
  expect(server.log.filter(({ type }) => type === 'NS')).toEqual([])
})

const com = () => zoneData('com', ['com NS ns.com', 'ns.com A 127.0.0.2'])

test('a domain that the registry does not know, and one that it delegates to nobody', async () => {
  const registry = com()
  registry.records.push({ name: 'held.com', type: 'TXT', value: 'x' })
  const { dns, resolver } = await startLab(recursive([registry]), [
    authoritative([registry]),
    authoritative([zoneData('gone.com', [])]),
  ])
  const nothing = { servers: [], warnings: [], resolvers: [] }
  expect(await dns.inspectZone('www.gone.com', { signal })).toEqual({
    ...nothing,
    registrable: 'gone.com',
    delegation: 'missing',
  })
  expect(await dns.inspectZone('www.held.com', { signal })).toEqual({ ...nothing, registrable: 'held.com', delegation: 'none' })
  // Nothing is asked below the registrable domain, and nothing twice of what is not there.
  expect(resolver.log.filter(({ name }) => name.startsWith('www.'))).toEqual([])
  expect(resolver.log.filter(({ name }) => name === 'gone.com')).toHaveLength(1)

  registry.records.push(
    { name: 'gone.com', type: 'NS', value: 'ns.gone.com' },
    { name: 'ns.gone.com', type: 'A', value: '127.0.0.3' },
  )
  expect(await dns.inspectZone('www.gone.com', { signal })).toMatchObject({ delegation: 'delegated', zone: { apex: 'gone.com' } })
})

test('in a private tree the zone above may hold the name itself', async () => {
  const lan = zoneData('lan', ['lan NS ns.lan', 'ns.lan A 127.0.0.2', 'box.lan A 192.0.2.1'])
  const { dns } = await startLab(recursive([lan]), [authoritative([lan])])
  const none = { delegation: 'none', registrable: 'box.lan', zone: { apex: 'lan' }, servers: [{ outcome: 'answer' }] }
  expect(await dns.inspectZone('box.lan', { signal })).toMatchObject(none)
  expect(await dns.inspectZone('gone.lan', { signal })).toMatchObject({ delegation: 'missing', zone: { apex: 'lan' } })
})

test('a registry that is silent leaves it open whether it delegates', async () => {
  const registry = com()
  const { dns } = await startLab(recursive([registry]), [() => 'silence'])
  expect(await dns.inspectZone('www.gone.com', { signal })).toEqual({
    registrable: 'gone.com',
    delegation: 'unknown',
    servers: [],
    warnings: [],
    resolvers: [],
  })
  const known = zoneData('example.com', ['example.com NS ns.example.com', 'ns.example.com A 127.0.0.3'])
  const lab = await startLab(recursive([registry, known]), [() => 'silence', authoritative([known])])
  expect(await lab.dns.inspectZone('www.example.com', { signal })).toMatchObject({
    delegation: 'unknown',
    zone: { apex: 'example.com', source: 'resolver', warnings: [expect.stringContaining('no server of com answers')] },
    servers: [{ outcome: 'answer' }],
    warnings: [],
  })
})

test('a zone that only the resolver knows', async () => {
  const registry = com()
  const inside = zoneData('corp.com', ['corp.com NS ns.corp.com', 'ns.corp.com A 127.0.0.3'])
  const { dns } = await startLab(recursive([registry, inside]), [authoritative([registry]), authoritative([inside])])
  expect(await dns.inspectZone('www.corp.com', { signal })).toMatchObject({
    delegation: 'missing',
    zone: { apex: 'corp.com', source: 'resolver', nameServers: ['ns.corp.com'] },
    servers: [{ outcome: 'answer', primary: 'ns.corp.com' }],
    resolvers: [{ outcome: 'answer', primary: 'ns.corp.com' }],
  })
})

test('an internal view shows in the primary that a resolver names', async () => {
  const lab = await startExample()
  const inside = await startDnsServer((question, query) =>
    question.type === 'SOA' && question.name === 'example.test'
      ? { answers: [soa('example.test', { primary: 'dc1.corp.test' })] }
      : answer(recursive([lab.zone, lab.parent])(question, query)),
  )
  try {
    const dns = dnsOf(lab, { resolvers: [lab.resolver.endpoint, inside.endpoint] })
    const { resolvers, servers } = await dns.inspectZone('www.example.test', { signal })
    expect(servers[0]?.primary).toBe('ns.example.test')
    expect(resolvers.map(({ primary }) => primary)).toEqual(['ns.example.test', 'dc1.corp.test'])
  } finally {
    await inside.close()
  }
})

/** One reaction, where a handler gives just that. */
function answer(reaction: ReturnType<DnsHandler>) {
  if (Array.isArray(reaction)) throw new Error('several reactions')
  return reaction
}

test('a resolver that fails is asked again without checking of DNSSEC', async () => {
  const bogus = await startExample()
  const validating = (unchecked: ReturnType<DnsHandler>): DnsHandler => {
    const usual = recursive([bogus.parent])
    return (question, query) => {
      if (question.name !== 'example.test') return usual(question, query)
      return query.flag_cd ? unchecked : { rcode: SERVFAIL }
    }
  }
  bogus.resolver.handler = validating({ answers: [soa('example.test')] })
  const found = await bogus.dns.inspectZone('www.example.test', { signal })
  expect(found).toMatchObject({ delegation: 'delegated', servers: [{ outcome: 'answer' }] })
  expect(found.resolvers).toEqual([
    {
      resolver: bogus.resolver.endpoint,
      rcode: 'SERVFAIL',
      outcome: 'error',
      values: [],
      unchecked: { rcode: 'NOERROR', outcome: 'answer' },
    },
  ])
  bogus.resolver.handler = validating({ rcode: SERVFAIL })
  expect((await dnsOf(bogus, {}).inspectZone('www.example.test', { signal })).resolvers).toMatchObject([
    { rcode: 'SERVFAIL', unchecked: { rcode: 'SERVFAIL', outcome: 'error' } },
  ])
})

test('name servers that must not be asked, and those without an address', async () => {
  const guarded = await startExample({ count: 2, dns: { allowPrivate: false } })
  expect(await guarded.dns.inspectZone('www.example.test', { signal })).toMatchObject({
    zone: {
      apex: 'example.test',
      servers: [],
      refused: [
        { name: 'ns1.example.test', address: '127.0.0.3' },
        { name: 'ns2.example.test', address: '127.0.0.4' },
      ],
    },
    servers: [],
    warnings: [],
  })
  expect(guarded.servers.flatMap(({ log }) => log)).toEqual([])

  const { dns, parent } = await startExample()
  parent.records.push({ name: 'example.test', type: 'NS', value: 'gone.elsewhere.test' })
  expect(await dns.inspectZone('www.example.test', { signal })).toMatchObject({
    zone: { nameServers: ['gone.elsewhere.test', 'ns1.example.test'] },
    servers: [{ outcome: 'answer' }],
    warnings: ['Name server gone.elsewhere.test of example.test was left out: it has no address (NXDOMAIN).'],
  })
})

test('a delegation to a name within the zone itself, without glue, leads to no server', async () => {
  const { dns, parent, resolver } = await startExample()
  parent.records = parent.records.filter(({ name }) => name !== 'ns1.example.test')
  const usual = resolver.handler
  // No resolver gets there either.
  resolver.handler = (question, query) => (question.name.endsWith('example.test') ? { rcode: SERVFAIL } : usual(question, query))
  expect(await dns.inspectZone('www.example.test', { signal })).toMatchObject({
    zone: { apex: 'example.test', servers: [], nameServers: ['ns1.example.test'] },
    delegation: 'delegated',
    servers: [],
    warnings: ['Name server ns1.example.test of example.test was left out: it has no address (SERVFAIL).'],
    resolvers: [{ rcode: 'SERVFAIL' }],
  })
})

test.each(['', 'test', 'example.test', 'sibling.test'])('servers that refer to %j are lame', async (to) => {
  const { dns, servers } = await startExample({ count: 2 })
  for (const server of servers.slice(1)) {
    server.handler = () => ({ authorities: [{ type: 'NS', name: to || '.', data: 'ns1.example.test' }] })
  }
  expect(await dns.inspectZone('www.example.test', { signal })).toMatchObject({
    zone: { apex: 'example.test' },
    delegation: 'delegated',
    servers: [
      { outcome: 'lame', rcode: 'NOERROR' },
      { outcome: 'lame', rcode: 'NOERROR' },
    ],
  })
})

test('two zones that refer to each other end', async () => {
  const { parent, zone } = exampleZones()
  const back: DnsHandler = () => ({
    authorities: [{ type: 'NS', name: 'example.test', data: 'ns1.example.test' }],
    additionals: [{ type: 'A', name: 'ns1.example.test', data: '127.0.0.3' }],
  })
  zone.records.push({ name: 'sub.example.test', type: 'NS', value: 'ns.sub.example.test' })
  zone.records.push({ name: 'ns.sub.example.test', type: 'A', value: '127.0.0.4' })
  const { dns, servers } = await startLab(recursive([zone, parent]), [authoritative([parent]), authoritative([zone]), back])
  expect(await dns.inspectZone('a.sub.example.test', { signal })).toMatchObject({
    zone: { apex: 'sub.example.test' },
    servers: [{ outcome: 'lame' }],
  })
  expect(servers.flatMap(({ log }) => log).length).toBeLessThan(10)
})

test('behind delegations without end it is the zone at their beginning', async () => {
  const { parent, zone } = exampleZones()
  const usual = authoritative([zone])
  let depth = 1
  const { dns } = await startLab(recursive([zone, parent]), [
    authoritative([parent]),
    (question, query) => {
      if (question.name === 'example.test') return usual(question, query)
      depth += 1
      const child = question.name.split('.').slice(-depth).join('.')
      return {
        authorities: [{ type: 'NS', name: child, data: 'ns1.example.test' }],
        additionals: [{ type: 'A', name: 'ns1.example.test', data: '127.0.0.3' }],
      }
    },
  ])
  expect(await dns.inspectZone(`${'a.'.repeat(40)}example.test`, { signal })).toMatchObject({
    zone: { apex: 'example.test' },
    servers: [{ outcome: 'answer' }],
  })
})

test('a hundred names cost one inspection a minute, and few questions', async () => {
  const { dns, resolver, servers, clock } = await startExample({ count: 2 })
  const names = Array.from({ length: 100 }, (_, i) => `n${i}.example.test`)
  const inspectAll = () => Promise.all(names.map((name) => dns.inspectZone(name, { signal })))
  await inspectAll()
  await inspectAll()
  const ofApex = () =>
    servers.slice(1).map(({ log }) => log.filter(({ name }) => name === 'example.test').map(({ type }) => type))
  // That the first one was asked for the SOA on the way to the zone counts.
  expect(ofApex()).toEqual([
    ['SOA', 'NS'],
    ['SOA', 'NS'],
  ])
  const soas = () => resolver.log.filter(({ name, type }) => name === 'example.test' && type === 'SOA').length
  expect(soas()).toBe(1)
  await clock.sleep(61_000)
  await inspectAll()
  expect(ofApex().map((types) => types.length)).toEqual([4, 4])
})

test('what is not right is known for some seconds only', async () => {
  const { dns, servers, clock } = await startExample({ count: 2 })
  const [, , second] = servers
  const usual = second?.handler
  if (!(second && usual)) throw new Error('servers are missing')
  second.handler = () => ({ rcode: 5 })
  const outcomes = async () => (await dns.inspectZone('www.example.test', { signal })).servers.map(({ outcome }) => outcome)
  expect(await outcomes()).toEqual(['answer', 'lame'])
  const before = second.log.length
  expect(await outcomes()).toEqual(['answer', 'lame'])
  expect(second.log).toHaveLength(before)
  second.handler = usual
  await clock.sleep(6000)
  expect(await outcomes()).toEqual(['answer', 'answer'])
})

test('a delegation that has changed is inspected at once when what was there was not right', async () => {
  const { dns, parent, servers } = await startExample({ count: 2 })
  const [, , second] = servers
  if (second) second.handler = () => ({ rcode: 5 })
  expect((await dns.inspectZone('www.example.test', { signal })).servers).toHaveLength(2)
  parent.records = parent.records.filter(({ value }) => value !== 'ns2.example.test')
  expect((await dns.inspectZone('www.example.test', { signal })).servers).toMatchObject([{ outcome: 'answer' }])
})

test('only where no resolver answers at all is there an error', async () => {
  const { dns } = await startLab(() => 'silence', [])
  await expect(dns.inspectZone('www.example.test', { signal })).rejects.toMatchObject({ code: 'DNS_UNREACHABLE' })
})
