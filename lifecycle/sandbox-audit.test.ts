import { createDomainctl } from '@domainctl/core'
import { describe, it } from 'vitest'
import {
  POSTGRES_VERSIONS,
  type PostgresVersion,
  postgresMissing,
  startPostgres,
} from '../packages/core/src/store/postgres-server.test.support.ts'
import { makeWorkerRole } from '../packages/core/src/store/worker-role.test.support.ts'
import { auditOfTheRoad } from './audit.ts'
import { type SandboxWorld, startSandboxWorld } from './sandbox-world.ts'
import { describeIn } from './suite.ts'

const encryptionKey = '0f'.repeat(32)

/** A world whose states are in PostgreSQL, made by their owner, and worked on by one with the rights of the guide. */
async function startWorldOfWorkers(version: PostgresVersion): Promise<SandboxWorld> {
  await using starting = new AsyncDisposableStack()
  const postgres = starting.use(await startPostgres(version))
  const world = starting.use(await startSandboxWorld())
  const newState = async () => {
    const owner = await postgres.createDatabase()
    await (await createDomainctl({ state: owner, encryptionKey, ca: world.ca })).close()
    return { state: await makeWorkerRole(postgres, owner), encryptionKey }
  }
  const running = starting.move()
  return { ...world, newState, [Symbol.asyncDispose]: () => running.disposeAsync() }
}

describeIn('the audit on SQLite', startSandboxWorld, auditOfTheRoad)

for (const version of POSTGRES_VERSIONS) {
  const missing = postgresMissing(version)
  const name = `the audit on PostgreSQL ${version}, by a role that owns nothing`
  if (missing === null) describeIn(name, () => startWorldOfWorkers(version), auditOfTheRoad)
  else describe(name, () => it.skip(`is not here: ${missing}`))
}
