import type { Clock } from '@domainctl/core'
import { singleFlight } from '../../calls/single-flight.ts'
import type { CloudflareApi } from './client.ts'
import type { ApiRecord } from './types.ts'

/** As long as it takes from looking for the zone of a challenge to writing it; no check may rest on what is older. */
const FRESH_MS = 10_000

/** What was just seen of zones with few records. */
export interface ZoneView {
  /** Reads all records of a zone, in one call; null for a zone with more than one call gives. */
  look(zoneId: string, signal: AbortSignal): Promise<readonly ApiRecord[] | null>
  /** What {@link look} saw a few seconds ago, if nothing was written here since; else null. */
  recent(zoneId: string): readonly ApiRecord[] | null
  /** Something was written. */
  forget(zoneId: string): void
}

export function zoneView(api: CloudflareApi, clock: Clock): ZoneView {
  const seen = new Map<string, { records: readonly ApiRecord[]; until: number }>()
  const flights = singleFlight<readonly ApiRecord[] | null>()
  /** One that was read while something was written may be from before. */
  let writes = 0

  return {
    look: (zoneId, signal) =>
      flights(zoneId, signal, async (own) => {
        const before = { writes, now: clock.now().getTime() }
        const records = await api.fewRecords(zoneId, {}, own)
        for (const [id, { until }] of seen) if (until <= before.now) seen.delete(id)
        if (records !== null && writes === before.writes) seen.set(zoneId, { records, until: before.now + FRESH_MS })
        return records
      }),
    recent(zoneId) {
      const entry = seen.get(zoneId)
      return entry !== undefined && clock.now().getTime() < entry.until ? entry.records : null
    },
    forget(zoneId) {
      writes += 1
      seen.delete(zoneId)
    },
  }
}
