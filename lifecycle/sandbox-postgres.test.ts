import { describe, it } from 'vitest'
import {
  POSTGRES_VERSIONS,
  type PostgresVersion,
  postgresMissing,
  startPostgres,
} from '../packages/core/src/store/postgres-server.test.support.ts'
import { faults } from './faults.ts'
import { mainRoad } from './main-road.ts'
import { type SandboxWorld, startSandboxWorld } from './sandbox-world.ts'
import { describeIn } from './suite.ts'

/** A sandbox in which every state is a database of its own on one PostgreSQL. */
async function startWorldOn(version: PostgresVersion): Promise<SandboxWorld> {
  await using starting = new AsyncDisposableStack()
  const postgres = starting.use(await startPostgres(version, { max_connections: '200' }))
  const world = starting.use(await startSandboxWorld())
  const running = starting.move()
  return {
    ...world,
    newState: async () => ({ state: await postgres.createDatabase(), encryptionKey: '0f'.repeat(32) }),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}

for (const version of POSTGRES_VERSIONS) {
  const missing = postgresMissing(version)
  if (missing === null) describeIn(`the main road on PostgreSQL ${version}`, () => startWorldOn(version), mainRoad, faults)
  else describe(`the main road on PostgreSQL ${version}`, () => it.skip(`is not here: ${missing}`))
}
