import { expect, test } from 'vitest'
import type { Clock } from '../contracts/runtime.ts'
import { DomainctlError } from '../errors.ts'
import { systemRandom } from '../runtime/random.ts'
import type { DnsHandler, DnsServer } from '../testing/dns-server.ts'
import { authoritative, recursive, zoneData } from '../testing/dns-zone-data.ts'
import { Authoritative } from './authoritative.ts'
import { createDns } from './dns.ts'
import { dnsOf, exampleZones, NEVER, startExample, startLab } from './lab.test.support.ts'
import { NameServers } from './name-servers.ts'
import { waitForRecords } from './propagation.ts'
import { openResolver, Resolver } from './resolver.ts'
import { Wire } from './wire.ts'
import { Zones } from './zone.ts'

const signal = NEVER
const name = '_acme-challenge.example.test'
const wanted = { name, type: 'TXT', value: 'token' } as const
const options = { signal, timeoutMs: 30_000 }
const written = [`${name} TXT token`]

test('resolves without a warning when every server shows the value', async () => {
  const { dns, servers } = await startExample({ count: 3, extra: [`${name} TXT other`, ...written] })
  expect(await dns.waitForRecords([wanted], options)).toEqual([])
  expect(servers.slice(1).map((server) => polls(server))).toEqual([1, 1, 1])
})

test('waits for a secondary that lags, with growing pauses', async () => {
  const { dns, servers, clock } = await startExample({ count: 2, extra: written })
  const [, , secondary] = servers
  lag(secondary, 4)
  const before = clock.now().getTime()
  expect(await dns.waitForRecords([wanted], options)).toEqual([])
  expect(polls(secondary)).toBe(5)
  expect(polls(servers[1])).toBe(1)
  expect(clock.now().getTime() - before).toBe(20 + 32 + 51 + 82)
})

test('the pause between polls grows to 5 seconds at most', async () => {
  const { dns, servers } = await startExample({ extra: [] })
  await failure(dns.waitForRecords([wanted], { signal, timeoutMs: 100_000 }))
  // 12 pauses sum up to about 9.3 s; from then on one every 5 s, and the last look begins when the time is over.
  expect(polls(servers[1])).toBe(1 + 12 + 18 + 1)
})

test('waits no longer when the clock is set back meanwhile', async () => {
  const lab = await startExample({ extra: [] })
  let back = 0
  const clock: Clock = {
    ...lab.clock,
    now: () => new Date(lab.clock.now().getTime() - back),
    sleep: async (ms, signal) => {
      await lab.clock.sleep(ms, signal)
      if (lab.clock.now().getTime() - before > 5000) back = 3_600_000
    },
  }
  const before = lab.clock.now().getTime()
  const dns = createDns({
    resolvers: [lab.resolver.endpoint],
    authoritativePort: lab.resolver.port,
    allowPrivate: true,
    mode: 'authoritative',
    clock,
    random: systemRandom(),
  })
  await failure(dns.waitForRecords([wanted], { signal, timeoutMs: 20_000 }))
  // What went by between the last look at the clock and its setting back is not seen.
  expect(lab.clock.now().getTime() - before).toBeLessThan(26_000)
})

test('looks once at every server when there is no time, and takes the time that this needs', async () => {
  const { dns, servers, clock } = await startExample({ count: 3, extra: written })
  const [, , slow, dead] = servers
  const shows = slow?.handler
  let asked = 0
  answerTxt(slow, (question, query) => (++asked === 1 || !shows ? 'silence' : shows(question, query)))
  if (dead) dead.handler = () => 'silence'
  const before = clock.now().getTime()
  expect(await dns.waitForRecords([wanted], { signal, timeoutMs: 0 })).toEqual([
    'Name server ns3.example.test (127.0.0.5) of example.test was left out: unreachable (timeout).',
  ])
  expect(polls(servers[1])).toBe(1)
  // A datagram that is lost costs 2 s, a server that is dead 4 s.
  expect(clock.now().getTime() - before).toBe(4000)
})

