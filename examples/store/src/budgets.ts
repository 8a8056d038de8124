import {
  type BudgetChange,
  type BudgetCount,
  type BudgetFilter,
  type BudgetKey,
  type BudgetRefusal,
  type BudgetUnit,
  type BudgetWant,
  type KeptCount,
  roomAt,
  unitLimited,
  unitReserved,
  unitReturned,
  unitSpent,
  unitTaken,
} from '@domainctl/core'
import type { Memory } from './memory.ts'
import { by, byLatest } from './tables.ts'

/** Takes all that is wanted, or nothing; answers what has no room. */
export function spendBudget(memory: Memory, wants: BudgetWant[], now: Date, force: boolean): BudgetRefusal[] {
  const refused = wants.flatMap((want) => {
    const at = roomAt(want, keptOf(memory, want), now)
    return at > now ? [{ key: want.key, limit: want.limit, at }] : []
  })
  if (refused.length > 0 && !force) return refused
  for (const want of wants.filter(({ only }) => only !== 'look'))
    keep(memory, want, unitReserved(want, keptOf(memory, want), now))
  return []
}

/** Gives back what was reserved and not used. */
export function refundBudget(memory: Memory, units: BudgetUnit[], now: Date): void {
  for (const unit of units) keep(memory, unit, unitReturned(unit, keptOf(memory, unit), now))
}

/** The CA has said when there is room. */
export function limitBudget(memory: Memory, unit: BudgetUnit, until: Date): void {
  keep(memory, unit, unitLimited(unit, keptOf(memory, unit), until))
}

/** What comes with a commit. */
export function changeBudget(memory: Memory, { now, spent = [], taken = [], returned = [] }: BudgetChange): void {
  refundBudget(memory, returned, now)
  for (const unit of spent) keep(memory, unit, unitSpent(unit, keptOf(memory, unit), now))
  for (const unit of taken) keep(memory, unit, unitTaken(unit, keptOf(memory, unit), now))
}

/** Counts that are not full. */
export function readBudgets({ counts }: Memory, { cas, kind, subjects, now, limit }: BudgetFilter): BudgetCount[] {
  return counts
    .filter(({ key, kept }) => kept.fullAt > now && cas.includes(key.ca) && (kind === undefined || key.kind === kind))
    .filter(({ key }) => !subjects || subjects.includes(key.subject))
    .map(({ key, kept: { fullAt } }) => ({ key, fullAt }))
    .sort(by(({ key }) => key.subject))
    .sort(byLatest(({ fullAt }) => fullAt))
    .slice(0, limit)
}

function keptOf({ counts }: Memory, { key }: BudgetUnit): KeptCount | undefined {
  return counts.get(textOf(key))?.kept
}

function keep({ counts }: Memory, { key }: BudgetUnit, kept: KeptCount | undefined): void {
  if (kept) counts.set(textOf(key), { key, kept })
}

function textOf({ ca, kind, subject }: BudgetKey): string {
  return JSON.stringify([ca, kind, subject])
}
