import { expect, test } from 'vitest'
import { authoritative, recursive, zoneData } from '../testing/dns-zone-data.ts'
import { exampleZones, NEVER, startExample, startLab } from './lab.test.support.ts'

const signal = NEVER
const issue = (value: string) => ({ flags: 0, tag: 'issue', value })

/** What was asked for CAA, in the order of the alphabet. */
function caaAsked(...logs: { log: { name: string; type: string }[] }[]): string[] {
  return logs.flatMap(({ log }) => log.filter(({ type }) => type === 'CAA').map(({ name }) => name.toLowerCase())).sort()
}

test('no records: nothing is in force, and every level but the root was asked', async () => {
  const { dns, resolver, servers } = await startExample({ extra: ['a.www.example.test TXT x'] })
  expect(await dns.caaFor('a.WWW.example.test.', { signal })).toEqual({ name: 'a.www.example.test', rrsets: [] })
  expect(caaAsked(...servers)).toEqual(['a.www.example.test', 'example.test', 'www.example.test'])
  // Nothing that a customer writes is asked of a recursive resolver.
  expect(caaAsked(resolver)).toEqual(['test'])
})

test('the closest records count, as they came', async () => {
  const { dns, zone } = await startExample({
    extra: ['example.test CAA 0 issue far.test', 'www.example.test CAA 128 Issue near.test; a="b"'],
  })
  const near = { path: ['www.example.test'], servers: ['ns1.example.test (127.0.0.3)'] }
  expect((await dns.caaFor('www.example.test', { signal })).rrsets).toEqual([
    { ...near, properties: [{ flags: 128, tag: 'Issue', value: 'near.test; a="b"' }] },
  ])
  expect((await dns.caaFor('other.example.test', { signal })).rrsets).toMatchObject([
    { path: ['example.test'], properties: [issue('far.test')] },
  ])
  // What was there is looked up anew: it may have been mended.
  zone.records = zone.records.filter(({ type }) => type !== 'CAA')
  expect((await dns.caaFor('www.example.test', { signal })).rrsets).toEqual([])
})

test('records of the top-level domain count when there are none below', async () => {
  const { dns, parent } = await startExample()
  parent.records.push({ name: 'test', type: 'CAA', value: '0 issue registry.test' })
  expect((await dns.caaFor('www.example.test', { signal })).rrsets).toMatchObject([
    { path: ['test'], properties: [issue('registry.test')] },
  ])
})

test('a level in a delegated zone is asked at its own servers', async () => {
  const { parent, zone } = exampleZones()
  zone.records.push(
    { name: 'sub.example.test', type: 'NS', value: 'ns.sub.example.test' },
    { name: 'ns.sub.example.test', type: 'A', value: '127.0.0.4' },
  )
  const sub = zoneData('sub.example.test', ['sub.example.test CAA 0 issue sub.test'])
  const { dns } = await startLab(
    recursive([parent, zone]),
    [parent, zone, sub].map((data) => authoritative([data])),
  )
  expect((await dns.caaFor('www.sub.example.test', { signal })).rrsets).toMatchObject([
    { path: ['sub.example.test'], servers: ['ns.sub.example.test (127.0.0.4)'], properties: [issue('sub.test')] },
  ])
})

test('at a CNAME its target counts, and without records there the climb goes on from the name itself', async () => {
  const { dns } = await startExample({
    extra: [
      'www.example.test CNAME edge.example.test',
      'edge.example.test CNAME end.example.test',
      'end.example.test CAA 0 issue edge.test',
      'plain.example.test CNAME a.b.example.test',
      'gone.example.test CNAME nobody.elsewhere.test',
      'b.example.test CAA 0 issue never.test',
      'example.test CAA 0 issue apex.test',
    ],
  })
  expect((await dns.caaFor('www.example.test', { signal })).rrsets).toMatchObject([
    { path: ['www.example.test', 'edge.example.test', 'end.example.test'], properties: [issue('edge.test')] },
  ])
  for (const name of ['plain.example.test', 'gone.example.test'])
    expect((await dns.caaFor(name, { signal })).rrsets).toMatchObject([
      { path: ['example.test'], properties: [issue('apex.test')] },
    ])
})

