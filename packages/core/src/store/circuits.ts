import type { CaCircuit } from '../domain/failover.ts'
import { assertRow } from './cells.ts'
import type { Db } from './database.ts'

/** What is remembered of these CAs; of those that are well, nothing. */
export async function readCircuits(db: Db, cas: readonly string[]): Promise<CaCircuit[]> {
  if (cas.length === 0) return []
  const rows = await db.selectFrom('ca_circuits').selectAll().where('ca', 'in', cas).execute()
  return rows.map((row) => {
    const { open_until, ...rest } = assertRow('ca_circuits', row, row.ca)
    return { ...rest, openUntil: new Date(open_until) }
  })
}

/** Changes what is remembered of a CA, in a transaction that holds the write lock. */
export async function changeCircuit(
  db: Db,
  ca: string,
  change: (before: CaCircuit | undefined) => CaCircuit | undefined,
): Promise<void> {
  const [before] = await readCircuits(db, [ca])
  const after = change(before)
  if (after === before) return
  if (!after) {
    await db.deleteFrom('ca_circuits').where('ca', '=', ca).execute()
    return
  }
  const rest = { failures: after.failures, open_until: after.openUntil.getTime(), reason: after.reason }
  await db
    .insertInto('ca_circuits')
    .values({ ca, ...rest })
    .onConflict((conflict) => conflict.column('ca').doUpdateSet(rest))
    .execute()
}
