import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Clock } from '../contracts/runtime.ts'
import type { Store } from '../contracts/store.ts'
import { systemClock } from '../runtime/clock.ts'
import { systemRandom } from '../runtime/random.ts'
import { sampleAccount, sampleDomain, sampleEvent } from '../testing/model-samples.ts'
import { makeOlderDatabase } from './older-state.test.support.ts'
import { openPostgresStore } from './open-postgres.ts'
import { type PostgresServer, postgresMissing, startPostgres } from './postgres-server.test.support.ts'

const KEY = '0f'.repeat(32)
const OTHER_KEY = 'f0'.repeat(32)
const runtime = { clock: systemClock(), random: systemRandom() }
const missing = postgresMissing('18')

/** Half a minute is over after a second of it. */
function hastyClock(): Clock {
  const start = runtime.clock.now().getTime()
  return { ...runtime.clock, now: () => new Date(start + (runtime.clock.now().getTime() - start) * 30) }
}

describe.skipIf(missing !== null)('a state in PostgreSQL', () => {
  let server: PostgresServer
  const stores: Store[] = []
  beforeAll(async () => {
    server = await startPostgres('18')
  })
  afterAll(() => server[Symbol.asyncDispose]())
  afterEach(async () => {
    for (const store of stores.splice(0)) await store.close()
  })

  async function open(url: string, o: { key?: string; readOnly?: boolean; clock?: Clock } = { key: KEY }): Promise<Store> {
    const store = await openPostgresStore(url, { ...runtime, ...o })
    stores.push(store)
    return store
  }
  const failure = (work: Promise<unknown>) =>
    work.then(
      () => null,
      (error: unknown) => error,
    )

  it('is made by one of several that come at once', async () => {
    const url = await server.createDatabase()
    const opened = await Promise.all(Array.from({ length: 6 }, () => open(url)))
    await opened[0]?.addDomain(sampleDomain(), [])
    for (const store of opened) expect((await store.listDomains({}, { limit: 10 })).domains).toHaveLength(1)
  })

  it('has a schema of its own where one is named, made by a user with no more rights than that', async () => {
    const url = new URL(await server.createDatabase())
    await server.query('create role plain login password $$plain$$; ', url.pathname.slice(1))
    await server.query('create schema "own one" authorization plain', url.pathname.slice(1))
    url.username = 'plain'
    url.password = 'plain'
    url.searchParams.set('schema', 'own one')
    const store = await open(url.href)
    await store.addDomain(sampleDomain(), [])
    const tables = await server.query(`select schemaname from pg_tables where tablename = 'domains'`, url.pathname.slice(1))
    expect(tables.rows).toEqual([{ schemaname: 'own one' }])
  })

  it('says what is wrong without the password', async () => {
    const url = new URL(await server.createDatabase())
    url.password = 'not-the-password'
    const wrong = await failure(open(url.href))
    expect(wrong).toMatchObject({ code: 'STATE_UNREADABLE', hint: expect.stringContaining('password') })
    expect(String(wrong)).not.toContain('not-the-password')

    const nowhere = new URL(server.url('nowhere'))
    expect(await failure(open(nowhere.href))).toMatchObject({
      code: 'STATE_UNREADABLE',
      hint: expect.stringContaining('createdb'),
    })
    nowhere.port = '1'
    expect(await failure(open(nowhere.href))).toMatchObject({ code: 'STATE_UNREADABLE', hint: expect.stringContaining('port') })
    for (const bad of [
      'postgres://x',
      'postgres://h/d?pool=0',
      'postgres://h/d?shema=x',
      `postgres://h/d?schema=${'x'.repeat(64)}`,
    ])
      expect(await failure(open(bad)), bad).toMatchObject({ code: 'CONFIG_INVALID' })
  })

  it('asks for its key, and refuses another one before anything is changed', async () => {
    const url = await server.createDatabase()
    expect(await failure(open(url, {}))).toMatchObject({ code: 'STATE_KEY_INVALID' })
    await open(url)
    const other = await open(url, { key: OTHER_KEY })
    expect(await failure(other.addDomain(sampleDomain(), []))).toMatchObject({ code: 'STATE_KEY_WRONG' })
    expect(await other.listDomains({}, { limit: 1 })).toMatchObject({ domains: [] })
  })

  it('that is only looked at is not changed', async () => {
    const url = await server.createDatabase()
    const empty = await open(url, { readOnly: true })
    expect(await empty.listDomains({}, { limit: 1 })).toEqual({ domains: [], next: null })
    expect(await failure(empty.addDomain(sampleDomain(), []))).toMatchObject({ code: 'STATE_READ_ONLY' })
    expect(
      (await server.query('select 1 from pg_tables where schemaname = current_schema()', new URL(url).pathname.slice(1))).rows,
    ).toEqual([])
    await open(url)
    const looking = await open(url, { key: KEY, readOnly: true })
    expect(await failure(looking.addDomain(sampleDomain(), []))).toMatchObject({ code: 'STATE_READ_ONLY' })
  })

  it('keeps an audit that nobody changes', async () => {
    const url = await server.createDatabase()
    const store = await open(url)
    await store.addAccount(sampleAccount(), [sampleEvent('thing.done')])
    for (const sql of ['update audit set who = $$me$$', 'delete from audit', 'truncate audit'])
      await expect(server.query(sql, new URL(url).pathname.slice(1))).rejects.toThrow('append-only')
  })

  it('goes on after its server was restarted, and after a crash of it, in the middle of the work', async () => {
    const url = await server.createDatabase()
    const store = await open(url)
    const names = Array.from({ length: 60 }, (_, n) => `${n}.example`)
    const adding = Promise.all(names.map((name) => store.addDomain(sampleDomain({ name }), [sampleEvent('thing.done')])))
    await server.stop('immediate')
    await server.start()
    await adding
    expect((await store.listDomains({}, { limit: 100 })).domains).toHaveLength(names.length)
    // Each once: what was committed without an answer is not written again.
    expect(await store.history({ limit: 1000 })).toHaveLength(names.length)
  })

  it('is brought to this version however long that takes', async () => {
    const url = await server.createDatabase()
    await makeOlderDatabase(url, { version: 10, domains: 3 })
    // Every table and index takes longer than any statement may.
    await server.query(
      `create function slow() returns event_trigger language plpgsql as $$ begin perform pg_sleep(0.2); end $$;
       create event trigger slow on ddl_command_start execute function slow()`,
      new URL(url).pathname.slice(1),
    )
    const store = await open(`${url}?statement_timeout=100`)
    expect((await store.listDomains({}, { limit: 10 })).domains).toHaveLength(3)
    // What comes after that may not.
    await server.query(
      `create function sleepy() returns trigger language plpgsql as $$ begin perform pg_sleep(0.2); return new; end $$;
       create trigger sleepy before insert on accounts execute function sleepy()`,
      new URL(url).pathname.slice(1),
    )
    await expect(
      (await open(`${url}?statement_timeout=100`, { key: KEY, clock: hastyClock() })).addAccount(sampleAccount(), []),
    ).rejects.toMatchObject({ code: 'STATE_BUSY' })
  })

  it.each(['port=abc', 'port=99999', 'port=-1', 'host=a%00b', 'application_name=a%00options'])(
    'at no address is told: %s',
    async (parameters) => {
      expect(await failure(open(`postgres://me:of-the-tests@127.0.0.1/x?${parameters}`))).toMatchObject({
        code: 'CONFIG_INVALID',
        message: expect.not.stringContaining('of-the-tests'),
      })
    },
  )

  it('waits for a connection of a small pool', async () => {
    const url = `${await server.createDatabase()}?pool=1`
    const store = await open(url)
    await Promise.all(Array.from({ length: 30 }, (_, n) => store.addDomain(sampleDomain({ name: `${n}.example` }), [])))
    expect((await store.listDomains({}, { limit: 100 })).domains).toHaveLength(30)
  })

  it('gives a name to one of two tenants that prove it at once', async () => {
    const url = await server.createDatabase()
    const [one, two] = await Promise.all([open(url), open(url)])
    const provenAt = new Date()
    const proven = (tenant: string, name: string) =>
      sampleDomain({ tenant, name, names: [{ name, ownership: { token: '1', state: 'ok', provenAt } }] })
    for (let n = 0; n < 20; n += 1) {
      const outcomes = await Promise.allSettled([
        one.addDomain(proven('a', `${n}.example`), []),
        two.addDomain(proven('b', `${n}.example`), []),
      ])
      expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    }
  })
})
