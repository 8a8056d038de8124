import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemClock } from '../runtime/clock.ts'
import { systemRandom } from '../runtime/random.ts'
import { firstFree } from './due-claims.ts'
import { type OpenState, openSqliteState } from './open.ts'
import { openPostgresState } from './open-postgres.ts'
import { postgresMissing, startPostgres } from './postgres-server.test.support.ts'

const runtime = { clock: systemClock(), random: systemRandom() }
const KEY = '0f'.repeat(32)
const DOMAINS = 20_000
const CHILD = fileURLToPath(new URL('due-claims.test.child.ts', import.meta.url))
const missing = postgresMissing('18')

interface Place {
  state: OpenState
  /** A file, or a URL. */
  where: string
}

async function sqliteState(resources: AsyncDisposableStack): Promise<Place> {
  const folder = await mkdtemp(join(tmpdir(), 'domainctl-'))
  resources.defer(() => rm(folder, { recursive: true }))
  const where = join(folder, 'state.db')
  return { where, state: await openSqliteState(where, { key: KEY, ...runtime }) }
}

async function postgresState(resources: AsyncDisposableStack): Promise<Place> {
  const server = resources.use(await startPostgres('18'))
  const where = await server.createDatabase()
  return { where, state: await openPostgresState(where, { key: KEY, ...runtime }) }
}

describe.each([
  { engine: 'SQLite', open: sqliteState, analyze: 'analyze', plan: /SEARCH domains USING INDEX domains_due/ },
  { engine: 'PostgreSQL', open: postgresState, analyze: 'analyze domains', plan: /Index Scan using domains_due/ },
])('what is due on $engine', ({ engine, open, analyze, plan }) => {
  if (engine === 'PostgreSQL' && missing !== null) {
    it.skip(`is not here: ${missing}`)
    return
  }
  const resources = new AsyncDisposableStack()
  let state: OpenState
  let where: string
  const now = runtime.clock.now()

  beforeAll(async () => {
    const place = await open(resources)
    state = place.state
    where = place.where
    resources.defer(() => state.store.close())
    // Ten are due, three of them held; of all the others the time has not come.
    await state.database.write(async (db) => {
      await sql`with recursive n (i) as (select 1 union all select i + 1 from n where i < ${sql.lit(DOMAINS)})
        insert into domains (id, tenant, name, status, status_since, settings, labels, attempts, next_action_at, created_at,
          updated_at, lease_owner, lease_until, lease_fence)
        select 'id-' || i, 'default', 'name-' || i, 'active', 0,
          '{"provider":"manual","challenge":"dns-01","keyType":"ec256"}', '{}', 0,
          cast(${now.getTime()} as bigint) + case when i <= 10 then i - 10 else i end, 0, 0,
          case when i <= 3 then 'somebody' end, case when i <= 3 then cast(${now.getTime() + 3_600_000} as bigint) end, 0 from n`.execute(
        db,
      )
      await sql.raw(analyze).execute(db)
    })
  }, 60_000)
  afterAll(() => resources.disposeAsync())

  it('is found by the index, without a look at what is not', async () => {
    const explained = await state.database.read(async (db) => {
      const query = firstFree(db, now, 16, { ...state.database.engine, skipLocked: sql`` }).compile()
      const explain = engine === 'SQLite' ? 'explain query plan ' : 'explain '
      return db.executeQuery({ ...query, sql: explain + query.sql })
    })
    const text = JSON.stringify(explained.rows)
    expect(text).toMatch(plan)
    expect(text).not.toMatch(/SCAN|Seq Scan|TEMP B-TREE|Sort/)
  })

  it('is claimed past what is held', async () => {
    const claims = await state.store.claimDue(now, 5, { owner: 'me', ttlMs: 3_600_000, isGone: () => false })
    expect(claims.map(({ domain }) => domain.id)).toEqual([4, 5, 6, 7, 8].map((n) => `id-${n}`))
  })

  it('is claimed by each of several processes, and nothing by two', { timeout: 60_000 }, async () => {
    const later = String(now.getTime() + 300)
    const run = () => promisify(execFile)(process.execPath, [CHILD, where, KEY, later])
    const claimed = (await Promise.all(Array.from({ length: 4 }, run))).flatMap(({ stdout }) => stdout.trim().split('\n'))
    // Those of the tests before are held: three and five of the first ten.
    expect(claimed.filter((id) => id !== '').sort()).toEqual(
      Array.from({ length: 300 }, (_, n) => `id-${n + 1}`)
        .filter((id) => !/^id-[1-8]$/.test(id))
        .sort(),
    )
  })
})
