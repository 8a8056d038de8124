import { expect, test } from 'vitest'
import type { Check } from '../../contracts/verification.ts'
import { exampleZones, NEVER, startExample, startLab } from '../../dns/lab.test.support.ts'
import type { DnsHandler } from '../../testing/dns-server.ts'
import { authoritative, recursive, zoneData } from '../../testing/dns-zone-data.ts'
import { lookAtCopies, lookAtZones } from './zones.ts'

const now = new Date('2026-01-02T03:04:05Z')
const signal = NEVER
const REFUSED = 5
const SERVFAIL = 2

/** As a resolver that validates, for a zone whose signatures are broken: it answers only when told not to check. */
function bogusFor(apex: string, honest: DnsHandler): DnsHandler {
  return (question, query) => (question.name.endsWith(apex) && !query.flag_cd ? { rcode: SERVFAIL } : honest(question, query))
}

test('two names of one sound zone are one check', async () => {
  const { dns, servers } = await startExample({ count: 2 })
  const checks = await lookAtZones({ dns, signal, now }, ['www.example.test', 'example.test', 'shop.example.test'])
  expect(checks).toEqual([
    {
      purpose: 'zone',
      record: { type: 'NS', name: 'example.test', expected: ['ns1.example.test', 'ns2.example.test'] },
      seen: [3, 4].map((n) => ({
        server: `ns${n - 2}.example.test (127.0.0.${n})`,
        rcode: 'NOERROR',
        values: ['ns1.example.test', 'ns2.example.test'],
      })),
      ok: true,
      state: 'ok',
      explanation: 'The zone example.test is delegated, and its 2 name servers answer.',
      actor: 'customer',
    },
  ])
  const [, first] = servers
  expect(first?.log.filter(({ name, type }) => name === 'example.test' && type === 'NS').length).toBeLessThanOrEqual(1)
})

test('each thing that is wrong is a check, errors first', async () => {
  const { dns, servers, resolver } = await startExample({ count: 2 })
  const [, , second] = servers
  if (second) second.handler = () => ({ rcode: REFUSED })
  resolver.handler = bogusFor('example.test', resolver.handler)
  const checks = await lookAtZones({ dns, signal, now }, ['www.example.test'])
  expect(checks).toMatchObject([
    { problem: 'DNSSEC_BOGUS', ok: false, severity: 'error', actor: 'customer', record: { name: 'example.test' } },
    { problem: 'ZONE_SERVER_REFUSES', ok: true, severity: 'warning', seen: [{ rcode: 'NOERROR' }, { rcode: 'REFUSED' }] },
  ])
  expect(checks[0]?.seen).toContainEqual({ server: resolver.endpoint, rcode: 'SERVFAIL', values: [] })
})

test('a resolver that does not validate proves nothing', async () => {
  const { dns } = await startExample()
  expect(await lookAtZones({ dns, signal, now }, ['www.example.test'])).toMatchObject([{ ok: true, state: 'ok' }])
})

test('no server has the zone', async () => {
  const { dns, servers } = await startExample({ count: 2 })
  for (const server of servers.slice(1)) server.handler = () => ({ rcode: REFUSED })
  expect(await lookAtZones({ dns, signal, now }, ['www.example.test'])).toMatchObject([
    { problem: 'ZONE_REFUSED', ok: false, record: { name: 'example.test' }, seen: [{ rcode: 'REFUSED' }, { rcode: 'REFUSED' }] },
  ])
})

test('a domain that was not renewed, and one that the registry delegates to nobody', async () => {
  const registry = zoneData('com', ['com NS ns.com', 'ns.com A 127.0.0.2', 'ns1.held.com A 127.0.0.9'])
  const { dns } = await startLab(recursive([registry]), [authoritative([registry])])
  const checks = await lookAtZones({ dns, signal, now }, ['www.gone.com', 'gone.com', 'www.held.com'])
  expect(checks).toMatchObject([
    { problem: 'DOMAIN_NOT_REGISTERED', ok: false, record: { type: 'NS', name: 'gone.com', expected: [] }, actor: 'customer' },
    { problem: 'ZONE_NOT_DELEGATED', ok: false, record: { name: 'held.com' }, actor: 'customer' },
  ])
  for (const check of checks) expect(check).not.toHaveProperty('fix')
})