test('says at once that a value is missing when there is no time', async () => {
  const { dns, servers, clock } = await startExample({ count: 3, extra: written })
  answerTxt(servers[2], () => ({ aa: true, rcode: 3 }))
  const before = clock.now().getTime()
  const error = await failure(dns.waitForRecords([wanted], { signal, timeoutMs: 0 }))
  expect(error).toMatchObject({
    code: 'DNS_NOT_PROPAGATED',
    message:
      'Not every name server shows what was written. TXT _acme-challenge.example.test = "token": ' +
      'ns1.example.test (127.0.0.3) shows it; ns2.example.test (127.0.0.4) does not have it; ' +
      'ns3.example.test (127.0.0.5) shows it.',
  })
  expect(servers.slice(1).map(polls)).toEqual([1, 1, 1])
  expect(clock.now().getTime()).toBe(before)
})

test('looks a last time when the time is over', async () => {
  const { dns, servers, clock } = await startExample({ extra: written })
  // Looks begin at 0, 20, 52 and, where the pause would go on to 103, at 100.
  lag(servers[1], 3)
  const before = clock.now().getTime()
  expect(await dns.waitForRecords([wanted], { signal, timeoutMs: 100 })).toEqual([])
  expect(clock.now().getTime() - before).toBe(100)
})

test('says per server what it shows when the time is over', async () => {
  const { dns, servers, clock } = await startExample({ count: 6, extra: written })
  const [, , missing, other, silent, lame, alias] = servers
  answerTxt(missing, () => ({ aa: true, rcode: 3 }))
  answerTxt(other, () => ({ aa: true, answers: [{ type: 'TXT', name, data: 'old' }] }))
  if (silent) silent.handler = () => 'silence'
  if (lame) lame.handler = () => ({ rcode: 5 })
  answerTxt(alias, () => ({ aa: true, answers: [{ type: 'CNAME', name, data: 'elsewhere.test' }] }))
  const before = clock.now().getTime()
  const error = await failure(dns.waitForRecords([wanted], options))
  // The last look at the dead server begins when the time is over, and ends by itself.
  expect(clock.now().getTime() - before).toBe(30_750)
  expect(error.code).toBe('DNS_NOT_PROPAGATED')
  expect(error.message).toBe(
    'After 30 s not every name server shows what was written. TXT _acme-challenge.example.test = "token": ' +
      'ns1.example.test (127.0.0.3) shows it; ns2.example.test (127.0.0.4) does not have it; ' +
      'ns3.example.test (127.0.0.5) shows "old"; ns4.example.test (127.0.0.6) unreachable (timeout); ' +
      'ns5.example.test (127.0.0.7) answers REFUSED; ns6.example.test (127.0.0.8) shows a CNAME to "elsewhere.test".',
  )
})

test('unreachable, lame and failing servers become warnings once the others agree', async () => {
  const { dns, servers } = await startExample({ count: 4, extra: written })
  const [, , silent, lame, failing] = servers
  if (silent) silent.handler = () => 'silence'
  if (lame) lame.handler = () => ({ rcode: 5 })
  if (failing) failing.handler = () => ({ rcode: 2 })
  expect(await dns.waitForRecords([wanted], options)).toEqual([
    'Name server ns2.example.test (127.0.0.4) of example.test was left out: unreachable (timeout).',
    'Name server ns3.example.test (127.0.0.5) of example.test was left out: answers REFUSED.',
    'Name server ns4.example.test (127.0.0.6) of example.test was left out: SERVFAIL.',
  ])
})

test('no server that answers is not success', async () => {
  const { dns, servers } = await startExample({ count: 2 })
  for (const server of servers.slice(1)) server.handler = () => 'silence'
  const error = await failure(dns.waitForRecords([wanted], options))
  expect(error.code).toBe('DNS_NOT_PROPAGATED')
  expect(error.message).toContain('ns2.example.test (127.0.0.4) unreachable (timeout)')
})

