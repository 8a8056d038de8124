import { expect, test } from 'vitest'
import { inSpans, leastEven, variation } from './evenness.ts'
import { type FleetOptions, simulateFleet } from './fleet.ts'
import { Judge } from './judge.ts'
import { evennessOf, excesses, SHORT_LIVED, YEAR } from './scenarios.ts'

// The product's policies on a fleet in memory, in small; `npm run bench -- fleet` is the whole of it.

const HOUR = 3_600_000
const DAY = 24 * HOUR

const SMALL: FleetOptions = {
  ...YEAR,
  domains: 2_000,
  days: 120,
  broken: 4,
  imports: [{ at: 30 * DAY, count: 400 }],
  incidents: [
    { kind: 'outage', at: 10 * DAY, length: HOUR },
    { kind: 'outage', at: 25 * DAY, length: DAY },
    { kind: 'outage', at: 40 * DAY, length: 7 * DAY },
    { kind: 'recall', at: 100 * DAY, share: 0.3 },
  ],
}

test('no certificate expires, no limit is exceeded, and outages come back as no holes and bursts', { timeout: 120_000 }, () => {
  const result = simulateFleet(SMALL)
  expect(result.expired).toEqual({ avoidable: 0, byOutage: 0 })
  expect(excesses(result)).toBe(0)
  expect(result.failed.limited).toBe(0)
  expect(result.failed['not validated']).toBeGreaterThan(0)
  // An outage, and wrong records, are asked about a few times each, not over and over.
  expect(result.failed.unreachable).toBeLessThan(2 * SMALL.domains)
  expect(result.failed['not validated']).toBeLessThan(200)
  expect(result.longestRecall).toBeLessThan(DAY)
  // 400 names at once are more than the 300 orders in three hours.
  expect(result.putOff).toBeGreaterThan(0)
  // An hour has three of them: the hours of a fleet as small are as uneven as chance is, its days are not.
  const even = evennessOf(result)
  expect(even.leftOut).toBeLessThan(0.12)
  expect(even.days).toBeLessThan(0.4)
  expect(evennessOf(simulateFleet({ ...SMALL, levels: false })).days).toBeGreaterThan(1.5 * even.days)
})

test('a look that is spared is one that would have changed nothing', { timeout: 120_000 }, () => {
  const short = { ...SMALL, domains: 300, days: 60 }
  expect(simulateFleet({ ...short, everyLook: true })).toEqual(simulateFleet(short))
})

test('a CA that gives no advice: what was had in one run does not come back in one', { timeout: 120_000 }, () => {
  const result = simulateFleet({ ...SMALL, advises: false, incidents: SMALL.incidents.slice(0, 3) })
  expect(result.expired).toEqual({ avoidable: 0, byOutage: 0 })
  expect(excesses(result)).toBe(0)
  const without = simulateFleet({ ...SMALL, advises: false, incidents: SMALL.incidents.slice(0, 3), levels: false })
  expect(evennessOf(without).days).toBeGreaterThan(1.3 * evennessOf(result).days)
})

test('certificates for six days: only an outage that is longer than their margin lets some expire', { timeout: 120_000 }, () => {
  const result = simulateFleet({ ...SHORT_LIVED, domains: 500 })
  expect(result.expired.avoidable).toBe(0)
  expect(result.expired.byOutage).toBeGreaterThan(0)
  expect(excesses(result)).toBe(0)
  const spared = simulateFleet({ ...SHORT_LIVED, domains: 500, incidents: SHORT_LIVED.incidents.slice(0, 2) })
  expect(spared.expired).toEqual({ avoidable: 0, byOutage: 0 })
})

test('what runs out is counted, also where nobody renews it', () => {
  const longest = [{ kind: 'outage', at: DAY, length: 40 * DAY }] as const
  const away = simulateFleet({ ...SMALL, domains: 300, days: 40, incidents: longest, imports: [], turnover: 0, broken: 0 })
  // A third of their lifetime is what they have when it begins; those that were new then have four days more.
  expect(away.issued.renewals).toBeLessThan(20)
  expect(away.expired.byOutage).toBeGreaterThan(200)
  expect(away.expired.avoidable).toBe(0)
})

test('the judge counts for itself', () => {
  const judge = new Judge({ 'orders account': { count: 2, per: 2 * HOUR } })
  for (const now of [0, 1, 2]) if (judge.allows('orders', 'account', now)) judge.take('orders', 'account', now)
  expect(judge.exceeded.orders).toBe(1)
  expect(judge.allows('orders', 'account', HOUR + 2)).toBe(true)
  judge.request('newNonce', 7, 21)
  expect(judge.exceeded.newNonce).toBe(1)
})

test('evenness is the standard deviation over the mean', () => {
  expect(variation([3, 3, 3])).toBe(0)
  expect(variation([0, 2])).toBe(1)
  expect(inSpans([1, 2, 3, 4, 5], 2)).toEqual([3, 7])
  expect(leastEven([...new Array(24).fill(1), ...new Array(12).fill(0), ...new Array(12).fill(2)], 24)).toBe(1)
})
