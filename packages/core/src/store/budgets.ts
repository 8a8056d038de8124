import type { Selectable } from 'kysely'
import type { BudgetChange, BudgetFilter } from '../contracts/store.ts'
import {
  afterRefund,
  afterSpending,
  type BudgetCount,
  type BudgetKey,
  type BudgetRefusal,
  type BudgetUnit,
  type BudgetWant,
  believed,
  emptyUntil,
  nextAllowedAt,
} from '../domain/ca-budget.ts'
import { assertRow } from './cells.ts'
import type { Db } from './database.ts'
import type { CaBudgetsTable } from './schema.ts'

/** A count that is full says no more than one that is not there. It goes an hour later, since clocks of machines differ. */
const FORGOTTEN_AFTER_MS = 3_600_000

/** The subjects that one query asks for. */
const SUBJECTS_AT_ONCE = 500

/** A count with the two instants of its row; see {@link CaBudgetsTable}. */
interface Count {
  fullAt: Date
  takenFullAt: Date
}

/** Takes all that is wanted, or nothing; answers what has no room. In a transaction that holds the write lock. */
export async function spendBudget(db: Db, wants: readonly BudgetWant[], now: Date, force: boolean): Promise<BudgetRefusal[]> {
  await db
    .deleteFrom('ca_budgets')
    .where('full_at', '<=', now.getTime() - FORGOTTEN_AFTER_MS)
    .execute()
  const counts: { want: BudgetWant; count: Count | undefined }[] = []
  for (const want of wants) counts.push({ want, count: await countOf(db, want, now) })
  const refused = counts.flatMap(({ want: { key, limit }, count }) => {
    const at = nextAllowedAt(limit, count?.fullAt, now)
    return at > now ? [{ key, limit, at }] : []
  })
  if (refused.length > 0 && !force) return refused
  for (const { want, count } of counts) {
    if (want.only === 'look') continue
    await keep(db, want.key, { fullAt: afterSpending(want.limit, count?.fullAt, now), takenFullAt: count?.takenFullAt ?? NEVER })
  }
  return []
}

/** Gives back what was reserved and not used. */
export async function refundBudget(db: Db, units: readonly BudgetUnit[], now: Date): Promise<void> {
  for (const unit of units) {
    const { key, limit } = unit
    const count = await countOf(db, unit, now)
    if (count) await keep(db, key, { ...count, fullAt: afterRefund(limit, count.fullAt, now) })
  }
}

/** What one moment changes; see {@link BudgetChange}. */
export async function changeBudget(db: Db, { now, spent = [], taken = [], returned = [] }: BudgetChange): Promise<void> {
  await refundBudget(db, returned, now)
  for (const unit of spent) {
    const { key, limit } = unit
    const { fullAt, takenFullAt } = (await countOf(db, unit, now)) ?? {}
    await keep(db, key, { fullAt: afterSpending(limit, fullAt, now), takenFullAt: afterSpending(limit, takenFullAt, now) })
  }
  for (const unit of taken) {
    const { key, limit } = unit
    const { fullAt = NEVER, takenFullAt } = (await countOf(db, unit, now)) ?? {}
    await keep(db, key, { fullAt, takenFullAt: afterSpending(limit, takenFullAt, now) })
  }
}

/** The CA says that there is no room before `until`: nobody asks for it before. */
export async function limitBudget(db: Db, unit: BudgetUnit, until: Date): Promise<void> {
  const { key, limit } = unit
  // Until then it is empty: what is not believed then is not now.
  const count = await countOf(db, unit, until)
  const empty = emptyUntil(limit, until)
  await keep(db, key, { fullAt: later(count?.fullAt ?? NEVER, empty), takenFullAt: later(count?.takenFullAt ?? NEVER, empty) })
}

/** Counts that are not full at `now`, those that lack for longest first. */
export async function readBudgets(db: Db, { cas, kind, subjects, now, limit }: BudgetFilter): Promise<BudgetCount[]> {
  const found: BudgetCount[] = []
  const all = subjects ?? [undefined]
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
  return found
}

const NEVER = new Date(0)

function later(a: Date, b: Date): Date {
  return a > b ? a : b
}

async function countOf(db: Db, { key: { ca, kind, subject }, limit }: BudgetUnit, now: Date): Promise<Count | undefined> {
  const row = await db
    .selectFrom('ca_budgets')
    .select(['full_at', 'taken_full_at'])
    .where('ca', '=', ca)
    .where('kind', '=', kind)
    .where('subject', '=', subject)
    .executeTakeFirst()
  if (row) assertRow('ca_budgets', row, ca)
  const at = (ms: number) => believed(limit, new Date(ms), now) ?? NEVER
  return row && { fullAt: at(row.full_at), takenFullAt: at(row.taken_full_at) }
}

/** What was taken is taken, whatever was reserved or given back of it. */
async function keep(db: Db, key: BudgetKey, { fullAt, takenFullAt }: Count): Promise<void> {
  const times: Pick<Selectable<CaBudgetsTable>, 'full_at' | 'taken_full_at'> = {
    full_at: later(fullAt, takenFullAt).getTime(),
    taken_full_at: takenFullAt.getTime(),
  }
  const { ca, kind, subject } = key
  await db
    .insertInto('ca_budgets')
    .values({ ca, kind, subject, ...times })
    .onConflict((conflict) => conflict.columns(['ca', 'kind', 'subject']).doUpdateSet(times))
    .execute()
}