test('a dead server that comes back decides again', async () => {
  const { dns, servers } = await startExample({ count: 2, extra: written })
  const [, lagging, dead] = servers
  // Until some 6 s; the other one is back after 5.
  lag(lagging, 11)
  const alive = dead?.handler
  let asked = 0
  if (dead && alive) dead.handler = (question, query) => (++asked <= 3 ? 'silence' : alive(question, query))
  expect(await dns.waitForRecords([wanted], { signal, timeoutMs: 60_000 })).toEqual([])
})

test('a dead server does not slow the polls of the others, and costs a short wait the second time', async () => {
  const { dns, servers, clock } = await startExample({ count: 2, extra: [...written, `x.${name} TXT token`] })
  const [, lagging, dead] = servers
  if (dead) dead.handler = () => 'silence'
  lag(lagging, 4)
  const start = clock.now().getTime()
  await dns.waitForRecords([wanted], options)
  expect(polls(lagging)).toBe(5)
  expect(clock.now().getTime() - start).toBe(4000)
  await dns.waitForRecords([{ ...wanted, name: `x.${name}` }], options)
  expect(clock.now().getTime() - start).toBe(4750)
})

test('a server that drops a question now and then is not left out', async () => {
  const { dns, servers, clock } = await startExample({ count: 2, extra: written })
  const [, , limiting] = servers
  const shows = limiting?.handler
  let asked = 0
  // Missing, then two polls unanswered (three datagrams: a patient and a brief one), then missing again, then there.
  answerTxt(limiting, (question, query) => {
    asked += 1
    if (asked === 1 || asked === 5) return { aa: true, rcode: 3 }
    return asked < 5 ? 'silence' : (shows?.(question, query) ?? 'silence')
  })
  const before = clock.now().getTime()
  expect(await dns.waitForRecords([wanted], options)).toEqual([])
  expect(asked).toBe(6)
  expect(clock.now().getTime() - before).toBeGreaterThan(4750)
})

test('two values at one name cost one question a poll, and both must be there', async () => {
  const { dns, servers, zone } = await startExample({ extra: written })
  const two = [wanted, { ...wanted, value: 'second' }]
  const error = await failure(dns.waitForRecords(two, { signal, timeoutMs: 10 }))
  expect(error.message).toContain('= "token" and "second": ns1.example.test (127.0.0.3) shows only "token"')
  expect(polls(servers[1])).toBe(2)
  zone.records.push({ name, type: 'TXT', value: 'second' })
  expect(await dns.waitForRecords(two, options)).toEqual([])
  expect(polls(servers[1])).toBe(3)
})

test('records in several zones are waited for together', async () => {
  const { parent, zone } = exampleZones({ extra: written })
  const other = zoneData('other.test', ['a.other.test TXT token'])
  parent.records.push(
    { name: 'other.test', type: 'NS', value: 'ns.other.test' },
    { name: 'ns.other.test', type: 'A', value: '127.0.0.4' },
  )
  const lab = await startLab(recursive([parent, zone, other]), [
    authoritative([parent]),
    authoritative([zone]),
    authoritative([other]),
  ])
  const both = [wanted, { ...wanted, name: 'a.other.test' }]
  expect(await lab.dns.waitForRecords(both, options)).toEqual([])
  other.records = []
  const error = await failure(lab.dns.waitForRecords(both, { signal, timeoutMs: 200 }))
  expect(error.message).toContain('TXT a.other.test')
  expect(error.message).not.toContain(name)
})

test('many names that are missing are counted, not all described', async () => {
  const { dns } = await startExample({ extra: [] })
  const many = Array.from({ length: 10 }, (_, i) => ({ ...wanted, name: `n${i}.example.test` }))
  const { message } = await failure(dns.waitForRecords(many, { signal, timeoutMs: 200 }))
  expect(message.match(/TXT n\d\.example\.test/g)).toHaveLength(3)
  expect(message).toContain('and 7 more names.')
})

