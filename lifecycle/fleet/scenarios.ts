import type { CaLimits } from '../../packages/core/src/domain/ca-limits.ts'
import { inSpans, leastEven, variation } from './evenness.ts'
import type { FleetOptions, FleetResult } from './fleet.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR

/**
 * What a fleet has to agree with Let's Encrypt, by subject: renewals need nothing, new names below one registrable domain do.
 * 40,000 customers below the platform's own domain change so often that the 50 certificates a week which anybody has are not
 * enough for the new ones.
 */
const AGREED: Readonly<Record<string, CaLimits>> = { '0': { certificates: { count: 2_000, windowMs: 7 * DAY } } }

/** A year of 100,000 domains with certificates for 45 days, and whatever befalls them. */
export const YEAR: FleetOptions = {
  seed: 1,
  domains: 100_000,
  days: 365,
  lifetime: 45 * DAY,
  advises: true,
  pace: 4,
  turnover: 0.12,
  imports: [{ at: 180 * DAY, count: 2_000 }],
  shared: 0.4,
  broken: 200,
  agreed: AGREED,
  incidents: [
    { kind: 'outage', at: 40 * DAY, length: HOUR },
    { kind: 'outage', at: 80 * DAY, length: DAY },
    { kind: 'outage', at: 130 * DAY, length: 7 * DAY },
    { kind: 'recall', at: 220 * DAY, share: 0.3 },
  ],
}

/** The same in small, for certificates of six days, at a CA that goes away for longer than their margin. */
export const SHORT_LIVED: FleetOptions = {
  ...YEAR,
  domains: 10_000,
  days: 90,
  lifetime: 160 * HOUR,
  imports: [],
  broken: 0,
  incidents: [
    { kind: 'outage', at: 20 * DAY, length: HOUR },
    { kind: 'outage', at: 35 * DAY, length: DAY },
    { kind: 'outage', at: 55 * DAY, length: 7 * DAY },
  ],
}

/** How even a fleet's renewals are, in the hours that no incident and no catching up of one struck. */
export interface Evenness {
  /** Of all hours, of all days, and of the worst 30 days by the hour: standard deviation / mean. */
  hours: number
  days: number
  worstMonth: number
  /** The share of the hours that is left out. */
  leftOut: number
}

export function evennessOf({ renewals, struck }: Pick<FleetResult, 'renewals' | 'struck'>): Evenness {
  const kept = renewals.filter((_, hour) => !struck[hour])
  const marked = renewals.map((count, hour) => (struck[hour] ? null : count))
  return {
    hours: variation(kept),
    days: variation(inSpans(kept, 24)),
    worstMonth: leastEven(marked, 30 * 24),
    leftOut: 1 - kept.length / renewals.length,
  }
}

/** How often any limit of the CA was exceeded. */
export function excesses({ exceeded }: Pick<FleetResult, 'exceeded'>): number {
  return Object.values(exceeded).reduce((sum, count) => sum + count, 0)
}