test('a loop of CNAMEs is a failure that the customer mends', async () => {
  const { dns } = await startExample({ extra: ['a.example.test CNAME b.example.test', 'b.example.test CNAME a.example.test'] })
  await expect(dns.caaFor('a.example.test', { signal })).rejects.toMatchObject({
    code: 'DNS_CAA_FAILED',
    actor: 'customer',
    message: expect.stringContaining('a.example.test → b.example.test → a.example.test'),
  })
})

test('where servers differ, all that they show may be in force', async () => {
  const { dns, servers, zone } = await startExample({ count: 3, extra: ['example.test CAA 0 issue apex.test'] })
  const [, first] = servers
  const strict = { ...zone, records: [...zone.records, { name: 'www.example.test', type: 'CAA' as const, value: '0 issue ;' }] }
  if (first) first.handler = authoritative([strict])
  expect((await dns.caaFor('www.example.test', { signal })).rrsets).toMatchObject([
    { path: ['www.example.test'], servers: ['ns1.example.test (127.0.0.3)'], properties: [issue(';')] },
    { path: ['example.test'], servers: [1, 2, 3].map((i) => `ns${i}.example.test (127.0.0.${i + 2})`) },
  ])
})

test('servers that fail are passed over while one answers', async () => {
  const { dns, servers } = await startExample({ count: 3, extra: ['example.test CAA 0 issue apex.test'] })
  const [, dead, broken] = servers
  if (dead) dead.handler = () => 'silence'
  if (broken) broken.handler = () => ({ rcode: 2 })
  expect((await dns.caaFor('www.example.test', { signal })).rrsets).toMatchObject([
    { servers: ['ns3.example.test (127.0.0.5)'], properties: [issue('apex.test')] },
  ])
})

test('SERVFAIL for CAA at every server is told with what each said, and may be mended', async () => {
  const { dns, servers, zone } = await startExample({ count: 2 })
  const [, ...own] = servers
  const usual = authoritative([zone])
  for (const server of own)
    server.handler = (question, query) => (question.type === 'CAA' ? { rcode: 2 } : usual(question, query))
  await expect(dns.caaFor('example.test', { signal })).rejects.toMatchObject({
    code: 'DNS_CAA_FAILED',
    kind: 'not-ready',
    actor: 'provider',
    message: expect.stringContaining('ns1.example.test (127.0.0.3): SERVFAIL; ns2.example.test (127.0.0.4): SERVFAIL'),
  })
  for (const server of own) server.handler = usual
  expect((await dns.caaFor('example.test', { signal })).rrsets).toEqual([])
})

test('a failure above the records that count does no harm, one below them does', async () => {
  const { dns, servers, zone } = await startExample({ extra: ['www.example.test CAA 0 issue ca.test'] })
  const usual = authoritative([zone])
  const failsAt = (name: string) => {
    const [, server] = servers
    if (server)
      server.handler = (asked, query) => (asked.type === 'CAA' && asked.name === name ? { rcode: 2 } : usual(asked, query))
  }
  failsAt('example.test')
  expect((await dns.caaFor('www.example.test', { signal })).rrsets).toHaveLength(1)
  failsAt('a.www.example.test')
  await expect(dns.caaFor('a.www.example.test', { signal })).rejects.toMatchObject({ code: 'DNS_CAA_FAILED' })
})

test('a zone whose servers are silent is a failure, too', async () => {
  const { dns, servers } = await startExample({ count: 2 })
  for (const server of servers.slice(1)) server.handler = () => ({ rcode: 5 })
  await expect(dns.caaFor('www.example.test', { signal })).rejects.toMatchObject({
    code: 'DNS_CAA_FAILED',
    message: expect.stringContaining('ns2.example.test (127.0.0.4): REFUSED'),
  })
})

