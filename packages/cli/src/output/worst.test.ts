import type { DomainReport } from '@domainctl/core'
import { expect, it } from 'vitest'
import { domainTable } from './domain.ts'
import { lifetimeBar } from './lifetime.ts'
import { widthOf } from './text.ts'
import { standingCounts, standingMark, worstFirst } from './worst.ts'

const NOW = new Date('2026-11-20T12:00:00Z')
const day = (days: number) => new Date(NOW.getTime() + days * 86_400_000).toISOString()
const plain = (_: unknown, text: string) => text

function certificate(daysLeft: number): NonNullable<DomainReport['certificate']> {
  return {
    serial: '01',
    issuer: 'Example CA',
    ca: 'https://ca.example/directory',
    keyType: 'ec256',
    names: [],
    notBefore: day(daysLeft - 90),
    notAfter: day(daysLeft),
    fingerprint: 'ab',
    renewAt: day(daysLeft - 30),
    renewReason: 'a third is left',
  }
}

function domain(name: string, o: Partial<DomainReport> = {}): DomainReport {
  return {
    id: name,
    tenant: 'default',
    name,
    unicodeName: name,
    names: [name],
    status: 'active',
    provider: 'cloudflare',
    challenge: 'dns-01',
    keyType: 'ec256',
    records: [],
    deployments: [],
    attempts: 0,
    labels: {},
    createdAt: day(-100),
    updatedAt: day(-1),
    ...o,
  }
}

const failure = { code: 'CA_RATE_LIMITED', message: 'no', hint: 'wait', actor: 'ca', at: day(-1) } as const
const FLEET = [
  domain('gone.example', { status: 'deleted' }),
  domain('well.example', { certificate: certificate(80) }),
  domain('soon.example', { certificate: certificate(20) }),
  domain('broken.example', { certificate: certificate(70), health: { status: 'broken', checkedAt: day(0) } }),
  domain('over.example', { certificate: certificate(-1) }),
  domain('late.example', { certificate: certificate(5), lastError: failure }),
  domain('new.example', { status: 'pending_dns' }),
  domain('aside.example', { status: 'suspended' }),
  domain('failed.example', { status: 'failed', lastError: failure }),
]
const SORTED = FLEET.toSorted(worstFirst(NOW))

it('has what visitors meet first, then what ends first', () => {
  expect(SORTED.map(({ name }) => name.replace('.example', ''))).toEqual([
    'over',
    'broken',
    'failed',
    'late',
    'new',
    'soon',
    'well',
    'aside',
    'gone',
  ])
  expect(SORTED.map((one) => standingMark(one, NOW)).join(' ')).toBe('fail fail fail warn wait ok ok info info')
  expect(standingCounts(SORTED, NOW)).toBe(
    '9 domains: 3 down or failed, 1 with trouble, 1 waiting, 2 well, 1 suspended, 1 removed',
  )
})

it.each([
  [90, '██████████', 'good'],
  [45, '█████░░░░░', 'good'],
  [20, '██░░░░░░░░', 'waiting'],
  [5, '█░░░░░░░░░', 'bad'],
  [0.001, '█░░░░░░░░░', 'bad'],
  [-1, '░░░░░░░░░░', 'bad'],
])('%f days of 90 are %s', (daysLeft, bar, meaning) => {
  expect(lifetimeBar(certificate(daysLeft), NOW, (given, text) => `${given} ${text}`, 10)).toBe(`${meaning} ${bar}`)
})

it('is a table for 80 columns and for 200', () => {
  const narrow = domainTable(SORTED, NOW, plain, 80)
  expect(Math.max(...narrow.map(widthOf))).toBeLessThanOrEqual(80)
  expect(narrow.slice(0, 5).join('\n')).toMatchInlineSnapshot(`
    "   NAME            STATUS       LIFE     EXPIRES                    PROBLEM
    ✖  over.example    active       ░░░░░░░  24 hours ago (2026-11-19)
    ✖  broken.example  active       █████░░  in 70 days (2027-01-29)
    ✖  failed.example  failed       -        -                          CA_RATE_LIM…
    !  late.example    active       █░░░░░░  in 5 days (2026-11-25)     CA_RATE_LIM…"
  `)
  const wide = domainTable(SORTED, NOW, plain, 200)
  expect(wide.slice(0, 5).join('\n')).toMatchInlineSnapshot(`
    "   NAME            STATUS       HEALTH  PROVIDER    LIFE     EXPIRES                    RENEWS                    PROBLEM
    ✖  over.example    active       -       cloudflare  ░░░░░░░  24 hours ago (2026-11-19)  31 days ago (2026-10-20)
    ✖  broken.example  active       broken  cloudflare  █████░░  in 70 days (2027-01-29)    in 40 days (2026-12-30)
    ✖  failed.example  failed       -       cloudflare  -        -                          -                         CA_RATE_LIMITED
    !  late.example    active       -       cloudflare  █░░░░░░  in 5 days (2026-11-25)     25 days ago (2026-10-26)  CA_RATE_LIMITED"
  `)
})
