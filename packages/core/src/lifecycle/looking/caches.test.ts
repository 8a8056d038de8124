import { expect, test } from 'vitest'
import type { Check } from '../../contracts/verification.ts'
import { exampleZones, NEVER, startLab } from '../../dns/lab.test.support.ts'
import { authoritative, recursive, type ZoneRecord } from '../../testing/dns-zone-data.ts'
import { lookAtCaches } from './caches.ts'

const now = new Date('2026-01-02T03:04:05Z')
const NAME = 'www.example.test'

/** Servers with these records, and a resolver that still has others; what it was asked is in `asked`. */
async function open(records: ZoneRecord[], cached: ZoneRecord[]) {
  const { parent, zone } = exampleZones()
  const before = { ...zone, records: [...zone.records, ...cached] }
  const after = { ...zone, records: [...zone.records, ...records] }
  const { dns, resolver } = await startLab(recursive([before, parent]), [authoritative([parent]), authoritative([after])])
  return {
    look: (checks: Check[], o?: { decides: boolean }) => lookAtCaches({ dns, signal: NEVER, now }, checks, o),
    resolver,
    asked: () => resolver.log.filter(({ name }) => name === NAME),
  }
}

function right(type: 'TXT' | 'CNAME' | 'A', expected: string[], o: Partial<Check> = {}): Check {
  return {
    purpose: type === 'TXT' ? 'ownership' : 'routing',
    record: { type, name: NAME, expected },
    seen: [{ server: 'ns1.example.test (127.0.0.3)', rcode: 'NOERROR', values: expected }],
    ok: true,
    state: 'ok',
    explanation: 'It is right.',
    actor: 'customer',
    ...o,
  }
}

const cname = (value: string): ZoneRecord => ({ name: NAME, type: 'CNAME', value })
const edge = right('CNAME', ['edge.example.test'])

test('an old CNAME: wait for the rest of its TTL', async () => {
  const { look, resolver } = await open([cname('edge.example.test')], [cname('old.example.test')])
  expect(await look([edge])).toMatchObject([
    {
      purpose: 'routing',
      record: edge.record,
      ok: true,
      severity: 'warning',
      problem: 'CACHE_OLD',
      lookAgainAt: '2026-01-02T03:09:05.000Z',
      fix: { action: 'wait' },
      explanation: expect.stringContaining(`${resolver.endpoint} (for up to 5 min)`),
      seen: [{ values: ['edge.example.test'] }, { server: resolver.endpoint, ttl: 300 }],
    },
  ])
  expect(await look([edge], { decides: true })).toMatchObject([{ ok: false, state: 'missing', severity: 'error' }])
})

test('"no such record": wait for as long as the SOA says', async () => {
  const { look } = await open([{ name: NAME, type: 'TXT', value: 'domainctl=1' }], [])
  expect(await look([right('TXT', ['domainctl=1'])])).toMatchObject([
    { problem: 'CACHE_NEGATIVE', ok: true, lookAgainAt: '2026-01-02T03:05:05.000Z' },
  ])
})

test('resolvers that agree, or fail: nothing', async () => {
  const { look, resolver } = await open([cname('edge.example.test')], [cname('edge.example.test')])
  expect(await look([edge])).toEqual([])
  resolver.handler = () => ({ rcode: 2 })
  expect(await look([edge])).toEqual([])
})

test('what is not right, or not at every server as it is wanted, is not asked of resolvers', async () => {
  const { look, asked } = await open([], [])
  const missing = right('CNAME', ['edge.example.test'], { ok: false })
  const flattened = right('CNAME', ['edge.example.test'], { seen: [{ server: 'ns1', rcode: 'NOERROR', values: [] }] })
  const lagging = right('A', ['192.0.2.1'], {
    seen: [
      { server: 'ns1', rcode: 'NOERROR', values: ['192.0.2.1'] },
      { server: 'ns2', rcode: 'NXDOMAIN', values: [] },
    ],
  })
  const unseen = right('A', ['192.0.2.1'], { seen: [{ server: 'ns1', rcode: 'timeout', values: [] }] })
  expect(await look([missing, flattened, lagging, unseen])).toEqual([])
  expect(asked()).toEqual([])
})
