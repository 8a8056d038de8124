import { mkdtemp, rm } from 'node:fs/promises'
import type { Chances } from '../../lifecycle/seeded.ts'
import { Disk, type DiskModel } from './disk.ts'
import { type Fact, factsIn } from './facts.ts'
import type { Operation } from './operations.ts'
import { type Found, foundAfter, keyOf, powerCuts } from './power-cuts.ts'

/** A power cut after which something is not as it has to be. */
export interface Fault {
  readonly model: DiskModel
  /** The operation that was the last. */
  readonly after: string
  readonly lost: string
  readonly wrong: string
}

export interface Replayed {
  operations: number
  points: number
  states: number
  faults: Fault[]
}

/** Looks at what was found; gives, for each fact, why it does not hold, or null. @throws what is wrong whatever was said */
export type Judge = (found: ReadonlyMap<string, Found>) => Promise<(fact: Fact['fact']) => string | null>

export interface ReplayOptions {
  readonly model: DiskModel
  /** Of power cuts in all, about. */
  readonly most: number
  /** Of those at one point; {@link AT_A_POINT} unless told. */
  readonly atAPoint?: number
  /** So many faults are enough. */
  readonly stopAt?: number
  readonly chances: Chances
  readonly judge: Judge
}

const AT_A_POINT = 6

/**
 * Cuts the power after the operations of a run, and judges each different disk that may be found then. Where there are more
 * points than `most` allows, those before a sync and after what was told others come first, then some by chance.
 */
export async function replay(operations: readonly Operation[], o: ReplayOptions): Promise<Replayed> {
  const facts = factsIn(operations)
  const { atAPoint = AT_A_POINT, stopAt = Number.POSITIVE_INFINITY } = o
  const points = chosenPoints(operations, Math.ceil(o.most / atAPoint), o.chances)
  const disk = new Disk(o.model)
  const result: Replayed = { operations: operations.length, points: 0, states: 0, faults: [] }
  const judged = new Map<string, (fact: Fact['fact']) => string | null>()
  for (const [at, operation] of operations.entries()) {
    disk.apply(operation)
    if (!points.has(at)) continue
    result.points += 1
    const known = facts.filter(({ since, until }) => since <= operation.ended && operation.ended < until)
    for (const cut of powerCuts(disk, atAPoint, o.chances)) {
      if (result.faults.length >= stopAt) return result
      const fault = (wrong: string): Fault => ({
        ...{ model: o.model, after: describe(operation), wrong },
        lost: disk.pending
          .flatMap((change, i) => (cut[i] === 'kept' ? [] : [`${change.kind} of ${change.inode.madeAt || '.'}`]))
          .join(', '),
      })
      const key = keyOf(disk, cut)
      try {
        let holds = judged.get(key)
        if (!holds) {
          result.states += 1
          holds = await o.judge(foundAfter(disk, cut))
          judged.set(key, holds)
        }
        for (const { fact } of known) {
          const wrong = holds(fact)
          if (wrong !== null) result.faults.push(fault(wrong))
        }
      } catch (error) {
        result.faults.push(fault(String(error)))
      }
    }
  }
  return result
}

/** Changes to a disk, and what others hear; of a row of plain writes only some. */
function chosenPoints(operations: readonly Operation[], most: number, chances: Chances): Set<number> {
  const all = [...operations.keys()]
  if (all.length <= most) return new Set(all)
  const isTelling = (at: number) => {
    const kind = operations[at]?.kind
    return (kind !== 'write' && kind !== 'sent') || operations[at + 1]?.kind === 'sync'
  }
  const chosen = new Set(shuffled(all.filter(isTelling), chances).slice(0, Math.ceil((most * 2) / 3)))
  for (const at of shuffled(all, chances)) if (chosen.size < most) chosen.add(at)
  return chosen.add(operations.length - 1)
}

function shuffled<T>(list: readonly T[], chances: Chances): T[] {
  return list
    .map((one) => ({ one, by: chances.next() }))
    .sort((a, b) => a.by - b.by)
    .map(({ one }) => one)
}

export function describe(operation: Operation): string {
  const { kind, begun } = operation
  const path = 'path' in operation ? operation.path || '.' : 'to' in operation ? `${operation.from} to ${operation.to}` : ''
  return `line ${begun + 1}: ${kind} ${path}`.trim()
}

/** Does work in a folder that is gone after it: in memory where there is such a place, as thousands are made. */
export async function inFolder<T>(within: string, work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(`${within}/domainctl-found-`)
  try {
    return await work(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
