import { getServers } from 'node:dns'
import { expect, onTestFinished, test } from 'vitest'
import { systemRandom } from '../runtime/random.ts'
import { type DnsHandler, startDnsServers } from '../testing/dns-server.ts'
import { loopbackClock } from '../testing/loopback-clock.ts'
import { knowing, startHttpsServer, trustResolverRoot } from './doh.test.support.ts'
import { NEVER } from './lab.test.support.ts'
import { openResolver, PUBLIC_RESOLVERS } from './resolver.ts'
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
  return { servers, clock, resolver: openResolver(endpoints, { wire, clock }) }
}

test("the system's resolvers find and public ones judge when none is named; else the named ones do both", () => {
  const clock = loopbackClock()
  const wire = new Wire({ clock, random: systemRandom() })
  const labels = (resolvers: string[] | undefined) => {
    const { upstreams, judges } = openResolver(resolvers, { wire, clock })
    return [upstreams, judges].map((each) => each.map(({ label }) => label))
  }
  expect(labels(undefined)).toEqual([[...new Set(getServers())], [...PUBLIC_RESOLVERS]])
  expect(labels([])).toEqual(labels(undefined))
  const mixed = ['192.0.2.1', 'https://dns.example/dns-query', '[2001:db8::1]:5353']
  expect(labels(mixed)).toEqual([mixed, mixed])
  expect(labels(['192.0.2.1', '192.0.2.2', '192.0.2.1'])).toEqual([
    ['192.0.2.1', '192.0.2.2'],
    ['192.0.2.1', '192.0.2.2'],
  ])
})

test('a resolver over HTTPS answers where the one at port 53 is silent', async () => {
  trustResolverRoot()
  const [silent] = await startDnsServers([() => 'silence'])
  if (!silent) throw new Error('no server was started')
  onTestFinished(() => silent.close())
  const server = await startHttpsServer(({ answer }) => answer(knowing))
  const clock = loopbackClock()
  const wire = new Wire({ clock, random: systemRandom() })
  const resolver = openResolver([silent.endpoint, server.url], { wire, clock })
  expect(await resolver.ask({ name: 'example.test', type: 'TXT' }, NEVER)).toMatchObject({ answers: [{ value: 'hello' }] })
  expect(resolver.upstreams.map(({ label }) => label)).toEqual([server.url, silent.endpoint])
  expect(resolver.judges.map(({ label }) => label)).toEqual([silent.endpoint, server.url])
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
