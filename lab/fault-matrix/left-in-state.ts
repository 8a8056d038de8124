import { DatabaseSync } from 'node:sqlite'

/** What a finished order leaves nothing of in the state. */
export function leftIn(state: string): Record<'records' | 'orders' | 'leases', number> {
  const database = new DatabaseSync(state, { readOnly: true })
  try {
    const count = (query: string) => Number(database.prepare(`select count(*) as n from ${query}`).get()?.n)
    return {
      records: count('records'),
      orders: count("orders where state not in ('stored', 'invalid')"),
      leases: count('domains where lease_until is not null') + count('key_leases'),
    }
  } finally {
    database.close()
  }
}
