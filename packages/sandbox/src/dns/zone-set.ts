import { ancestryOf } from './name-path.ts'
import type { Zone } from './zone.ts'

/** The zones of one server, the root among them. */
export class ZoneSet {
  readonly #zones: ReadonlyMap<string, Zone>

  constructor(zones: Iterable<Zone>) {
    this.#zones = new Map([...zones].map((zone) => [zone.apex, zone]))
  }

  /** The zone with this very apex. */
  get(apex: string): Zone | undefined {
    return this.#zones.get(apex)
  }

  /** The zone whose apex is the nearest at or above a name (RFC 1034 §4.3.2, step 2). */
  closest(name: string): Zone {
    for (const apex of ancestryOf(name)) {
      const zone = this.#zones.get(apex)
      if (zone) return zone
    }
    throw new Error('the root zone holds every name')
  }

  /** All of them. */
  [Symbol.iterator](): Iterator<Zone> {
    return this.#zones.values()
  }
}
