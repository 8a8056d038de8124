import { Kysely } from 'kysely'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { systemClock } from '../runtime/clock.ts'
import { systemRandom } from '../runtime/random.ts'
import { sampleDomain } from '../testing/model-samples.ts'
import { fateOf, THIS_TRANSACTION } from './commit-fate.ts'
import { type CommitRelay, startCommitRelay } from './commit-relay.test.support.ts'
import { connectedPool, openPostgresStore } from './open-postgres.ts'
import { PooledPostgresDialect } from './postgres.ts'
import { POSTGRES_VERSIONS, type PostgresServer, postgresMissing, startPostgres } from './postgres-server.test.support.ts'
import { readPostgresUrl } from './postgres-url.ts'

describe.each(POSTGRES_VERSIONS)('a commit that was cut off, on PostgreSQL %s', (version) => {
  const missing = postgresMissing(version)
  let server: PostgresServer
  let relay: CommitRelay
  beforeAll(async () => {
    if (missing !== null) return
    server = await startPostgres(version)
    relay = await startCommitRelay(server.port)
    await server.query('create table something (n int)')
  })
  afterAll(async () => {
    await relay?.[Symbol.asyncDispose]()
    await server?.[Symbol.asyncDispose]()
  })

  async function fate(transaction: string): Promise<string | null | undefined> {
    const pool = await connectedPool(readPostgresUrl(server.url('postgres')))
    const database = new Kysely({
      dialect: new PooledPostgresDialect(pool, { schema: undefined, readOnly: false, statementWithin: 30_000 }),
    })
    try {
      return (await database.connection().execute((db) => fateOf(transaction).execute(db))).rows[0]?.status
    } finally {
      await database.destroy()
    }
  }
  const numbered = async (sql: string): Promise<string> => {
    const results: unknown = await server.query(`begin; ${sql.replace('?', `select ${THIS_TRANSACTION} as id`)}`)
    if (!Array.isArray(results)) throw new Error('one result came of several statements')
    return String(results.flatMap(({ rows }) => rows).find((row) => 'id' in row)?.id)
  }
  /** The number of one that came `by` later. */
  const later = (transaction: string, by: number) => transaction.replace(/^\d+/, (number) => String(Number(number) + by))

  it.skipIf(missing !== null)('is told by its number while the server lives on', async () => {
    expect(await fate(await numbered('?; commit'))).toBe('committed')
    expect(await fate(await numbered('?; rollback'))).toBe('aborted')
  })

  it.skipIf(missing !== null)('is never taken for the one that has its number after a crash', async () => {
    const carriedOut = await numbered('insert into something values (1); ?; commit')
    const undone = await numbered('insert into something values (2); ?; rollback')
    // Nothing was written under this number, so that nothing of it is on the disk.
    const lost = await numbered('?; rollback')
    await server.stop('immediate')
    await server.start()
    expect(await fate(undone)).toBe('aborted')
    // Whose number nobody has yet: the server itself calls that an error.
    expect(await fate(later(lost, 1_000))).toBe('aborted')
    // Another one could have its number as well.
    expect(await fate(carriedOut)).toBe('unknown')
  })

  it.skipIf(missing !== null)('is asked of another life after a process of the server was killed', async () => {
    const before = await numbered('insert into something values (3); ?; commit')
    const { rows } = await server.query('select pg_backend_pid() as pid, pg_postmaster_start_time() as started')
    const killed = server.query('select pg_backend_pid() as pid, pg_sleep(60)')
    killed.catch(() => undefined)
    const sleeping = await vi.waitFor(
      async () => {
        const found = await server.query(
          `select pid from pg_stat_activity where query like '%pg_sleep%' and pid <> pg_backend_pid()`,
        )
        expect(found.rows).toHaveLength(1)
        return Number(found.rows[0].pid)
      },
      { timeout: 20_000 },
    )
    process.kill(sleeping, 'SIGKILL')
    await expect(killed).rejects.toThrow()
    const after = await vi.waitFor(() => server.query('select pg_postmaster_start_time() as started'), { timeout: 20_000 })
    // The server itself says that it has run all the time.
    expect(after.rows[0].started).toEqual(rows[0].started)
    expect(await fate(before)).toBe('unknown')
  })

  it.skipIf(missing !== null)(
    'is not taken for written, where a crash took it and another transaction has its number',
    async () => {
      const url = (await server.createDatabase()).replace(`:${server.port}/`, `:${relay.port}/`)
      const store = await openPostgresStore(url, { clock: systemClock(), random: systemRandom(), key: '0f'.repeat(32) })
      try {
        relay.crashAtNextCommit(async () => {
          await server.stop('immediate')
          await server.start()
          // Whoever comes first gets the numbers that were given before.
          for (let n = 0; n < 20; n++)
            await server.query('begin; select pg_current_xact_id(); create temporary table x (n int); commit')
        })
        const outcome = await store.addDomain(sampleDomain({ name: 'example.com' }), []).then(
          () => 'written',
          (error: { code?: string }) => error.code,
        )
        const isThere = (await store.getDomain('default', 'example.com')) !== null
        expect({ outcome, isThere }).toEqual(
          outcome === 'written' ? { outcome, isThere: true } : { outcome: 'STATE_BUSY', isThere: false },
        )
      } finally {
        await store.close()
      }
    },
  )
})
