import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Store } from '../contracts/store.ts'
import { systemClock } from '../runtime/clock.ts'
import { systemRandom } from '../runtime/random.ts'
import { sampleDomain } from '../testing/model-samples.ts'
import { openPostgresStore } from './open-postgres.ts'
import { type PostgresServer, postgresMissing, startPostgres } from './postgres-server.test.support.ts'

const KEY = '0f'.repeat(32)
const runtime = { clock: systemClock(), random: systemRandom() }
const missing = postgresMissing('18')

describe.skipIf(missing !== null)('what a database in PostgreSQL allows', () => {
  const resources = new AsyncDisposableStack()
  let server: PostgresServer
  const stores: Store[] = []
  beforeAll(async () => {
    server = resources.use(await startPostgres('18'))
    await server.query('create role plain login password $$plain$$')
  }, 60_000)
  afterAll(() => resources.disposeAsync())
  afterEach(async () => {
    for (const store of stores.splice(0)) await store.close()
  })

  const database = (url: string) => new URL(url).pathname.slice(1)
  const tablesOf = async (url: string) =>
    (await server.query(`select 1 from pg_tables where schemaname not in ('pg_catalog', 'information_schema')`, database(url)))
      .rowCount
  /** As this user, and in this schema. */
  function at(url: string, o: { user?: string; schema?: string } = {}): string {
    const asked = new URL(url)
    if (o.user !== undefined) asked.username = asked.password = o.user
    if (o.schema !== undefined) asked.searchParams.set('schema', o.schema)
    return asked.href
  }
  async function open(url: string, o: { key?: string; readOnly?: boolean } = { key: KEY }): Promise<Store> {
    const store = await openPostgresStore(url, { ...runtime, ...o })
    stores.push(store)
    return store
  }
  const failure = (work: Promise<unknown>) =>
    work.then(
      () => null,
      (error: unknown) => error,
    )
  const notWritable = { code: 'STATE_READ_ONLY', hint: expect.stringContaining('USAGE and CREATE') }

  it('is said where the user may make no tables, or sees no schema', async () => {
    const url = await server.createDatabase()
    expect(await failure(open(at(url, { user: 'plain' })))).toMatchObject(notWritable)
    await server.query('revoke all on schema public from public', database(url))
    expect(await failure(open(at(url, { user: 'plain' })))).toMatchObject(notWritable)
    // Nor is it an empty state to who may not look.
    const looking = open(at(url, { user: 'plain' }), { readOnly: true })
    expect(await failure(looking)).toMatchObject({ code: 'STATE_UNREADABLE', hint: expect.stringContaining('USAGE') })
    // Nor may it make one.
    expect(await failure(open(at(url, { user: 'plain', schema: 'own' })))).toMatchObject(notWritable)
    expect(await tablesOf(url)).toBe(0)
  })

  it('is said where the tables are those of another user', async () => {
    const url = await server.createDatabase()
    await open(url)
    expect(await failure(open(at(url, { user: 'plain' })))).toMatchObject(notWritable)
  })

  const onlyRead = { code: 'STATE_READ_ONLY', hint: expect.stringContaining('primary') }

  it('is said where nothing may be written, and what is there is read', async () => {
    const url = await server.createDatabase()
    await server.query(`alter database ${database(url)} set default_transaction_read_only = on`)
    expect(await failure(open(url))).toMatchObject(onlyRead)
    await server.query(`alter database ${database(url)} set default_transaction_read_only = off`)
    const before = await open(url)
    await before.addDomain(sampleDomain(), [])
    await server.query(`alter database ${database(url)} set default_transaction_read_only = on`)
    const store = await open(url)
    expect(await failure(store.addDomain(sampleDomain({ name: 'other.example' }), []))).toMatchObject(onlyRead)
    expect((await store.listDomains({}, { limit: 10 })).domains).toHaveLength(1)
  })

  it('is said at a replica, which can be read', async () => {
    await using primary = await startPostgres('18')
    const before = await openPostgresStore(primary.url('postgres'), { ...runtime, key: KEY })
    await before.addDomain(sampleDomain(), [])
    await before.close()
    await primary.stop('fast')
    await using replica = await startPostgres('18', {}, { standbyOf: primary })
    const store = await openPostgresStore(replica.url('postgres'), { ...runtime, key: KEY })
    expect(await failure(store.addDomain(sampleDomain({ name: 'other.example' }), []))).toMatchObject(onlyRead)
    expect((await store.listDomains({}, { limit: 10 })).domains).toHaveLength(1)
    await store.close()
  })

  it('is refused, before anything is made, in another encoding', async () => {
    for (const encoding of ['LATIN1', 'SQL_ASCII']) {
      const name = encoding.toLowerCase()
      await server.query(`create database ${name} encoding '${encoding}' locale 'C' template template0`)
      expect(await failure(open(server.url(name)))).toMatchObject({
        code: 'STATE_UNREADABLE',
        message: expect.stringContaining(encoding),
        hint: expect.stringContaining('--encoding=UTF8'),
      })
      expect(await tablesOf(server.url(name))).toBe(0)
    }
  })

  it('keeps what people write in all alphabets', async () => {
    const store = await open(await server.createDatabase())
    const labels = { owner: 'Žluťoučký 株式会社 🔐' }
    await store.addDomain(sampleDomain({ labels }), [])
    expect((await store.listDomains({ labels }, { limit: 1 })).domains).toMatchObject([{ domain: { labels } }])
  })

  it('takes any name of a schema, and none that the server would not', async () => {
    const url = await server.createDatabase()
    for (const schema of [`o'brien"s`, 'two words; drop schema public', 'Größe', 'x'.repeat(63), '$1']) {
      const store = await open(at(url, { schema }))
      await store.addDomain(sampleDomain(), [])
      const again = await open(at(url, { schema }))
      expect((await again.listDomains({}, { limit: 10 })).domains, schema).toHaveLength(1)
    }
    for (const schema of ['', 'x'.repeat(64), 'ö'.repeat(32), 'pg_mine', '$user', 'a\0b'])
      expect(await failure(open(at(url, { schema }))), schema).toMatchObject({ code: 'CONFIG_INVALID' })
  })

  it('makes nothing without a key, or with one of the wrong length', async () => {
    const url = await server.createDatabase()
    for (const o of [{}, { key: '' }, { key: '0f'.repeat(31) }, { key: 'no key' }])
      expect(await failure(open(at(url, { schema: 'own' }), o))).toMatchObject({ code: 'STATE_KEY_INVALID' })
    expect(await tablesOf(url)).toBe(0)
    const schemas = await server.query(`select 1 from pg_namespace where nspname = 'own'`, database(url))
    expect(schemas.rowCount).toBe(0)
  })
})
