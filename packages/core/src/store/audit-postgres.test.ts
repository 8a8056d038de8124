import pg from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Store } from '../contracts/store.ts'
import { systemClock } from '../runtime/clock.ts'
import { systemRandom } from '../runtime/random.ts'
import { sampleDomain, sampleEvent } from '../testing/model-samples.ts'
import { openPostgresStore } from './open-postgres.ts'
import { POSTGRES_VERSIONS, type PostgresServer, postgresMissing, startPostgres } from './postgres-server.test.support.ts'
import { makeWorkerRole } from './worker-role.test.support.ts'

const KEY = '0f'.repeat(32)
const runtime = { clock: systemClock(), random: systemRandom() }
const LINE = `insert into audit (at, tenant, who, event, message) values (1, 'default', 'me', 'a', 'm')`

describe.each(POSTGRES_VERSIONS)('the audit in PostgreSQL %s', (version) => {
  const missing = postgresMissing(version)
  if (missing !== null) {
    it.skip(`is not here: ${missing}`)
    return
  }
  let server: PostgresServer
  const opened: (() => Promise<unknown>)[] = []
  beforeAll(async () => {
    server = await startPostgres(version)
  })
  afterAll(() => server[Symbol.asyncDispose]())
  afterEach(async () => {
    for (const close of opened.splice(0).reverse()) await close()
  })

  async function open(url: string): Promise<Store> {
    const store = await openPostgresStore(url, { ...runtime, key: KEY })
    opened.push(() => store.close())
    return store
  }
  async function connect(url: string): Promise<pg.Client> {
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    opened.push(() => client.end())
    return client
  }
  const read = async (store: Store) => (await store.history({ after: 0, limit: 100 })).map(({ seq }) => seq)

  it('shows a line only when none with a lower number can come any more, whichever transaction is the older', async () => {
    const url = await server.createDatabase()
    const store = await open(url)
    const [older, younger] = [await connect(url), await connect(url)]
    for (const client of [older, younger]) {
      await client.query('begin')
      await client.query('select pg_current_xact_id()')
    }
    await younger.query(LINE)
    await older.query(LINE)
    await older.query('commit')
    expect(await read(store)).toEqual([])
    expect((await store.history({ limit: 10 })).map(({ seq }) => seq)).toEqual([2])
    await younger.query('commit')
    expect(await read(store)).toEqual([1, 2])

    await older.query('begin')
    await older.query(LINE)
    await younger.query(LINE)
    expect(await read(store)).toEqual([1, 2])
    await older.query('rollback')
    expect(await read(store)).toEqual([1, 2, 4])
  })

  it('misses no line for one who follows while many write', async () => {
    const url = await server.createDatabase()
    const [store, follower] = [await open(url), await open(url)]
    const names = Array.from({ length: 8 }, (_, i) => `${i}.example`)
    for (const name of names) await store.addDomain(sampleDomain({ name }), [])
    let writing = true
    const writers = Promise.all(
      names.map(async (name) => {
        const claim = { owner: name, ttlMs: 60_000, isGone: () => false }
        const claimed = await store.claim({ tenant: 'default', name }, claim)
        if (!claimed) throw new Error('it was just added')
        for (let i = 0; i < 25; i++) await store.commit(claimed.lease, { events: [sampleEvent(`${i}`), sampleEvent(`${i}`)] })
      }),
    ).finally(() => {
      writing = false
    })
    const seen: number[] = []
    const look = async () => {
      const page = await follower.history({ after: seen.at(-1) ?? 0, limit: 1000 })
      seen.push(...page.map(({ seq }) => seq))
    }
    while (writing) await look()
    await writers
    await look()
    const all = (await store.history({ limit: 1000 })).map(({ seq }) => seq)
    expect(all).toHaveLength(400)
    expect(seen).toEqual(all)
  })

  it.each([
    ['update', `update audit set who = 'nobody'`],
    ['delete', 'delete from audit'],
    ['truncate', 'truncate audit'],
    [
      'upsert',
      `insert into audit (seq, at, tenant, who, event, message) values (1, 1, 't', 'w', 'e', 'm')
       on conflict (seq) do update set who = 'nobody'`,
    ],
    ['merge', `merge into audit using (values (1)) as v (seq) on audit.seq = v.seq when matched then delete`],
    [
      'insertion in place of a line',
      `insert into audit (seq, at, tenant, who, event, message) values (1, 1, 't', 'w', 'e', 'm')`,
    ],
    [
      'copy in place of a line',
      `copy audit (seq, at, tenant, who, event, message) from program 'printf "1\\t1\\tt\\tw\\te\\tm\\n"'`,
    ],
  ])('refuses %s, also to its owner', async (_, statement) => {
    const url = await server.createDatabase()
    const store = await open(url)
    await store.addDomain(sampleDomain(), [sampleEvent('kept')])
    const client = await connect(url)
    await expect(client.query(statement)).rejects.toThrow(/append-only|duplicate key/)
    expect((await store.history({ limit: 10 })).map(({ event, who }) => [event, who])).toEqual([['kept', 'test']])
  })

  it('lets a role with the rights of the guide add lines, and nothing else', async () => {
    const url = await server.createDatabase()
    await (await open(url)).close()
    const [worker, owner] = [await connect(await makeWorkerRole(server, url)), await connect(url)]
    await worker.query(LINE)
    for (const statement of [
      `update audit set who = 'nobody'`,
      'delete from audit',
      'truncate audit',
      'drop table audit',
      'drop trigger audit_no_update on audit',
      'alter table audit disable trigger all',
      'alter table audit disable trigger user',
      'create or replace function audit_append_only() returns trigger language plpgsql as $$ begin return new; end $$',
      `set session_replication_role = 'replica'`,
      `insert into audit (seq, at, tenant, who, event, message) values (9, 1, 't', 'w', 'e', 'm')`,
      `insert into audit (seq, at, tenant, who, event, message) values (1, 1, 't', 'w', 'e', 'm') on conflict (seq) do nothing`,
      `insert into audit (at, tenant, who, event, message) values (1, 't', 'w', 'e', 'm') on conflict (seq) do update set who = 'nobody'`,
      'copy audit from stdin',
      'merge into audit using (values (1)) as v (seq) on audit.seq = v.seq when matched then delete',
      `select setval('audit_seq_seq', 1)`,
      'alter table audit rename to other',
      'create table anything (n integer)',
      'update schema_version set version = 99',
      'alter role domainctl_worker superuser',
    ]) {
      await expect(worker.query(statement), statement).rejects.toMatchObject({ code: '42501' })
    }
    expect((await owner.query('select seq::integer, who from audit')).rows).toEqual([{ seq: 1, who: 'me' }])
  })
})