test('a domain that its registrar has parked on name servers for expired ones', async () => {
  const hosts = ['ns1.dns-expired.com A 127.0.0.3', 'ns2.dns-expired.com A 127.0.0.3']
  const delegation = ['lapsed.com NS ns1.dns-expired.com', 'lapsed.com NS ns2.dns-expired.com']
  const registry = zoneData('com', ['com NS ns.com', 'ns.com A 127.0.0.2', ...delegation, ...hosts])
  const parked = zoneData('lapsed.com', delegation)
  const { dns } = await startLab(recursive([registry, parked]), [authoritative([registry]), authoritative([parked])])
  expect(await lookAtZones({ dns, signal, now }, ['www.lapsed.com'])).toMatchObject([
    { problem: 'DOMAIN_SUSPENDED', ok: false, explanation: expect.stringContaining('Hostinger') },
  ])
})

test('parent and child that differ, and an internal view', async () => {
  const { parent, zone } = exampleZones()
  const child = { ...zone, records: [...zone.records, { name: 'example.test', type: 'NS' as const, value: 'ns9.example.test' }] }
  const inside = zoneData('example.test', ['example.test NS dc1.example.test'])
  const honest = recursive([child, parent])
  const { dns } = await startLab(
    (question, query) => {
      const reply = question.type === 'SOA' && question.name === 'example.test' ? soaOf(inside.apex) : undefined
      return reply ?? honest(question, query)
    },
    [authoritative([parent]), authoritative([child])],
  )
  expect(await lookAtZones({ dns, signal, now }, ['www.example.test'])).toMatchObject([
    { problem: 'ZONE_PARENT_DIFFERS', ok: true, explanation: expect.stringContaining('ns9.example.test') },
    { problem: 'SPLIT_HORIZON', ok: true, explanation: expect.stringContaining('dc1.corp.test') },
  ])
})

function soaOf(name: string) {
  const data = { mname: 'dc1.corp.test', rname: 'admin.corp.test', serial: 7, refresh: 1, retry: 1, expire: 1, minimum: 1 }
  return { answers: [{ type: 'SOA' as const, name, ttl: 60, data }] }
}

test('no resolver answers: one check; an abort is no finding', async () => {
  const { dns, resolver } = await startExample()
  await resolver.close()
  expect(await lookAtZones({ dns, signal, now }, ['www.example.test', 'example.test'])).toMatchObject([
    { problem: 'DNS_UNREACHABLE', ok: false, state: 'unknown', record: { name: 'www.example.test' } },
  ])
  const reason = new Error('enough')
  await expect(lookAtZones({ dns, signal: AbortSignal.abort(reason), now }, ['www.example.test'])).rejects.toBe(reason)
})

test('a record that only some servers show, of a zone that is there in two copies: waiting does not help', async () => {
  const partly = { problem: 'RECORD_PARTIAL', record: { type: 'TXT', name: 'x.example.test', expected: [] } } as unknown as Check
  const late = await startExample({ count: 2 })
  expect(await lookAtCopies({ dns: late.dns, signal, now }, [partly])).toEqual([])

  const { dns, servers } = await startExample({ count: 2 })
  const [, , second] = servers
  if (!second) throw new Error('a server is missing')
  const good = second.handler
  second.handler = (question, query) => {
    const reply = good(question, query)
    if (question.type !== 'SOA' || typeof reply === 'string' || !('answers' in reply)) return reply
    const answers = (reply.answers ?? []).map((answer) =>
      answer.type === 'SOA' ? { ...answer, data: { ...answer.data, mname: 'ns.old.test', serial: 7 } } : answer,
    )
    return { ...reply, answers }
  }
  expect(await lookAtCopies({ dns, signal, now }, [])).toEqual([])
  expect(await lookAtCopies({ dns, signal, now }, [partly, partly])).toMatchObject([
    { purpose: 'zone', problem: 'ZONE_COPIES_DIFFER', ok: false, actor: 'customer', record: { name: 'example.test' } },
  ])
})
