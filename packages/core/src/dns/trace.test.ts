import type { Answer } from 'dns-packet'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { DnsHandler } from '../testing/dns-server.ts'
import { authoritative, recursive, type ZoneData, zoneData } from '../testing/dns-zone-data.ts'
import { exampleZones, type Lab, NEVER, soa, startExample, startLab } from './lab.test.support.ts'

const signal = NEVER

/** `example.test` at 127.0.0.3 and further zones below `test`, each at the next address. */
async function startZones(extra: string[], others: ZoneData[]): Promise<Lab & { parent: ZoneData; zone: ZoneData }> {
  const { parent, zone } = exampleZones({ extra })
  for (const [i, { apex }] of others.entries()) {
    parent.records.push(
      { name: apex, type: 'NS', value: `ns.${apex}` },
      { name: `ns.${apex}`, type: 'A', value: `127.0.0.${i + 4}` },
    )
  }
  const lab = await startLab(
    recursive([parent, zone, ...others]),
    [parent, zone, ...others].map((data) => authoritative([data])),
  )
  return { ...lab, parent, zone }
}

const asked = (lab: Pick<Lab, 'servers'>, server: number) =>
  lab.servers[server]?.log.filter(({ type }) => type !== 'SOA').map(({ name, type }) => `${name} ${type}`)

test('addresses at the name itself, of both families', async () => {
  const lab = await startZones(
    ['www.example.test A 192.0.2.1', 'www.example.test A 192.0.2.2', 'www.example.test AAAA 2001:db8::1'],
    [],
  )
  expect(await lab.dns.trace('WWW.example.test.', { signal })).toEqual({
    path: ['www.example.test'],
    end: 'addresses',
    addresses: ['192.0.2.1', '192.0.2.2', '2001:db8::1'],
    ttl: 300,
  })
  expect(asked(lab, 1)).toEqual(['www.example.test A', 'www.example.test AAAA'])
})

test('addresses of IPv6 alone are addresses', async () => {
  const { dns } = await startZones(['www.example.test AAAA 2001:db8::1'], [])
  expect(await dns.trace('www.example.test', { signal })).toMatchObject({ end: 'addresses', addresses: ['2001:db8::1'] })
})

test('follows a chain across zones, each hop at the servers of its own zone, and asks no resolver for the names', async () => {
  const lab = await startZones(
    ['www.example.test CNAME a.other.test'],
    [
      zoneData('other.test', ['a.other.test CNAME edge.third.test']),
      zoneData('third.test', ['edge.third.test A 192.0.2.9', 'edge.third.test AAAA 2001:db8::9']),
    ],
  )
  expect(await lab.dns.trace('www.example.test', { signal })).toEqual({
    path: ['www.example.test', 'a.other.test', 'edge.third.test'],
    end: 'addresses',
    addresses: ['192.0.2.9', '2001:db8::9'],
    ttl: 300,
  })
  expect([1, 2, 3].map((server) => asked(lab, server))).toEqual([
    ['www.example.test A'],
    ['a.other.test A'],
    ['edge.third.test A', 'edge.third.test AAAA'],
  ])
  expect(lab.resolver.log.map(({ name }) => name)).not.toContain('edge.third.test')
})

const cname = (name: string, data: string, ttl = 300): Answer => ({ type: 'CNAME', name, data, ttl })
const address = (name: string, data: string, ttl = 300): Answer => ({ type: 'A', name, data, ttl })

/** At `example.test`: the SOA as it is, and these answers for everything else. */
function answering(zone: ZoneData, answers: (type: string) => Answer[]): DnsHandler {
  const usual = authoritative([zone])
  return (question, query) =>
    question.type === 'SOA' ? usual(question, query) : { aa: true, answers: answers(question.type), authorities: [] }
}

test('a chain that a server gives whole is taken at once, as far as it is in its zone', async () => {
  const lab = await startZones([], [zoneData('other.test', ['x.other.test A 192.0.2.9'])])
  const [, server] = lab.servers
  if (!server) throw new Error('no server was started')
  server.handler = answering(lab.zone, (type) =>
    type === 'A'
      ? [
          cname('www.example.test', 'b.example.test', 90),
          cname('b.example.test', 'c.example.test', 50),
          address('c.example.test', '192.0.2.1', 40),
        ]
      : [],
  )
  expect(await lab.dns.trace('www.example.test', { signal })).toEqual({
    path: ['www.example.test', 'b.example.test', 'c.example.test'],
    end: 'addresses',
    addresses: ['192.0.2.1'],
    ttl: 40,
  })
  expect(asked(lab, 1)).toEqual(['www.example.test A', 'c.example.test AAAA'])

  // What it says of a name in another zone is not believed.
  server.handler = answering(lab.zone, () => [cname('a.example.test', 'x.other.test'), address('x.other.test', '6.6.6.6')])
  expect(await lab.dns.trace('a.example.test', { signal })).toMatchObject({ addresses: ['192.0.2.9'] })
})