test('never asks a resolver for the name in mode authoritative', async () => {
  const { dns, resolver } = await startExample({ extra: written })
  await dns.waitForRecords([wanted], options)
  expect(resolver.log.map((question) => question.name)).not.toContain(name)
})

test('an abort in the middle ends it at once with the reason', async () => {
  const { dns, servers, clock } = await startExample({ count: 2, extra: [] })
  const abort = new AbortController()
  answerTxt(servers[1], () => {
    setImmediate(() => abort.abort(new Error('enough')))
    return 'silence'
  })
  const before = clock.now().getTime()
  await expect(dns.waitForRecords([wanted], { signal: abort.signal, timeoutMs: 30_000 })).rejects.toThrow('enough')
  expect(clock.now().getTime()).toBe(before)
  await expect(dns.waitForRecords([wanted], { signal: abort.signal, timeoutMs: 30_000 })).rejects.toThrow('enough')
})

test('mode none asks nobody', async () => {
  const { dns, resolver, servers } = await startExample({ dns: { mode: 'none' } })
  expect(await dns.waitForRecords([wanted], options)).toEqual([])
  expect([resolver, ...servers].flatMap(({ log }) => log)).toEqual([])
})

test('mode recursive asks the resolvers only after the authoritative servers agree, and 2 of 3 decide', async () => {
  const { parent, zone } = exampleZones({ extra: written })
  const knowing = recursive([parent, zone])
  const negative: DnsHandler = (question, query) => (question.type === 'TXT' ? { rcode: 3 } : knowing(question, query))
  const lab = await startLab(negative, [authoritative([parent]), authoritative([zone]), knowing, negative])
  const [, lagging, ...others] = lab.servers
  const judges = [lab.resolver, ...others]
  const dns = dnsOf(lab, { mode: 'recursive', resolvers: judges.map(({ endpoint }) => endpoint) })
  lag(lagging, 3)
  const early: string[] = []
  for (const judge of judges) {
    const says = judge.handler
    judge.handler = (question, query) => {
      if (question.type === 'TXT' && polls(lagging) < 4) early.push(judge.endpoint)
      return says(question, query)
    }
  }
  const { message } = await failure(dns.waitForRecords([wanted], options))
  expect(early).toEqual([])
  expect(message).toContain(
    `resolver ${judges[0]?.endpoint} does not show it (NXDOMAIN); resolver ${judges[1]?.endpoint} shows it;`,
  )
  lab.resolver.handler = knowing
  expect(await dns.waitForRecords([wanted], options)).toEqual([])
})

test('in mode recursive those decide that judge, not those that find', async () => {
  const { parent, zone } = exampleZones({ extra: written })
  const knowing = recursive([parent, zone])
  const negative: DnsHandler = (question, query) => (question.type === 'TXT' ? { rcode: 3 } : knowing(question, query))
  const lab = await startLab(negative, [authoritative([parent]), authoritative([zone]), knowing, knowing, negative])
  const { clock } = lab
  const judges = lab.servers.slice(2)
  const wire = new Wire({ clock, random: systemRandom() })
  const judging = openResolver(
    judges.map(({ endpoint }) => endpoint),
    { wire, clock },
  )
  const finding = openResolver([lab.resolver.endpoint], { wire, clock })
  const resolver = new Resolver(finding.upstreams, clock, judging.upstreams)
  const authoritatives = new Authoritative({ wire, clock, port: lab.resolver.port })
  const zones = new Zones({ resolver, authoritative: authoritatives, nameServers: new NameServers(resolver, true), clock })
  const with_ = { zones, authoritative: authoritatives, resolver, mode: 'recursive', clock } as const
  expect(await waitForRecords([wanted], options, with_)).toEqual([])
  expect(polls(lab.resolver)).toBe(0)
  answerTxt(judges[0], () => ({ rcode: 3 }))
  const { message } = await failure(waitForRecords([wanted], { signal, timeoutMs: 0 }, with_))
  expect(message).toContain(`resolver ${judges[1]?.endpoint} shows it; resolver ${judges[2]?.endpoint} does not show it`)
})

