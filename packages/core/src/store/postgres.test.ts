import { sql } from 'kysely'
import pg from 'pg'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { systemClock } from '../runtime/clock.ts'
import { systemRandom } from '../runtime/random.ts'
import { manualClock } from '../testing/manual-clock.ts'
import { SAMPLE_TIME } from '../testing/model-samples.ts'
import { describeStore } from '../testing/store-conformance.ts'
import { openPostgresStore } from './open-postgres.ts'
import { POSTGRES_VERSIONS, type PostgresServer, postgresMissing, startPostgres } from './postgres-server.test.support.ts'

const KEY = '0f'.repeat(32)

describe.each(POSTGRES_VERSIONS)('PostgreSQL %s', (version) => {
  const missing = postgresMissing(version)
  if (missing !== null) {
    it.skip(`is not here: ${missing}`)
    return
  }
  let server: PostgresServer
  beforeAll(async () => {
    server = await startPostgres(version)
  })
  afterAll(() => server[Symbol.asyncDispose]())

  describeStore('the store', async () => {
    const clock = manualClock(SAMPLE_TIME)
    const url = await server.createDatabase()
    const leaseNow = () => sql<number>`${clock.now().getTime()}::bigint`
    const parts = { key: KEY, clock: systemClock(), random: systemRandom(), leaseNow }
    const again = () => openPostgresStore(url, parts)
    const store = await again()
    return { store, clock, again, dump: () => allRows(url), close: () => store.close() }
  })
})

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