test('names of one zone share the levels above them', async () => {
  const { dns, resolver, servers } = await startExample()
  const names = Array.from({ length: 20 }, (_, i) => `n${i}.example.test`)
  await Promise.all(names.map((name) => dns.caaFor(name, { signal })))
  await dns.caaFor('later.example.test', { signal })
  expect(caaAsked(...servers).filter((name) => name === 'example.test')).toHaveLength(1)
  expect(caaAsked(resolver)).toEqual(['test'])
})

test('that there are none is known for half a minute', async () => {
  const { dns, zone, clock } = await startExample()
  const rrsets = async () => (await dns.caaFor('www.example.test', { signal })).rrsets
  expect(await rrsets()).toEqual([])
  zone.records.push({ name: 'example.test', type: 'CAA', value: '0 issue ca.test' })
  expect(await rrsets()).toEqual([])
  await clock.sleep(30_000)
  expect(await rrsets()).toMatchObject([{ path: ['example.test'], properties: [issue('ca.test')] }])
})

test('names that lead to one target share it, until records are there', async () => {
  const { dns, zone, servers } = await startExample({ count: 2 })
  const names = Array.from({ length: 20 }, (_, i) => `n${i}.example.test`)
  for (const name of names) zone.records.push({ name, type: 'CNAME', value: 'edge.hosting.example.test' })
  zone.records.push({ name: 'edge.hosting.example.test', type: 'A', value: '192.0.2.1' })
  const lookAtAll = async () => await Promise.all(names.map((name) => dns.caaFor(name, { signal })))
  expect((await lookAtAll()).flatMap(({ rrsets }) => rrsets)).toEqual([])
  await lookAtAll()
  expect(caaAsked(...servers).filter((name) => name.startsWith('edge.'))).toHaveLength(2)

  const edge = { name: 'other.example.test', type: 'CNAME', value: 'strict.example.test' } as const
  zone.records.push(edge, { name: 'strict.example.test', type: 'CAA', value: '0 issue other.test' })
  expect((await dns.caaFor('other.example.test', { signal })).rrsets).toHaveLength(1)
  // The CNAME that led to what forbids may be taken away at once, too.
  zone.records = zone.records.filter((record) => record !== edge)
  expect((await dns.caaFor('other.example.test', { signal })).rrsets).toEqual([])
})

test('a loop that is mended counts at once', async () => {
  const loop = ['a.example.test CNAME b.example.test', 'b.example.test CNAME a.example.test']
  const { dns, zone } = await startExample({ extra: loop })
  await expect(dns.caaFor('a.example.test', { signal })).rejects.toMatchObject({ code: 'DNS_CAA_FAILED' })
  zone.records = zone.records.filter(({ name }) => name !== 'b.example.test')
  expect((await dns.caaFor('a.example.test', { signal })).rrsets).toEqual([])
})

test('servers that each lead to ever new names are not followed for ever', async () => {
  const { dns, servers } = await startExample({ count: 2 })
  let made = 0
  for (const server of servers.slice(1)) {
    const rest = server.handler
    server.handler = (question, query) => {
      if (question.type !== 'CAA' || question.name === 'example.test') return rest(question, query)
      return { aa: true, answers: [{ type: 'CNAME', name: question.name, data: `x${made++}.example.test`, ttl: 0 }] }
    }
  }
  await expect(dns.caaFor('www.example.test', { signal })).rejects.toMatchObject({
    code: 'DNS_CAA_FAILED',
    message: expect.stringContaining('lead to more than 64 names'),
  })
  expect(made).toBeLessThan(140)
})

test('ends with the signal', async () => {
  const { dns, servers } = await startExample()
  for (const server of servers) server.handler = () => 'silence'
  const abort = new AbortController()
  const looking = dns.caaFor('www.example.test', { signal: abort.signal })
  abort.abort(new Error('enough'))
  await expect(looking).rejects.toThrow('enough')
})