test('mode recursive asks each resolver once when there is no time', async () => {
  const { parent, zone } = exampleZones({ extra: written })
  const knowing = recursive([parent, zone])
  const lab = await startLab(knowing, [authoritative([parent]), authoritative([zone]), knowing, knowing])
  const judges = [lab.resolver, ...lab.servers.slice(2)]
  const dns = dnsOf(lab, { mode: 'recursive', resolvers: judges.map(({ endpoint }) => endpoint) })
  expect(await dns.waitForRecords([wanted], { signal, timeoutMs: 0 })).toEqual([])
  for (const judge of judges.slice(1)) answerTxt(judge, () => ({ rcode: 3 }))
  const before = judges.map(polls)
  const { message } = await failure(dns.waitForRecords([wanted], { signal, timeoutMs: 0 }))
  expect(message).toContain('shows it; resolver')
  expect(judges.map((judge, n) => polls(judge) - (before[n] ?? 0))).toEqual([1, 1, 1])
})

test('a resolver that is dead does not slow the others', async () => {
  const { parent, zone } = exampleZones({ extra: written })
  const knowing = recursive([parent, zone])
  const lab = await startLab(knowing, [authoritative([parent]), authoritative([zone]), knowing, () => 'silence'])
  const resolvers = [lab.resolver, ...lab.servers.slice(2)].map(({ endpoint }) => endpoint)
  const before = lab.clock.now().getTime()
  expect(await dnsOf(lab, { mode: 'recursive', resolvers }).waitForRecords([wanted], options)).toEqual([])
  expect(lab.clock.now().getTime()).toBe(before)
})

test('a zone that does not exist is told at once', async () => {
  const com = zoneData('com', ['com NS ns.com', 'ns.com A 127.0.0.2'])
  const { dns } = await startLab(recursive([com]), [authoritative([com])])
  expect((await failure(dns.waitForRecords([{ ...wanted, name: 'x.example.com' }], options))).code).toBe('DNS_ZONE_NOT_FOUND')
})

test('100 names at 3 servers, one of them dead, take as long as one name', async () => {
  const names = Array.from({ length: 100 }, (_, i) => `_acme-challenge.n${i}.example.test`)
  const { dns, servers, clock } = await startExample({ count: 3, extra: names.map((each) => `${each} TXT token`) })
  const [, , , dead] = servers
  if (dead) dead.handler = () => 'silence'
  const before = clock.now().getTime()
  const warnings = await dns.waitForRecords(
    names.map((each) => ({ ...wanted, name: each })),
    options,
  )
  expect(warnings).toEqual(['Name server ns3.example.test (127.0.0.5) of example.test was left out: unreachable (timeout).'])
  expect(clock.now().getTime() - before).toBe(4000)
  expect(dead?.log.length).toBeLessThan(5)
})

/** TXT questions that a server was asked. */
function polls(server: DnsServer | undefined): number {
  return server?.log.filter(({ type }) => type === 'TXT').length ?? 0
}

function answerTxt(server: DnsServer | undefined, handler: DnsHandler): void {
  if (!server) throw new Error('no such server')
  const rest = server.handler
  server.handler = (question, query) => (question.type === 'TXT' ? handler(question, query) : rest(question, query))
}

/** The server does not have the record yet for so many polls. */
function lag(server: DnsServer | undefined, count: number): void {
  const rest = server?.handler
  let asked = 0
  answerTxt(server, (question, query) => (++asked <= count || !rest ? { aa: true, rcode: 3 } : rest(question, query)))
}

async function failure(work: Promise<unknown>): Promise<DomainctlError> {
  const thrown = await work.then(
    () => undefined,
    (error: unknown) => error,
  )
  expect(thrown).toBeInstanceOf(DomainctlError)
  return thrown as DomainctlError
}
