import type { Check, DomainReport } from '@domainctl/core'

/** A domain as `verify` reports it while records are missing. */
export const domain: DomainReport = {
  id: '01',
  tenant: 'default',
  name: 'shop.example.com',
  unicodeName: 'shop.example.com',
  names: ['shop.example.com'],
  status: 'pending_dns',
  provider: 'manual',
  challenge: 'dns-01',
  keyType: 'ec256',
  records: [],
  deployments: [],
  attempts: 1,
  nextActionAt: '2026-11-21T14:05:45.000Z',
  labels: {},
  createdAt: '2026-11-21T14:00:00.000Z',
  updatedAt: '2026-11-21T14:05:00.000Z',
}

export const now = new Date('2026-11-21T14:05:00.000Z')

const value = 'domainctl=0123456789abcdef0123456789abcdef'
const owner = '_domainctl.shop.example.com'
const [ns1, ns2] = ['ns1.example.com (192.0.2.1)', 'ns2.example.com (192.0.2.2)']

export const healthyZone: Check = {
  purpose: 'zone',
  record: { type: 'NS', name: 'example.com', expected: ['ns1.example.com', 'ns2.example.com'] },
  seen: [ns1, ns2].map((server) => ({ server, rcode: 'NOERROR', values: ['ns1.example.com', 'ns2.example.com'], ttl: 86_400 })),
  ok: true,
  state: 'ok',
  explanation: 'Both name servers of example.com answer and agree.',
  actor: 'customer',
}

export const missing: Check = {
  purpose: 'ownership',
  record: { type: 'TXT', name: owner, expected: [value] },
  seen: [ns1, ns2].map((server) => ({ server, rcode: 'NXDOMAIN', values: [] })),
  ok: false,
  state: 'missing',
  problem: 'RECORD_MISSING',
  severity: 'error',
  explanation: `TXT ${owner} is not there (asked ${ns1}, ${ns2}).`,
  fix: { action: 'create', type: 'TXT', name: owner, value, ttl: 300 },
  actor: 'customer',
}

export const elsewhere: Check = {
  purpose: 'routing',
  record: { type: 'CNAME', name: 'shop.example.com', expected: ['edge.hosting.net'] },
  seen: [ns1, ns2].map((server) => ({ server, rcode: 'NOERROR', values: ['old-shop.netlify.app'], ttl: 86_400 })),
  ok: false,
  state: 'wrong',
  problem: 'ROUTING_ELSEWHERE',
  severity: 'error',
  explanation:
    'shop.example.com is a CNAME to "old-shop.netlify.app", which is at Netlify, and should be a CNAME to "edge.hosting.net". After the change resolvers may go on showing the old value for up to 24 hours.',
  fix: {
    action: 'change',
    type: 'CNAME',
    name: 'shop.example.com',
    value: 'edge.hosting.net',
    ttl: 300,
    remove: [{ type: 'CNAME', name: 'shop.example.com', value: 'old-shop.netlify.app' }],
    panel: {
      host: 'cloudflare',
      title: 'Cloudflare',
      fields: [
        { label: 'Type', value: 'CNAME' },
        { label: 'Name', value: 'shop' },
        { label: 'Target', value: 'edge.hosting.net' },
        { label: 'Proxy status', value: 'DNS only' },
        { label: 'TTL', value: 'Auto' },
      ],
      note: 'The cloud beside "Proxy status" must be grey, not orange: behind an orange cloud other addresses are shown.',
    },
  },
  actor: 'customer',
}

export const unreachable: Check = {
  purpose: 'zone',
  record: { type: 'NS', name: 'example.com', expected: [] },
  seen: [],
  ok: false,
  state: 'wrong',
  problem: 'ZONE_UNREACHABLE',
  severity: 'error',
  explanation: `The registry sends everybody to ${ns1} and ${ns2}, and neither answers (time-out). While that is so, nobody can see any record of example.com.`,
  actor: 'provider',
}

export const unknown: Check = {
  purpose: 'ownership',
  record: { type: 'TXT', name: owner, expected: [value] },
  seen: [ns1, ns2].map((server) => ({ server, rcode: 'time-out', values: [] })),
  ok: false,
  state: 'unknown',
  problem: 'DNS_UNREACHABLE',
  severity: 'error',
  explanation: `No name server of the zone gave an answer about TXT ${owner} (${ns1}: time-out, ${ns2}: time-out).`,
  fix: { action: 'wait', type: 'TXT', name: owner, value, ttl: 300 },
  actor: 'provider',
}

export const old: Check = {
  purpose: 'routing',
  record: { type: 'CNAME', name: 'shop.example.com', expected: ['edge.hosting.net'] },
  seen: [{ server: 'resolver 9.9.9.9', rcode: 'NOERROR', values: ['old-shop.netlify.app'], ttl: 2520 }],
  ok: true,
  state: 'ok',
  problem: 'CACHE_OLD',
  severity: 'warning',
  explanation: 'The servers of example.com are right, but 9.9.9.9 still shows "old-shop.netlify.app", for up to 42 minutes.',
  fix: { action: 'wait', type: 'CNAME', name: 'shop.example.com', value: 'edge.hosting.net', ttl: 300 },
  actor: 'customer',
  lookAgainAt: '2026-11-21T14:47:00.000Z',
}

export const chained: Check = {
  purpose: 'routing',
  record: { type: 'CNAME', name: 'www.example.com', expected: ['edge.hosting.net'] },
  seen: [ns1, ns2].map((server) => ({ server, rcode: 'NOERROR', values: ['shop.example.com'], ttl: 300 })),
  ok: true,
  state: 'ok',
  problem: 'ROUTING_CHAINED',
  severity: 'info',
  explanation: 'www.example.com leads to edge.hosting.net by way of shop.example.com.',
  actor: 'customer',
}

export const littered: Check = {
  purpose: 'challenge',
  record: { type: 'TXT', name: '_acme-challenge.shop.example.com', expected: [] },
  seen: [ns1, ns2].map((server) => ({ server, rcode: 'NOERROR', values: ['left-over-of-an-earlier-client'], ttl: 300 })),
  ok: true,
  state: 'ok',
  problem: 'CHALLENGE_LITTER',
  severity: 'warning',
  explanation:
    'One TXT record stands at _acme-challenge.shop.example.com that is not ours. Another ACME client left it, or is at work right now. Remove it when no other client is in use.',
  fix: {
    action: 'remove',
    type: 'TXT',
    name: '_acme-challenge.shop.example.com',
    value: 'left-over-of-an-earlier-client',
    ttl: 300,
    remove: [{ type: 'TXT', name: '_acme-challenge.shop.example.com', value: 'left-over-of-an-earlier-client' }],
  },
  actor: 'customer',
}

export const doubled: Check = {
  ...missing,
  problem: 'RECORD_ZONE_DOUBLED',
  explanation: `TXT ${owner} is not there, but ${owner}.example.com has it ("${value}"): the panel added example.com to a name that ended with it already. Your panel adds ".example.com" to every name by itself: enter the name without it.`,
  advice: ['Your panel adds ".example.com" to every name by itself: enter the name without it.'],
  zone: 'example.com',
  fix: {
    action: 'create',
    type: 'TXT',
    name: owner,
    value,
    ttl: 300,
    remove: [{ type: 'TXT', name: `${owner}.example.com`, value }],
  },
}
