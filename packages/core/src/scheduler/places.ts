import type { DomainStatus } from '../domain/model.ts'

/** Something whose time has come. */
export interface Due {
  /** Tells it from all others of its kind. */
  id: string
  tenant: string
  name: string
  /** Of the domain. */
  status?: DomainStatus
  /** What it asks for something and others ask as well: a CA, a provider. */
  shares?: readonly string[]
}

/** One CA, or one provider, has at most this part of the places: a slow one leaves some to the work of others. */
const MOST_OF_ONE = 3 / 4

/**
 * Which of those that wait, oldest first, get a place: as many as are free, and of one share no more than it may have.
 * `blocked` are those that wait for their share alone.
 * @param o `under`: what is under way; `share`: at random, where others take from the same list and should not take the same
 */
export function choose(
  waiting: readonly Due[],
  { under, width, share }: { under: readonly Due[]; width: number; share: (() => number) | null },
): { chosen: Due[]; blocked: number } {
  const free = width - under.length
  const most = Math.max(1, Math.floor(width * MOST_OF_ONE))
  const taken = new Map<string, number>()
  const take = ({ shares = [] }: Due) => {
    for (const one of shares) taken.set(one, (taken.get(one) ?? 0) + 1)
  }
  for (const one of under) take(one)
  const chosen: Due[] = []
  let blocked = 0
  for (const one of share ? shuffled(waiting, share) : waiting) {
    if (chosen.length >= free) break
    if (one.shares?.some((what) => (taken.get(what) ?? 0) >= most)) {
      blocked += 1
      continue
    }
    take(one)
    chosen.push(one)
  }
  return { chosen, blocked }
}

/** Fisher and Yates. */
function shuffled<T>(items: readonly T[], share: () => number): T[] {
  const all = [...items]
  for (let i = all.length - 1; i > 0; i--) {
    const j = Math.floor(share() * (i + 1))
    const [a, b] = [all[i], all[j]]
    if (a === undefined || b === undefined) continue
    all[i] = b
    all[j] = a
  }
  return all
}
