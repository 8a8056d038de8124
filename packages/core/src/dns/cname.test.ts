import { expect, test } from 'vitest'
import { authoritative, recursive, zoneData } from '../testing/dns-zone-data.ts'
import { exampleZones, NEVER, startExample, startLab } from './lab.test.support.ts'

const signal = NEVER

test('a name without a CNAME is its own end, whether it exists or not', async () => {
  const { dns } = await startExample({ extra: ['www.example.test TXT x'] })
  expect(await dns.followCname('WWW.Example.test.', { signal })).toBe('www.example.test')
  expect(await dns.followCname('nothing.example.test', { signal })).toBe('nothing.example.test')
})

test('follows a chain across zones, each hop at the servers of its own zone', async () => {
  const { parent, zone } = exampleZones({ extra: ['_acme-challenge.example.test CNAME a.other.test'] })
  const other = zoneData('other.test', ['a.other.test CNAME b.other.test', 'b.other.test CNAME c.third.test'])
  const third = zoneData('third.test', [])
  parent.records.push(
    { name: 'other.test', type: 'NS', value: 'ns.other.test' },
    { name: 'ns.other.test', type: 'A', value: '127.0.0.4' },
    { name: 'third.test', type: 'NS', value: 'ns.third.test' },
    { name: 'ns.third.test', type: 'A', value: '127.0.0.5' },
  )
  const handlers = [parent, zone, other, third].map((data) => authoritative([data]))
  const { dns, resolver } = await startLab(recursive([parent, zone, other, third]), handlers)
  expect(await dns.followCname('_acme-challenge.example.test', { signal })).toBe('c.third.test')
  expect(resolver.log.map(({ name }) => name)).not.toContain('c.third.test')
})

test('asks the next server when the first is lame', async () => {
  const { dns, servers } = await startExample({ count: 2, extra: ['a.example.test CNAME b.example.test'] })
  const [, lame] = servers
  if (lame) lame.handler = () => ({ aa: false, rcode: 3 })
  expect(await dns.followCname('a.example.test', { signal })).toBe('b.example.test')
})

test('a loop is told with its names', async () => {
  const { dns } = await startExample({
    extra: [
      'a.example.test CNAME b.example.test',
      'b.example.test CNAME A.example.test',
      'self.example.test CNAME self.example.test',
    ],
  })
  await expect(dns.followCname('a.example.test', { signal })).rejects.toMatchObject({
    code: 'DNS_CNAME_LOOP',
    message: expect.stringContaining('a.example.test → b.example.test → a.example.test'),
  })
  await expect(dns.followCname('self.example.test', { signal })).rejects.toMatchObject({ code: 'DNS_CNAME_LOOP' })
})

test('16 hops are followed, 17 are not', async () => {
  const chain = Array.from({ length: 17 }, (_, i) => `h${i}.example.test CNAME h${i + 1}.example.test`)
  const { dns } = await startExample({ extra: chain })
  expect(await dns.followCname('h1.example.test', { signal })).toBe('h17.example.test')
  await expect(dns.followCname('h0.example.test', { signal })).rejects.toMatchObject({
    code: 'DNS_CNAME_LOOP',
    message: expect.stringContaining('more than 16 hops'),
  })
})

test('a chain into a zone whose servers say nothing is DNS_UNREACHABLE', async () => {
  const { dns, servers } = await startExample({ count: 2 })
  for (const server of servers.slice(1)) server.handler = () => ({ rcode: 2 })
  await expect(dns.followCname('a.example.test', { signal })).rejects.toMatchObject({
    code: 'DNS_UNREACHABLE',
    message: expect.stringContaining('ns2.example.test (127.0.0.4): SERVFAIL'),
  })
})

test('a target that is not a name that can be asked is refused, and safe to print', async () => {
  const { dns } = await startExample({ extra: ['a.example.test CNAME \u001b[31m.example.test'] })
  const thrown = await dns.followCname('a.example.test', { signal }).catch((error: unknown) => error)
  expect(thrown).toMatchObject({ code: 'NAME_INVALID', message: expect.not.stringContaining('\u001b') })
})
