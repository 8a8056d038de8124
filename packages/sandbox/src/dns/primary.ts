import type { LaggedCopy } from './lagged-copy.ts'
import type { ChangeableZone, ZoneChange } from './zone-changes.ts'
import type { ZoneSet } from './zone-set.ts'

/** The zones that may be changed, at the primary, which tells the other servers. */
export class Primary {
  readonly zones: ZoneSet
  readonly #changeable: ReadonlySet<string>
  readonly #copies: readonly LaggedCopy[]
  /** How long after this one the other servers show a change, in ms. */
  lagMs: number

  constructor(zones: ZoneSet, changeable: Iterable<string>, copies: readonly LaggedCopy[], lagMs: number) {
    this.zones = zones
    this.#changeable = new Set(changeable)
    this.#copies = copies
    this.lagMs = lagMs
  }

  /** The zone with this very apex, unless nobody may change it, as the root. */
  zoneOf(apex: string): ChangeableZone | undefined {
    const zone = this.#changeable.has(apex) ? this.zones.get(apex) : undefined
    if (!zone) return undefined
    return {
      apex,
      types: (name) => zone.types(name),
      at: (name) => zone.at(name),
      apply: (changes: readonly ZoneChange[]) => {
        if (!zone.apply(changes)) return
        for (const copy of this.#copies) copy.follow(apex, changes, this.lagMs)
      },
    }
  }
}
