import { isWithin } from '../names.ts'

/** A check, as far as one can be the cause of another. */
export interface Caused {
  purpose: string
  ok: boolean
  state: string
  problem?: string
  record: { name: string }
}

/** What is below such a zone is not what the public sees, whatever its servers say. */
const HIDES_ALL: ReadonlySet<string> = new Set(['DOMAIN_SUSPENDED', 'SPLIT_HORIZON'])

/** The checks about which nothing can be said before the zone that holds their record is mended. */
export function hiddenByZones<T extends Caused>(checks: readonly T[]): Set<T> {
  const zones = checks.filter(({ purpose, ok }) => purpose === 'zone' && !ok)
  const isHidden = ({ purpose, ok, state, problem, record }: T): boolean =>
    purpose !== 'zone' &&
    (!ok || problem !== undefined) &&
    zones.some((zone) => (state === 'unknown' || HIDES_ALL.has(zone.problem ?? '')) && isWithin(record.name, zone.record.name))
  return new Set(checks.filter(isHidden))
}
