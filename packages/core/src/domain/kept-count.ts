import { afterRefund, afterSpending, type BudgetUnit, believed, emptyUntil, type FullAt, nextAllowedAt } from './ca-budget.ts'

/** A count of a CA as a store keeps it: two instants, of which the first is never sooner than the second. One that is absent is full. */
export interface KeptCount {
  /** When it will be full again, if nothing more is taken out of it. */
  fullAt: Date
  /** The same, had only that been taken which the CA has counted: what is given back goes no further than this. */
  takenFullAt: Date
}

const NEVER = new Date(0)

/** When one unit can be had: `now`, or later. */
export function roomAt({ limit }: BudgetUnit, kept: KeptCount | undefined, now: Date): Date {
  return nextAllowedAt(limit, known(limit, kept, now).fullAt, now)
}

/** The count after a unit was reserved, whether or not there was room for it. */
export function unitReserved({ limit }: BudgetUnit, kept: KeptCount | undefined, now: Date): KeptCount {
  const before = known(limit, kept, now)
  return countOf(afterSpending(limit, before.fullAt, now), before.takenFullAt)
}

/** The count after a unit that was reserved was given back; one that is absent stays so. */
export function unitReturned<K extends KeptCount | undefined>({ limit }: BudgetUnit, kept: K, now: Date): KeptCount | K {
  if (!kept) return kept
  const before = known(limit, kept, now)
  return countOf(afterRefund(limit, before.fullAt, now), before.takenFullAt)
}

/** The count after the CA has counted a unit that nobody had reserved. */
export function unitSpent({ limit }: BudgetUnit, kept: KeptCount | undefined, now: Date): KeptCount {
  const before = known(limit, kept, now)
  return countOf(afterSpending(limit, before.fullAt, now), afterSpending(limit, before.takenFullAt, now))
}

/** The count after the CA has counted a unit that was reserved. */
export function unitTaken({ limit }: BudgetUnit, kept: KeptCount | undefined, now: Date): KeptCount {
  const before = known(limit, kept, now)
  return countOf(before.fullAt, afterSpending(limit, before.takenFullAt, now))
}

/** The count of which the CA itself has said that it has room for one at `until` and not before. */
export function unitLimited({ limit }: BudgetUnit, kept: KeptCount | undefined, until: Date): KeptCount {
  // Until then it is empty: what is not believed then is not now.
  const before = known(limit, kept, until)
  const empty = emptyUntil(limit, until)
  return countOf(later(before.fullAt ?? NEVER, empty), later(before.takenFullAt ?? NEVER, empty))
}

/** Both instants, as far as they are believed: where only the second is, what the CA has counted is taken all the same. */
function known(limit: BudgetUnit['limit'], kept: KeptCount | undefined, now: Date): Record<keyof KeptCount, FullAt> {
  const takenFullAt = believed(limit, kept?.takenFullAt, now)
  return { fullAt: believed(limit, kept?.fullAt, now) ?? takenFullAt, takenFullAt }
}

/** What was taken is taken, whatever was reserved or given back of it. */
function countOf(fullAt: FullAt, takenFullAt: FullAt): KeptCount {
  const taken = takenFullAt ?? NEVER
  return { fullAt: later(fullAt ?? NEVER, taken), takenFullAt: taken }
}

function later(a: Date, b: Date): Date {
  return a > b ? a : b
}
