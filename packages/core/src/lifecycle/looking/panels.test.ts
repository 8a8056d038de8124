import { expect, test } from 'vitest'
import type { Check } from '../../contracts/verification.ts'
import { NEVER, startLab } from '../../dns/lab.test.support.ts'
import { authoritative, recursive, zoneData } from '../../testing/dns-zone-data.ts'
import { withPanels } from './panels.ts'

const now = new Date('2026-01-02T03:04:05Z')

const missing: Check = {
  purpose: 'ownership',
  record: { type: 'TXT', name: '_domainctl.shop.example.test', expected: ['domainctl=1'] },
  seen: [],
  ok: false,
  state: 'missing',
  problem: 'RECORD_MISSING',
  severity: 'error',
  explanation: 'It is not there.',
  fix: { action: 'create', type: 'TXT', name: '_domainctl.shop.example.test', value: 'domainctl=1', ttl: 300 },
  actor: 'customer',
}

/** A zone whose name servers are called so. */
async function look(nameServer: string, ...checks: Check[]) {
  const parent = zoneData('test', [
    'test NS ns.test',
    'ns.test A 127.0.0.2',
    `example.test NS ${nameServer}`,
    `${nameServer} A 127.0.0.3`,
  ])
  const zone = zoneData('example.test', [`example.test NS ${nameServer}`, `${nameServer} A 127.0.0.3`])
  const { dns, resolver } = await startLab(recursive([parent, zone]), [authoritative([parent]), authoritative([zone])])
  const told = await withPanels({ dns, signal: NEVER, now }, checks)
  return { told, asked: resolver.log.length }
}

test('a check with a problem has its zone, and the forms of its host where that is known', async () => {
  const { told } = await look('ns1.example.test', missing)
  expect(told).toEqual([{ ...missing, zone: 'example.test' }])
  const more = [{ type: 'A' as const, name: 'shop.example.test', value: '192.0.2.1', ttl: 300 }]
  const fix = missing.fix && { ...missing.fix, more }
  const hosted = await look('ada.ns.cloudflare.com', { ...missing, ...(fix && { fix }) })
  expect(hosted.told).toMatchObject([
    {
      zone: 'example.test',
      host: 'cloudflare',
      fix: {
        panel: { title: 'Cloudflare' },
        more: [{ value: '192.0.2.1', panel: { title: 'Cloudflare' } }],
      },
    },
  ])
})

test('of what is right, only good to know, or could not be seen, nothing is asked', async () => {
  const { problem: _, severity: _error, fix: _fix, ...right } = missing
  const info: Check = { ...missing, ok: true, state: 'ok', problem: 'ROUTING_FLATTENED', severity: 'info' }
  const { fix: _none, ...unknown } = { ...missing, state: 'unknown' as const, problem: 'DNS_UNREACHABLE' }
  const checks = [{ ...right, ok: true }, info, unknown]
  expect(await look('ada.ns.cloudflare.com', ...checks)).toEqual({ told: checks, asked: 0 })
})

test('a zone is its own place', async () => {
  const { fix: _, ...check } = missing
  const record = { type: 'NS' as const, name: 'example.test', expected: ['ns1.domaincontrol.com'] }
  const { told, asked } = await look('ns1.example.test', { ...check, purpose: 'zone', problem: 'DNSSEC_BOGUS', record })
  expect(told).toMatchObject([{ zone: 'example.test', host: 'godaddy' }])
  expect(asked).toBe(0)
})