test.each([
  [
    'exists and has no address',
    ['www.example.test CNAME t.example.test', 't.example.test TXT x'],
    'none',
    ['t.example.test'],
    undefined,
  ],
  [
    'does not exist',
    ['www.example.test CNAME gone.example.test'],
    'missing',
    ['gone.example.test'],
    /gone\.example\.test does not exist/,
  ],
  [
    'is in a zone that nobody has',
    ['www.example.test CNAME www.gone.com'],
    'missing',
    ['www.gone.com'],
    /gone\.com does not exist/,
  ],
  [
    'cannot be looked up',
    ['www.example.test CNAME \u001b[31m.example.test'],
    'missing',
    [expect.stringContaining('[31m.example.test')],
    /^"[!-~]+\[31m\.example\.test" is not a name that can be looked up\.$/,
  ],
] as const)('a target that %s', async (_, extra, end, path, why) => {
  const { parent, zone } = exampleZones({ extra: [...extra] })
  const com = zoneData('com', ['com NS ns.com', 'ns.com A 127.0.0.4'])
  const { dns } = await startLab(
    recursive([parent, zone, com]),
    [parent, zone, com].map((data) => authoritative([data])),
  )
  expect(await dns.trace('www.example.test', { signal })).toEqual({
    path: ['www.example.test', ...path],
    end,
    addresses: [],
    ttl: 300,
    ...(why && { why: expect.stringMatching(why) }),
  })
})

test('a name that does not exist, and one without addresses', async () => {
  const { dns } = await startExample({ extra: ['www.example.test TXT x'] })
  expect(await dns.trace('gone.example.test', { signal })).toMatchObject({ path: ['gone.example.test'], end: 'missing' })
  expect(await dns.trace('www.example.test', { signal })).toEqual({ path: ['www.example.test'], end: 'none', addresses: [] })
})

test('a loop has the name where it closes at its end; 16 hops are followed, 17 and 100 are not', async () => {
  const chain = Array.from({ length: 100 }, (_, i) => `h${i}.example.test CNAME h${i + 1}.example.test`)
  const loops = [
    'a.example.test CNAME b.example.test',
    'b.example.test CNAME A.example.test',
    'self.example.test CNAME self.example.test',
  ]
  const lab = await startExample({ extra: [...loops, ...chain, 'h100.example.test A 192.0.2.1'] })
  const trace = async (name: string) => await lab.dns.trace(name, { signal })
  expect(await trace('a.example.test')).toMatchObject({
    path: ['a.example.test', 'b.example.test', 'a.example.test'],
    end: 'loop',
  })
  expect(await trace('self.example.test')).toMatchObject({ path: ['self.example.test', 'self.example.test'], end: 'loop' })
  expect(await trace('h84.example.test')).toMatchObject({ end: 'addresses', path: { length: 17 } })
  expect(await trace('h83.example.test')).toMatchObject({ end: 'too-long', path: { length: 17 }, addresses: [] })
  const before = lab.servers[1]?.log.length ?? 0
  expect(await trace('h0.example.test')).toMatchObject({ end: 'too-long' })
  expect((lab.servers[1]?.log.length ?? 0) - before).toBeLessThan(40)
})

test('a loop and a chain of 100 in one answer end as well', async () => {
  const lab = await startExample()
  const [, server] = lab.servers
  if (!server) throw new Error('no server was started')
  server.handler = answering(lab.zone, () => [
    cname('a.example.test', 'b.example.test'),
    cname('b.example.test', 'a.example.test'),
  ])
  expect(await lab.dns.trace('a.example.test', { signal })).toMatchObject({ end: 'loop' })
  server.handler = answering(lab.zone, () =>
    Array.from({ length: 100 }, (_, i) => cname(`h${i}.example.test`, `h${i + 1}.example.test`)),
  )
  expect(await lab.dns.trace('h0.example.test', { signal })).toMatchObject({ end: 'too-long', path: { length: 17 } })
})

test('the rcode beside a CNAME is not that of the name', async () => {
  const lab = await startZones([], [zoneData('other.test', ['x.other.test A 192.0.2.9'])])
  const [, server] = lab.servers
  if (!server) throw new Error('no server was started')
  const usual = authoritative([lab.zone])
  for (const rcode of [2, 3]) {
    server.handler = (question, query) =>
      question.type === 'SOA' ? usual(question, query) : { aa: true, rcode, answers: [cname('a.example.test', 'x.other.test')] }
    expect(await lab.dns.trace('a.example.test', { signal })).toMatchObject({ end: 'addresses', addresses: ['192.0.2.9'] })
    await lab.dns.observe('a.example.test', 'CNAME', { signal })
  }
})

