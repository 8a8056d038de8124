import { sql } from 'kysely'
import pg from 'pg'
import { systemClock } from '../runtime/clock.ts'
import { systemRandom } from '../runtime/random.ts'
import { manualClock } from '../testing/manual-clock.ts'
import { SAMPLE_TIME } from '../testing/model-samples.ts'
import type { StoreUnderTest } from '../testing/store-conformance.ts'
import { openPostgresStore } from './open-postgres.ts'
import type { PostgresServer } from './postgres-server.test.support.ts'

/** A state in an empty database as the conformance suite wants it: its leases go by a clock that the tests move on. */
export async function postgresUnderTest(url: string): Promise<StoreUnderTest> {
  const clock = manualClock(SAMPLE_TIME)
  const leaseNow = () => sql<number>`${clock.now().getTime()}::bigint`
  const parts = { key: '0f'.repeat(32), clock: systemClock(), random: systemRandom(), leaseNow }
  const again = () => openPostgresStore(url, parts)
  const store = await again()
  return { store, clock, again, dump: () => allRows(url), close: () => store.close() }
}

/** A database with an empty state, which costs less to copy for each test than to be made. */
export async function migratedDatabase(server: Pick<PostgresServer, 'createDatabase'>): Promise<string> {
  const url = await server.createDatabase()
  await (await postgresUnderTest(url)).close()
  return url
}

/** Every row of every table, as text. */
async function allRows(url: string): Promise<string> {
  const client = new pg.Client(url)
  await client.connect()
  try {
    const tables = await client.query(`select tablename from pg_tables where schemaname = current_schema()`)
    const rows = []
    for (const { tablename } of tables.rows) rows.push(...(await client.query(`select t::text from "${tablename}" t`)).rows)
    return rows.map(({ t }) => t).join('\n')
  } finally {
    await client.end()
  }
}
