import type { BudgetChange, BudgetFilter } from '../contracts/store.ts'
import type { BudgetCount, BudgetKey, BudgetRefusal, BudgetUnit, BudgetWant } from '../domain/ca-budget.ts'
import { type KeptCount, roomAt, unitLimited, unitReserved, unitReturned, unitSpent, unitTaken } from '../domain/kept-count.ts'
import { assertRow } from './cells.ts'
import type { Db } from './database.ts'

/** A count that is full says no more than one that is not there. It goes an hour later, since clocks of machines differ. */
const FORGOTTEN_AFTER_MS = 3_600_000

/** The subjects that one query asks for. */
const SUBJECTS_AT_ONCE = 500

/** Takes all that is wanted, or nothing; answers what has no room. In a transaction that holds the write lock. */
export async function spendBudget(db: Db, wants: readonly BudgetWant[], now: Date, force: boolean): Promise<BudgetRefusal[]> {
  await db
    .deleteFrom('ca_budgets')
    .where('full_at', '<=', now.getTime() - FORGOTTEN_AFTER_MS)
    .execute()
  const counts: { want: BudgetWant; count: KeptCount | undefined }[] = []
  for (const want of wants) counts.push({ want, count: await countOf(db, want) })
  const refused = counts.flatMap(({ want, count }) => {
    const at = roomAt(want, count, now)
    return at > now ? [{ key: want.key, limit: want.limit, at }] : []
  })
  if (refused.length > 0 && !force) return refused
  for (const { want, count } of counts) {
    if (want.only !== 'look') await keep(db, want.key, unitReserved(want, count, now))
  }
  return []
}

/** Gives back what was reserved and not used. */
export async function refundBudget(db: Db, units: readonly BudgetUnit[], now: Date): Promise<void> {
  for (const unit of units) {
    const count = unitReturned(unit, await countOf(db, unit), now)
    if (count) await keep(db, unit.key, count)
  }
}

/** What one moment changes; see {@link BudgetChange}. */
export async function changeBudget(db: Db, { now, spent = [], taken = [], returned = [] }: BudgetChange): Promise<void> {
  await refundBudget(db, returned, now)
  for (const unit of spent) await keep(db, unit.key, unitSpent(unit, await countOf(db, unit), now))
  for (const unit of taken) await keep(db, unit.key, unitTaken(unit, await countOf(db, unit), now))
}

/** The CA says that there is no room before `until`: nobody asks for it before. */
export async function limitBudget(db: Db, unit: BudgetUnit, until: Date): Promise<void> {
  await keep(db, unit.key, unitLimited(unit, await countOf(db, unit), until))
}

/** Counts that are not full at `now`, those that lack for longest first. */
export async function readBudgets(db: Db, { cas, kind, subjects, now, limit }: BudgetFilter): Promise<BudgetCount[]> {
  const found: BudgetCount[] = []
  const all = cas.length === 0 ? [] : (subjects ?? [undefined])
  for (let from = 0; from < all.length; from += SUBJECTS_AT_ONCE) {
    const some = all.slice(from, from + SUBJECTS_AT_ONCE).flatMap((one) => one ?? [])
    const rows = await db
      .selectFrom('ca_budgets')
      .selectAll()
      .where('ca', 'in', cas)
      .where('full_at', '>', now.getTime())
      .$if(kind !== undefined, (query) => query.where('kind', '=', kind ?? 'orders'))
      .$if(subjects !== undefined, (query) => query.where('subject', 'in', some))
      .orderBy('full_at', 'desc')
      .orderBy('subject')
      .limit(limit)
      .execute()
    for (const row of rows) assertRow('ca_budgets', row, row.ca)
    found.push(...rows.map(({ ca, kind, subject, full_at }) => ({ key: { ca, kind, subject }, fullAt: new Date(full_at) })))
  }
  // Of each query the first ones: together they are not in order yet.
  return found.sort((a, b) => b.fullAt.getTime() - a.fullAt.getTime()).slice(0, limit)
}

async function countOf(db: Db, { key: { ca, kind, subject } }: BudgetUnit): Promise<KeptCount | undefined> {
  const row = await db
    .selectFrom('ca_budgets')
    .select(['full_at', 'taken_full_at'])
    .where('ca', '=', ca)
    .where('kind', '=', kind)
    .where('subject', '=', subject)
    .executeTakeFirst()
  if (row) assertRow('ca_budgets', row, ca)
  return row && { fullAt: new Date(row.full_at), takenFullAt: new Date(row.taken_full_at) }
}

async function keep(db: Db, { ca, kind, subject }: BudgetKey, { fullAt, takenFullAt }: KeptCount): Promise<void> {
  const times = { full_at: fullAt.getTime(), taken_full_at: takenFullAt.getTime() }
  await db
    .insertInto('ca_budgets')
    .values({ ca, kind, subject, ...times })
    .onConflict((conflict) => conflict.columns(['ca', 'kind', 'subject']).doUpdateSet(times))
    .execute()
}