test('servers that fail for AAAA alone hide no IPv4 address', async () => {
  const lab = await startExample({ extra: ['www.example.test A 192.0.2.1'] })
  const [, server] = lab.servers
  if (!server) throw new Error('no server was started')
  const usual = server.handler
  server.handler = (question, query) => (question.type === 'AAAA' ? { rcode: 2 } : usual(question, query))
  expect(await lab.dns.trace('www.example.test', { signal })).toMatchObject({ end: 'addresses', addresses: ['192.0.2.1'] })
})

test('silence says at which zone, and nothing is thrown', async () => {
  const lab = await startZones(['www.example.test CNAME x.other.test'], [zoneData('other.test', [])])
  const [, , other] = lab.servers
  if (other) other.handler = () => ({ rcode: 5 })
  expect(await lab.dns.trace('www.example.test', { signal })).toEqual({
    path: ['www.example.test', 'x.other.test'],
    end: 'silent',
    addresses: [],
    ttl: 300,
    why: expect.stringContaining('ns.other.test (127.0.0.4): REFUSED'),
  })
  // The target is mended: it is looked for anew at once.
  if (other) other.handler = authoritative([zoneData('other.test', ['x.other.test A 192.0.2.9'])])
  expect(await lab.dns.trace('www.example.test', { signal })).toMatchObject({ end: 'addresses' })
})

test('a thousand names with one target ask for that target once, for a minute', async () => {
  const names = Array.from({ length: 1000 }, (_, i) => `n${i}.example.test`)
  const lab = await startZones(
    names.map((name) => `${name} CNAME edge.other.test`),
    [zoneData('other.test', ['edge.other.test A 192.0.2.9'])],
  )
  const target = ['edge.other.test A', 'edge.other.test AAAA']
  for (let i = 0; i < 1000; i += 50) await Promise.all(names.slice(i, i + 50).map((name) => lab.dns.trace(name, { signal })))
  await lab.dns.trace('edge.other.test', { signal })
  expect(asked(lab, 2)).toEqual(target)
  expect(asked(lab, 1)).toHaveLength(1000)
  await lab.clock.sleep(61_000)
  await lab.dns.trace('n0.example.test', { signal })
  expect(asked(lab, 2)).toEqual([...target, ...target])
})

test('a name that has been looked at since is traced anew', async () => {
  const lab = await startZones(['www.example.test A 192.0.2.1'], [])
  const trace = async () => (await lab.dns.trace('www.example.test', { signal })).addresses
  expect(await trace()).toEqual(['192.0.2.1'])
  for (const record of lab.zone.records) if (record.name === 'www.example.test') record.value = '192.0.2.2'
  expect(await trace()).toEqual(['192.0.2.1'])
  const [, addresses] = await Promise.all([lab.dns.observe('www.example.test', 'A', { signal }), trace()])
  expect(addresses).toEqual(['192.0.2.2'])
})

test('an abort is the rejection; a name that cannot be asked is the fault of the caller', async () => {
  const { dns } = await startExample()
  await expect(dns.trace('www.example.test', { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough')
  await expect(dns.trace(`${'a'.repeat(64)}.example.test`, { signal })).rejects.toMatchObject({ code: 'NAME_INVALID' })
})

test('whatever a server answers, the trace ends, with a path of 18 names at most', async () => {
  const lab = await startExample()
  const [, server] = lab.servers
  if (!server) throw new Error('no server was started')
  const usual = server.handler
  const name = fc.constantFrom('a.example.test', 'b.example.test', 'c.example.test', 'example.test', 'x.gone.test', '.')
  const record = fc.oneof(
    fc.tuple(name, name).map(([owner, target]) => cname(owner, target)),
    name.map((owner) => address(owner, '192.0.2.1')),
    name.map((owner): Answer => ({ type: 'NS', name: owner, data: 'ns1.example.test' })),
    name.map((owner) => soa(owner)),
  )
  const reply = fc.record({
    rcode: fc.constantFrom(0, 0, 0, 2, 3, 5),
    aa: fc.boolean(),
    answers: fc.array(record, { maxLength: 6 }),
    authorities: fc.array(record, { maxLength: 2 }),
  })
  await fc.assert(
    fc.asyncProperty(reply, reply, async (one, two) => {
      server.handler = (question, query) => (question.type === 'SOA' ? usual(question, query) : question.type === 'A' ? one : two)
      const { path, end, addresses } = await lab.dns.trace('a.example.test', { signal })
      expect(path.length).toBeLessThanOrEqual(18)
      expect(addresses.length > 0).toBe(end === 'addresses')
      await lab.clock.sleep(61_000)
    }),
    { numRuns: 60 },
  )
})
