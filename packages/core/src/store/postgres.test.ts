import { afterAll, beforeAll, describe, it } from 'vitest'
import { describeStore } from '../testing/store-conformance.ts'
import { POSTGRES_VERSIONS, type PostgresServer, postgresMissing, startPostgres } from './postgres-server.test.support.ts'
import { migratedDatabase, postgresUnderTest } from './postgres-under-test.test.support.ts'

describe.each(POSTGRES_VERSIONS)('PostgreSQL %s', (version) => {
  const missing = postgresMissing(version)
  if (missing !== null) {
    it.skip(`is not here: ${missing}`)
    return
  }
  let server: PostgresServer
  let migrated: string
  beforeAll(async () => {
    server = await startPostgres(version)
    migrated = await migratedDatabase(server)
  })
  afterAll(() => server[Symbol.asyncDispose]())

  describeStore('the store', async () => postgresUnderTest(await server.createDatabase(migrated)))
})
