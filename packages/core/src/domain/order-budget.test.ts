import { describe, expect, it, test } from 'vitest'
import { limitText, windowText } from './budget-text.ts'
import type { CaLimits } from './ca-limits.ts'
import { countedAnyway, failureUnits, limitMeant, wantedBy } from './order-budget.ts'
import { registeredDomains } from './registered-domain.ts'

const ca = 'https://ca.example/directory'
const one = { count: 1, windowMs: 3_600_000 }
const ALL: CaLimits = { accounts: one, orders: one, certificates: one, duplicates: one, failures: one }
const order = { ca, accountId: 'account', names: ['*.b.example.com', 'a.example.co.uk', 'b.example.com'], renewal: false }
const told = (units: readonly { key: { kind: string; subject: string }; only?: 'look' }[]) =>
  units.map(({ key: { kind, subject }, only }) => `${only ?? 'take'} ${kind} ${subject}`)

const DUPLICATE = 'take duplicates *.b.example.com,a.example.co.uk,b.example.com'
const FAILURES = ['look failures account b.example.com', 'look failures account a.example.co.uk']

describe('what an order costs', () => {
  it('is an order, a certificate of each registrable domain, and a duplicate; no name may fail too often', () => {
    expect(told(wantedBy(order, ALL))).toEqual([
      'take orders account',
      'take certificates example.com',
      'take certificates example.co.uk',
      DUPLICATE,
      ...FAILURES,
    ])
  })

  it('is a duplicate alone for a renewal of the very names', () => {
    expect(told(wantedBy({ ...order, renewal: true }, ALL))).toEqual([DUPLICATE, ...FAILURES])
  })

  it('is nothing that the CA does not count', () => {
    expect(wantedBy(order, {})).toEqual([])
    expect(told(wantedBy(order, { duplicates: one }))).toEqual([DUPLICATE])
  })

  it('is counted for others when the order itself is exempt', () => {
    expect(told(countedAnyway({ ...order, renewal: true }, ALL))).toEqual([DUPLICATE])
    expect(told(countedAnyway(order, ALL))).toEqual([
      'take certificates example.com',
      'take certificates example.co.uk',
      DUPLICATE,
    ])
  })

  it('is a failure of each name that failed, once', () => {
    expect(told(failureUnits(order, ['b.example.com', 'b.example.com'], ALL))).toEqual(['take failures account b.example.com'])
  })
})

test('registered domains go by the public suffix list, those of hosting companies among them', () => {
  const names = ['*.shop.example.com', 'www.example.com', 'a.b.example.co.uk', 'me.github.io', 'x.you.github.io', 'github.io']
  expect(registeredDomains(names)).toEqual(['example.com', 'example.co.uk', 'me.github.io', 'you.github.io', 'github.io'])
})

// The texts of boulder, ratelimits/limiter.go, and older ones of it.
test.each([
  [
    'too many new orders (300) from this account in the last 3h0m0s, retry after 2026-11-21 12:00:00 UTC: see …',
    'orders account',
  ],
  ['too many certificates (50) already issued for "example.com" in the last 168h0m0s, retry after …', 'certificates example.com'],
  ['Error creating new order :: too many certificates already issued for: "example.com"', 'certificates example.com'],
  [
    'too many certificates (5) already issued for this exact set of identifiers in the last 168h0m0s, retry after …',
    'duplicates *.b.example.com,a.example.co.uk,b.example.com',
  ],
  [
    'too many certificates (5) already issued for this exact set of domains in the last 168 hours: a, b',
    'duplicates *.b.example.com,a.example.co.uk,b.example.com',
  ],
  ['too many failed authorizations (5) for "b.example.com" in the last 1h0m0s, retry after …', 'failures account b.example.com'],
  ['too many new registrations (10) from this IP address in the last 3h0m0s, retry after …', 'accounts '],
  ['too many new registrations (500) from this /48 subnet of IPv6 addresses in the last 3h0m0s', 'accounts '],
  ['too many certificates (50) already issued for "other.example" in the last 168h0m0s', null],
  ['too many failed authorizations recently', null],
  ['Service busy; retry later.', null],
  ['', null],
])('%s', (detail, meant) => {
  const unit = limitMeant(detail, ca, order, ALL)
  expect(unit && `${unit.key.kind} ${unit.key.subject}`).toBe(meant)
  expect(limitMeant(detail, ca, order, {})).toBeNull()
})

test('of an account that is made, only the limit for accounts can be meant', () => {
  expect(limitMeant('too many new orders (300) from this account', ca, null, ALL)).toBeNull()
  expect(limitMeant('too many new registrations (10) from this IP address', ca, null, ALL)).toMatchObject({
    key: { kind: 'accounts' },
  })
})

test('limits in words', () => {
  const text = (kind: 'orders' | 'failures' | 'duplicates', subject: string, windowMs: number) =>
    limitText({ key: { ca, kind, subject }, limit: { count: 5, windowMs } })
  expect(text('orders', 'account', 10_800_000)).toBe('5 new orders of an account in 3 hours')
  expect(text('failures', 'account a.example', 3_600_000)).toBe('5 failed validations of a.example in 1 hour')
  expect(text('duplicates', 'a.example', 604_800_000)).toBe('5 certificates for exactly a.example in 7 days')
  expect(text('duplicates', 'a.example,b.example,c.example', 5_400_000)).toBe(
    '5 certificates for exactly a.example and 2 more in 90 minutes',
  )
  expect([1000, 1500, 86_400_000].map(windowText)).toEqual(['1 second', '1.5 seconds', '1 day'])
})
