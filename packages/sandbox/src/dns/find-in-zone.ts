import { ancestryOf, joined } from './name-path.ts'
import { TYPE } from './resource-record.ts'
import type { RRset, RRsets, Zone } from './zone.ts'

/** DS belongs to the parent's side of a cut (RFC 4035 §3.1.4.1). */
export const DS = 43

/** Where the way down from the apex to a name ends. */
export type Found =
  /** At the name, or at the wildcard that stands for it; without any set at an empty non-terminal. */
  | { readonly end: 'node'; readonly sets: RRsets }
  /** At a delegation: this zone knows nothing below. */
  | { readonly end: 'cut'; readonly name: string; readonly set: RRset }
  /** The name does not exist. */
  | { readonly end: 'nowhere' }

/** Looks for a name in the zone that holds it (RFC 1034 §4.3.2, step 3). */
export function findInZone(zone: Zone, name: string, type: number): Found {
  const ancestry = ancestryOf(name)
  const below = ancestry.slice(0, ancestry.indexOf(zone.apex)).reverse()
  let encloser = zone.apex
  for (const step of below) {
    const sets = zone.sets(step)
    // The closest encloser alone may have the wildcard (RFC 4592 §3.3.1).
    if (!sets) return nodeOf(zone.sets(joined('*', encloser)))
    const set = sets.get(TYPE.NS)
    if (set && !(step === name && type === DS)) return { end: 'cut', name: step, set }
    encloser = step
  }
  return nodeOf(zone.sets(name))
}

function nodeOf(sets: RRsets | undefined): Found {
  return sets ? { end: 'node', sets } : { end: 'nowhere' }
}
