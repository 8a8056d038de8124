import type { Clock } from '@domainctl/core'
import { Zone } from './zone.ts'
import type { ZoneChange } from './zone-changes.ts'
import { ZoneSet } from './zone-set.ts'

interface Version {
  readonly apex: string
  readonly changes: readonly ZoneChange[]
  readonly due: number
}

/**
 * The zones of a server that shows every version some time after the primary. No timer runs: whoever looks at the zones
 * sees what is due by then.
 */
export class LaggedCopy {
  readonly #zones: ZoneSet
  readonly #clock: Pick<Clock, 'now'>
  #pending: Version[] = []

  constructor(zones: ZoneSet, clock: Pick<Clock, 'now'>) {
    this.#zones = new ZoneSet([...zones].map((zone) => new Zone(zone.apex, zone.records())))
    this.#clock = clock
  }

  /** The zones as this server shows them now. */
  zones(): ZoneSet {
    const now = this.#clock.now().getTime()
    // One version after the other: a later one that has less lag waits for those before it.
    const late = this.#pending.findIndex(({ due }) => due > now)
    const ready = this.#pending.splice(0, late === -1 ? this.#pending.length : late)
    for (const { apex, changes } of ready) this.#zones.get(apex)?.apply(changes)
    return this.#zones
  }

  /** Takes over what the primary has just carried out. */
  follow(apex: string, changes: readonly ZoneChange[], lagMs: number): void {
    this.#pending.push({ apex, changes, due: this.#clock.now().getTime() + lagMs })
  }
}
