import { performance } from 'node:perf_hooks'
import { brokenPromises, MONTH, simulateAlarms } from '../lifecycle/alarms/alarms.ts'
import { printTable } from './measure.ts'

const SEEDS = [8, 88, 888]

/** Months of a thousand domains with real outages, lost packets and blind spots, as the product's damping tells of them. */
export function measureAlarms(): void {
  for (const seed of SEEDS) {
    const started = performance.now()
    const verdict = simulateAlarms({ ...MONTH, seed })
    const seconds = ((performance.now() - started) / 1000).toFixed(0)
    const { checks, due, late, missed, slowest, falseAlarms, repeated, wrongEnds, notices } = verdict
    const bound = (what: string, value: number, most: number) => ({
      what,
      measured: `${value}`,
      bound: `${most}`,
      holds: value <= most,
    })
    printTable(`1,000 domains, a month, 0.5 % of checks lost, 20 outages; seed ${seed} (simulated in ${seconds} s)`, [
      { what: 'checks', measured: `${checks}` },
      { what: 'domains that were away for more than five minutes after a failed check', measured: `${due}` },
      bound('slowest from the first failed check to the alarm, in seconds', slowest, 300),
      bound('told later than five minutes', late, 0),
      bound('not told', missed, 0),
      bound('false alarms (one in a million checks)', falseAlarms, Math.floor(checks / 1_000_000)),
      bound('told twice', repeated, 0),
      bound('whose end was not told once', wrongEnds, 0),
      { what: 'notices in all', measured: `${notices}` },
    ])
    if (brokenPromises(verdict).length > 0) process.exitCode = 1
  }
}
