import { sql } from 'kysely'
import { afterAll, beforeAll, describe, it } from 'vitest'
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
    const store = await openPostgresStore(url, { key: KEY, clock, random: systemRandom(), leaseNow })
    return { store, clock, close: () => store.close() }
  })
})
