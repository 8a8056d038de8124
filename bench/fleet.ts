import { writeFileSync } from 'node:fs'
import { performance } from 'node:perf_hooks'
import { fileURLToPath } from 'node:url'
import { type FleetOptions, type FleetResult, simulateFleet } from '../lifecycle/fleet/fleet.ts'
import { evennessOf, excesses, SHORT_LIVED, YEAR } from '../lifecycle/fleet/scenarios.ts'
import { plotOf } from './fleet-plot.ts'
import { printTable } from './measure.ts'

const PLOT = fileURLToPath(new URL('../docs/guide/fleet.svg', import.meta.url))
const HOUR = 3_600_000

/** A year of a large fleet under Let's Encrypt's limits, as the product's policies plan it; draws docs/guide/fleet.svg. */
export function measureFleet(): void {
  const levelled = report('100,000 domains, 45 days, a year', YEAR, 0.3)
  report('10,000 domains, 160 hours, 90 days; an outage of a week is longer than their margin', SHORT_LIVED)
  const flat = { ...YEAR, domains: YEAR.domains / 10 }
  const plain = report('10,000 domains, the same year, nothing brought forward', { ...flat, levels: false })
  writeFileSync(PLOT, plotOf([daily('as it is', levelled, YEAR), daily('nothing brought forward', plain, flat)]))
  console.log(`  drawn: ${PLOT}`)
}

function report(title: string, o: FleetOptions, bound?: number): FleetResult {
  const started = performance.now()
  const result = simulateFleet(o)
  const seconds = (performance.now() - started) / 1000
  const { issued, failed, expired, longestRecall, putOff, broughtForward, most } = result
  const even = evennessOf(result)
  const share = (of: number) => of.toFixed(3)
  printTable(`${title} (simulated in ${seconds.toFixed(0)} s)`, [
    { what: 'renewals, first certificates', measured: `${issued.renewals}, ${issued.first}` },
    { what: 'attempts that failed: CA away, limited, not validated', measured: Object.values(failed).join(', ') },
    { what: 'expired though the CA was there', measured: `${expired.avoidable}`, bound: '0', holds: expired.avoidable === 0 },
    {
      what: 'expired in an outage longer than the margin',
      measured: `${expired.byOutage}`,
      ...(bound !== undefined && { bound: '0', holds: expired.byOutage === 0 }),
    },
    { what: 'limits exceeded, by the CA’s count', measured: `${excesses(result)}`, bound: '0', holds: excesses(result) === 0 },
    { what: 'most requests a second: nonce, order, advice, other', measured: Object.values(most).join(', ') },
    { what: 'orders that the ledger put off', measured: `${putOff}` },
    { what: 'plans that were brought forward', measured: `${broughtForward}` },
    {
      what: 'variation of renewals by the hour',
      measured: share(even.hours),
      ...(bound !== undefined && { bound: `${bound}`, holds: even.hours <= bound }),
    },
    { what: 'by the day; of the worst 30 days, by the hour', measured: `${share(even.days)}, ${share(even.worstMonth)}` },
    {
      what: 'hours left out: incidents and their catching up',
      measured: `${(even.leftOut * 100).toFixed(1)} %`,
      ...(bound !== undefined && { bound: '5 %', holds: even.leftOut <= 0.05 }),
    },
    ...(longestRecall > 0
      ? [{ what: 'the last recalled one was replaced after', measured: `${(longestRecall / HOUR).toFixed(1)} h` }]
      : []),
  ])
  return result
}

function daily(title: string, { renewals }: FleetResult, { domains, days, incidents }: FleetOptions) {
  const each = Array.from({ length: days }, (_, day) =>
    renewals.slice(day * 24, day * 24 + 24).reduce((sum, count) => sum + count, 0),
  )
  return { title, days: each, usual: domains / 30, incidents }
}
