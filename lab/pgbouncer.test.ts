import { systemClock } from '@domainctl/core'
import { describeStore } from '@domainctl/core/testing'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { mainRoad } from '../lifecycle/main-road.ts'
import { describeIn } from '../lifecycle/suite.ts'
import type { World } from '../lifecycle/world.ts'
import type { Clock } from '../packages/core/src/contracts/runtime.ts'
import type { Store } from '../packages/core/src/contracts/store.ts'
import { systemRandom } from '../packages/core/src/runtime/random.ts'
import { openPostgresStore } from '../packages/core/src/store/open-postgres.ts'
import { type PostgresServer, postgresMissing, startPostgres } from '../packages/core/src/store/postgres-server.test.support.ts'
import { migratedDatabase, postgresUnderTest } from '../packages/core/src/store/postgres-under-test.test.support.ts'
import { sampleDomain, sampleEvent } from '../packages/core/src/testing/model-samples.ts'
import { type PgBouncer, startPgBouncer } from './servers/pgbouncer.ts'
import { startLabWorld } from './world.ts'

const KEY = '0f'.repeat(32)
const missing = postgresMissing('18')
/** Fewer sessions of the server than connections of one process. */
const FEW = { default_pool_size: '3', max_client_conn: '60' }

describe.skipIf(missing !== null)('a state behind PgBouncer in transaction mode', () => {
  const resources = new AsyncDisposableStack()
  let server: PostgresServer
  let bouncer: PgBouncer
  let migrated: string
  const stores: Store[] = []
  beforeAll(async () => {
    server = resources.use(await startPostgres('18', { max_connections: '300' }))
    migrated = await migratedDatabase(server)
    bouncer = await startPgBouncer(server.url('postgres'), FEW)
    resources.defer(() => bouncer.stop())
  })
  afterAll(() => resources.disposeAsync())
  afterEach(async () => {
    for (const store of stores.splice(0)) await store.close()
  })

  describeStore('the store', async () => postgresUnderTest(bouncer.through(await server.createDatabase(migrated))))

  async function open(url: string, clock: Clock = systemClock()): Promise<Store> {
    const store = await openPostgresStore(url, { key: KEY, clock, random: systemRandom() })
    stores.push(store)
    return store
  }
  const failure = (work: Promise<unknown>) =>
    work.then(
      () => null,
      (error: unknown) => error,
    )

  it('is made by one of several that come at once, and used by all', async () => {
    const url = bouncer.through(await server.createDatabase())
    const opened = await Promise.all(Array.from({ length: 6 }, () => open(url)))
    await Promise.all(opened.map((store, n) => store.addDomain(sampleDomain({ name: `${n}.example` }), [])))
    for (const store of opened) expect((await store.listDomains({}, { limit: 10 })).domains).toHaveLength(6)
  })

  it('has a schema of its own, whichever session a transaction runs on', async () => {
    const url = new URL(bouncer.through(await server.createDatabase()))
    url.searchParams.set('schema', 'own')
    const [own, plain] = [await open(url.href), await open(url.href.replace(/\?.*/, ''))]
    const add = (store: Store, n: number) => store.addDomain(sampleDomain({ name: `${n}.example` }), [])
    await Promise.all(Array.from({ length: 40 }, (_, n) => add(n % 4 === 0 ? plain : own, n)))
    expect((await own.listDomains({}, { limit: 100 })).domains).toHaveLength(30)
    expect((await plain.listDomains({}, { limit: 100 })).domains).toHaveLength(10)
  })

  it('goes on after PgBouncer was restarted, and its server, in the middle of the work', async () => {
    const url = bouncer.through(await server.createDatabase())
    const store = await open(url)
    const names = Array.from({ length: 120 }, (_, n) => `${n}.example`)
    const adding = Promise.all(names.map((name) => store.addDomain(sampleDomain({ name }), [sampleEvent('thing.done')])))
    await bouncer.restart()
    await bouncer.restart()
    await server.stop('immediate')
    await server.start()
    await adding
    expect((await store.listDomains({}, { limit: 200 })).domains).toHaveLength(names.length)
    // Each once: what was committed without an answer is not written again.
    expect(await store.history({ limit: 1000 })).toHaveLength(names.length)
  })

  it('says what PgBouncer says: a wrong password, a database that is not there, no room for more', async () => {
    const url = new URL(bouncer.through(await server.createDatabase()))
    const wrong = new URL(url)
    wrong.password = 'not-the-password'
    expect(await failure(open(wrong.href))).toMatchObject({ code: 'STATE_UNREADABLE', hint: expect.stringContaining('password') })
    wrong.username = 'nobody-there'
    expect(await failure(open(wrong.href))).toMatchObject({ code: 'STATE_UNREADABLE', hint: expect.stringContaining('password') })
    const nowhere = new URL(url)
    nowhere.pathname = '/nowhere'
    expect(await failure(open(nowhere.href))).toMatchObject({
      code: 'STATE_UNREADABLE',
      hint: expect.stringContaining('createdb'),
    })

    const narrow = await startPgBouncer(server.url('postgres'), { max_client_conn: '1' })
    try {
      const first = await open(narrow.through(url.href))
      const start = Date.now()
      const hasty = { ...systemClock(), now: () => new Date(start + (Date.now() - start) * 30) }
      expect(await failure(open(narrow.through(`${url.href}?pool=1`), hasty))).toMatchObject({
        code: 'STATE_BUSY',
        message: expect.stringContaining('no connection free'),
      })
      await first.close()
      await open(narrow.through(`${url.href}?pool=1`))
    } finally {
      for (const store of stores.splice(0)) await store.close()
      await narrow.stop()
    }
  })
})

/** Pebble and real name servers, and each state a database behind PgBouncer. */
async function startWorldBehindPgBouncer(): Promise<World> {
  await using starting = new AsyncDisposableStack()
  const server = starting.use(await startPostgres('18', { max_connections: '300' }))
  const bouncer = await startPgBouncer(server.url('postgres'), { default_pool_size: '3', max_client_conn: '200' })
  starting.defer(() => bouncer.stop())
  const world = starting.use(await startLabWorld())
  const running = starting.move()
  return {
    ...world,
    newState: async () => ({ state: bouncer.through(await server.createDatabase()), encryptionKey: KEY }),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}

if (missing === null) describeIn('the main road behind PgBouncer', startWorldBehindPgBouncer, mainRoad)
