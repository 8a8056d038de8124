import { getServers } from 'node:dns'
import { expect, onTestFinished, test } from 'vitest'
import { systemRandom } from '../runtime/random.ts'
import { type DnsHandler, startDnsServers } from '../testing/dns-server.ts'
import { loopbackClock } from '../testing/loopback-clock.ts'
import { createDns } from './dns.ts'
import { NEVER } from './lab.test.support.ts'
import { parseEndpoint, Resolver, wireUpstreams } from './resolver.ts'
import { Wire } from './wire.ts'

const question = { name: 'example.test', type: 'SOA' } as const

async function start(handlers: DnsHandler[]) {
  const servers = await startDnsServers(handlers)
  onTestFinished(async () => {
    await Promise.all(servers.map((server) => server.close()))
  })
  const clock = loopbackClock()
  const wire = new Wire({ clock, random: systemRandom() })
  const endpoints = servers.map(({ endpoint }) => endpoint)
  return { servers, clock, resolver: new Resolver(wireUpstreams(endpoints, wire), clock) }
}

test.each([
  ['192.0.2.1', { address: '192.0.2.1', port: 53 }],
  ['192.0.2.1:5353', { address: '192.0.2.1', port: 5353 }],
  ['2001:db8::1', { address: '2001:db8::1', port: 53 }],
  ['[2001:db8::1]', { address: '2001:db8::1', port: 53 }],
  ['[2001:db8::1]:5353', { address: '2001:db8::1', port: 5353 }],
  ['fe80::1%eth0', { address: 'fe80::1%eth0', port: 53 }],
])('%s is a resolver', (text, endpoint) => {
  expect(parseEndpoint(text)).toEqual(endpoint)
})

test.each([
  '',
  'dns.example',
  '192.0.2',
  '192.0.2.1:',
  '192.0.2.1:0',
  '192.0.2.1:65536',
  '192.0.2.1:x',
  '[192.0.2.1]:53',
  '[::1',
  '::1]:53',
  '[]',
  'https://dns.example/dns-query',
])('%j is refused', (text) => {
  const create = () =>
    createDns({ resolvers: [text], allowPrivate: false, mode: 'none', clock: loopbackClock(), random: systemRandom() })
  expect(create).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }))
})

test("the system's resolvers are used when none is named", () => {
  const wire = new Wire({ clock: loopbackClock(), random: systemRandom() })
  const labels = (resolvers: string[] | undefined) => wireUpstreams(resolvers, wire).map(({ label }) => label)
  expect(labels(undefined)).toEqual(getServers())
  expect(labels([])).toEqual(getServers())
})

test('the next resolver is asked when one fails or is slow, and who answered is asked first from then on', async () => {
  const { servers, clock, resolver } = await start([() => 'silence', () => ({ rcode: 2 }), () => ({ rcode: 3 })])
  const before = clock.now().getTime()
  expect((await resolver.ask(question, NEVER)).rcode).toBe('NXDOMAIN')
  expect(clock.now().getTime() - before).toBe(300)
  await resolver.ask(question, NEVER)
  expect(servers.map(({ log }) => log.length)).toEqual([1, 1, 2])
})

test('a refusal of one counts when no other answers', async () => {
  const { resolver } = await start([() => 'silence', () => ({ rcode: 5 })])
  expect((await resolver.ask(question, NEVER)).rcode).toBe('REFUSED')
})

test('an abort ends the question at once', async () => {
  const abort = new AbortController()
  const { clock, resolver } = await start([
    () => {
      setImmediate(() => abort.abort(new Error('enough')))
      return 'silence'
    },
  ])
  const before = clock.now().getTime()
  await expect(resolver.ask(question, abort.signal)).rejects.toThrow('enough')
  expect(clock.now().getTime()).toBe(before)
})
