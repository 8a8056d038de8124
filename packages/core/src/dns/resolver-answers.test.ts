import type { Answer } from 'dns-packet'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type DnsHandler, startDnsServers } from '../testing/dns-server.ts'
import { dnsOf, NEVER, soa, startLab } from './lab.test.support.ts'
import type { Message, ResourceRecord } from './message.ts'
import { resolverAnswer } from './resolver-answers.ts'

const signal = NEVER
const a = (name: string, data: string, ttl: number): Answer => ({ type: 'A', name, data, ttl })
const cname = (name: string, data: string, ttl: number): Answer => ({ type: 'CNAME', name, data, ttl })

test('each resolver on its own: a value, nothing, a chain, a failure, silence', async () => {
  const handlers: DnsHandler[] = [
    () => ({ answers: [a('www.example.test', '192.0.2.1', 40), a('www.example.test', '192.0.2.2', 30)] }),
    () => ({ rcode: 3, authorities: [soa('example.test', { ttl: 25, minimum: 3600 })] }),
    () => ({ answers: [cname('www.example.test', 'x.other.test', 90), a('x.other.test', '192.0.2.3', 20)] }),
    () => ({ rcode: 2 }),
    () => 'silence',
  ]
  const [first = () => 'silence', ...others] = handlers
  const lab = await startLab(first, others)
  const resolvers = [lab.resolver, ...lab.servers].map(({ endpoint }) => endpoint)
  const dns = dnsOf(lab, { resolvers })
  const answers = await dns.askResolvers('WWW.example.test.', 'A', { signal })
  expect(answers).toEqual([
    { resolver: resolvers[0], rcode: 'NOERROR', outcome: 'answer', values: ['192.0.2.1', '192.0.2.2'], ttl: 30 },
    { resolver: resolvers[1], rcode: 'NXDOMAIN', outcome: 'answer', values: [], negativeTtl: 25 },
    { resolver: resolvers[2], rcode: 'NOERROR', outcome: 'answer', values: ['192.0.2.3'], cname: 'x.other.test', ttl: 20 },
    { resolver: resolvers[3], rcode: 'SERVFAIL', outcome: 'error', values: [] },
    { resolver: resolvers[4], rcode: 'timeout', outcome: 'unreachable', values: [] },
  ])
})

test('a resolver that is dead is not waited for again at once, and asked again after some seconds', async () => {
  const lab = await startLab(() => 'silence', [])
  const ask = async () => (await lab.dns.askResolvers('www.example.test', 'A', { signal })).map(({ outcome }) => outcome)
  expect(await ask()).toEqual(['unreachable'])
  const before = lab.clock.now().getTime()
  expect(await ask()).toEqual(['unreachable'])
  expect(lab.clock.now().getTime()).toBe(before)
  lab.resolver.handler = () => ({})
  await lab.clock.sleep(11_000)
  expect(await ask()).toEqual(['answer'])
})

test('without a resolver that is there nothing is thrown', async () => {
  const [gone] = await startDnsServers([() => 'silence'])
  await gone?.close()
  const lab = await startLab(() => 'silence', [], { resolvers: [gone?.endpoint ?? ''] })
  expect(await lab.dns.askResolvers('www.example.test', 'TXT', { signal })).toMatchObject([
    { rcode: 'connection refused', outcome: 'unreachable' },
  ])
})

const record = (type: ResourceRecord['type'], name: string, value: string, ttl = 60): ResourceRecord => ({
  type,
  name,
  value,
  ttl,
})
const reply = (o: Partial<Message>): Message => ({
  rcode: 'NOERROR',
  aa: false,
  answers: [],
  authorities: [],
  additionals: [],
  ...o,
})

test('a CNAME that is asked for is the value; one on the way is followed, in whatever order they come', () => {
  const answers = [
    record('A', 'c.test', '192.0.2.1', 50),
    record('CNAME', 'b.test', 'c.test', 5),
    record('CNAME', 'a.test', 'b.test'),
  ]
  expect(resolverAnswer('r', { name: 'a.test', type: 'CNAME' }, reply({ answers }))).toMatchObject({
    values: ['b.test'],
    cname: 'b.test',
    ttl: 60,
  })
  expect(resolverAnswer('r', { name: 'a.test', type: 'A' }, reply({ answers }))).toMatchObject({
    values: ['192.0.2.1'],
    cname: 'b.test',
    ttl: 5,
  })
})

test('a chain that ends in nothing has the TTL of the chain and that of the nothing', () => {
  const message = reply({
    rcode: 'NXDOMAIN',
    answers: [record('CNAME', 'a.test', 'gone.other', 40)],
    authorities: [record('SOA', 'other', 'ns.other hostmaster.other 1 2 3 4 30', 900)],
  })
  expect(resolverAnswer('r', { name: 'a.test', type: 'A' }, message)).toEqual({
    resolver: 'r',
    rcode: 'NXDOMAIN',
    outcome: 'answer',
    values: [],
    cname: 'gone.other',
    ttl: 40,
    negativeTtl: 30,
  })
})

test('ends for every answer section, loops among them, and gives only values of the asked type', () => {
  const name = fc.constantFrom('a', 'b', 'c', 'd')
  const one = fc.record({ type: fc.constantFrom('CNAME' as const, 'A' as const), name, value: name, ttl: fc.nat() })
  fc.assert(
    fc.property(fc.array(one, { maxLength: 20 }), (answers) => {
      const { values, ttl } = resolverAnswer('r', { name: 'a', type: 'A' }, reply({ answers }))
      const shown: string[] = answers.filter(({ type }) => type === 'A').map(({ value }) => value)
      expect(values.filter((value) => !shown.includes(value))).toEqual([])
      if (ttl !== undefined) expect(ttl).toBeGreaterThanOrEqual(Math.min(...answers.map((seen) => seen.ttl)))
    }),
  )
})
