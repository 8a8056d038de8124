import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Clock } from '../contracts/runtime.ts'
import type { Store } from '../contracts/store.ts'
import { createDomainctl } from '../create.ts'
import { migrateState } from '../migrate-state.ts'
import { systemClock } from '../runtime/clock.ts'
import { systemRandom } from '../runtime/random.ts'
import { sampleDomain, sampleEvent } from '../testing/model-samples.ts'
import { openPostgresStore } from './open-postgres.ts'
import { type PostgresServer, postgresMissing, startPostgres } from './postgres-server.test.support.ts'

const CHILD = fileURLToPath(new URL('postgres-waits.test.child.ts', import.meta.url))
const KEY = '0f'.repeat(32)
const missing = postgresMissing('18')

/** Half a minute is over after a second of it. */
function hastyClock(): Clock {
  const clock = systemClock()
  const start = clock.now().getTime()
  return { ...clock, now: () => new Date(start + (clock.now().getTime() - start) * 30) }
}

describe.skipIf(missing !== null)('a state in PostgreSQL that does not answer', () => {
  const resources = new AsyncDisposableStack()
  let server: PostgresServer
  const closing: (() => Promise<unknown>)[] = []
  beforeAll(async () => {
    server = resources.use(await startPostgres('18'))
  }, 60_000)
  afterAll(() => resources.disposeAsync())
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close()
  })

  async function open(url: string, parameters: Record<string, string> = {}, clock: Clock = systemClock()): Promise<Store> {
    const asked = new URL(url)
    for (const [name, value] of Object.entries(parameters)) asked.searchParams.set(name, value)
    const store = await openPostgresStore(asked.href, { key: KEY, clock, random: systemRandom() })
    closing.push(() => store.close())
    return store
  }
  /** A session of somebody else, with its transaction. */
  async function session(url: string): Promise<pg.Client> {
    const client = new pg.Client({ connectionString: url })
    client.on('error', () => undefined)
    await client.connect()
    closing.push(() => client.end())
    return client
  }
  const database = (url: string) => new URL(url).pathname.slice(1)
  const failure = (work: Promise<unknown>) =>
    work.then(
      () => null,
      (error: unknown) => error,
    )

  it('is told where something listens and says nothing', async () => {
    const silent = createServer().listen(0, '127.0.0.1')
    await once(silent, 'listening')
    closing.push(async () => silent.close())
    const { port } = silent.address() as AddressInfo
    for (const sslmode of ['disable', 'require'])
      expect(
        await failure(open(`postgres://me:of-the-tests@127.0.0.1:${port}/x`, { connect_timeout: '1', sslmode })),
      ).toMatchObject({
        code: 'STATE_UNREADABLE',
        hint: expect.stringContaining('can be reached'),
      })
  })

  it('is told where something else listens', async () => {
    const chatty = createServer((socket) => socket.on('error', () => undefined).end('HTTP/1.1 400 Bad Request\r\n\r\n')).listen(
      0,
      '127.0.0.1',
    )
    await once(chatty, 'listening')
    closing.push(async () => chatty.close())
    const { port } = chatty.address() as AddressInfo
    for (const sslmode of ['disable', 'require', 'prefer'])
      expect(
        await failure(open(`postgres://me:of-the-tests@127.0.0.1:${port}/x`, { connect_timeout: '1', sslmode })),
        sslmode,
      ).toMatchObject({
        code: 'STATE_UNREADABLE',
      })
  })

  it('is asked again by another connection when one of the server’s processes hangs', async () => {
    const url = await server.createDatabase()
    const store = await open(url, { pool: '1', statement_timeout: '300' })
    const { rows } = await server.query(
      `select pid from pg_stat_activity where application_name = 'domainctl' and datname = '${database(url)}'`,
    )
    const hanging: number[] = rows.map(({ pid }) => pid)
    for (const pid of hanging) process.kill(pid, 'SIGSTOP')
    closing.push(async () => {
      for (const pid of hanging) process.kill(pid, 'SIGCONT')
    })
    await store.addDomain(sampleDomain(), [sampleEvent('thing.done')])
    expect(await store.history({ limit: 10 })).toHaveLength(1)
    await store.close()
  })

  it('goes on when its sessions are ended in the middle of the work, and writes nothing twice', async () => {
    const url = await server.createDatabase()
    const store = await open(url)
    const names = Array.from({ length: 80 }, (_, n) => `${n}.example`)
    let working = true
    const adding = Promise.all(names.map((name) => store.addDomain(sampleDomain({ name }), [sampleEvent('thing.done')]))).finally(
      () => {
        working = false
      },
    )
    const admin = await session(server.url('postgres'))
    let ended = 0
    for (let round = 0; working && round < 12; round += 1) {
      const all = await admin.query(
        `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${database(url)}' and state <> 'idle'`,
      )
      ended += all.rowCount ?? 0
    }
    await adding
    expect(ended).toBeGreaterThan(0)
    expect((await store.listDomains({}, { limit: 100 })).domains).toHaveLength(names.length)
    expect(await store.history({ limit: 1000 })).toHaveLength(names.length)
  })

  it('is waited for while the server has no connection free, and for half a minute alone', async () => {
    const url = new URL(await server.createDatabase())
    await server.query('create role single login password $$single$$ connection limit 1')
    await server.query('grant create on schema public to single', database(url.href))
    url.username = 'single'
    url.password = 'single'
    const other = await session(url.href)
    const opening = open(url.href)
    expect(await failure(open(url.href, {}, hastyClock()))).toMatchObject({
      code: 'STATE_BUSY',
      message: expect.stringContaining('no connection free'),
      hint: expect.stringContaining('max_connections'),
    })
    await other.end()
    await (await opening).addDomain(sampleDomain(), [])
  })

  it('is waited for while another session has locked it, and for half a minute alone', async () => {
    const url = await server.createDatabase()
    const store = await open(url, { statement_timeout: '200' })
    const hasty = await open(url, { statement_timeout: '200' }, hastyClock())
    const other = await session(url)
    await other.query('begin; lock table domains in access exclusive mode')
    const adding = store.addDomain(sampleDomain(), [])
    for (const work of [hasty.addDomain(sampleDomain({ name: 'other.example' }), []), hasty.getDomain('default', 'example.com')])
      expect(await failure(work)).toMatchObject({
        code: 'STATE_BUSY',
        message: expect.stringContaining('locked by others'),
        hint: expect.stringContaining('pg_stat_activity'),
      })
    await other.query('commit')
    await adding
    expect((await store.listDomains({}, { limit: 10 })).domains).toHaveLength(1)
  })

  it('is waited for while another process makes its tables, as long as that lives, and no longer than one is asked to', async () => {
    const url = await server.createDatabase()
    const other = await session(url)
    await other.query("begin; select pg_advisory_xact_lock(hashtextextended('domainctl schema ', 0))")
    const told: string[] = []
    const waiting = Promise.withResolvers<void>()
    const logger = {
      log: (_: string, message: string) => {
        told.push(message)
        waiting.resolve()
      },
    }
    // Half a minute is long over when it is told.
    const clock = { ...systemClock(), now: () => new Date(Date.now() * 1_000) }
    const opening = openPostgresStore(url, { key: KEY, clock, random: systemRandom(), logger })
    const stopping = new AbortController()
    const stopped = failure(
      migrateState({ state: url, encryptionKey: KEY, signal: stopping.signal, onWait: () => stopping.abort() }),
    )
    expect(await stopped).toMatchObject({ code: 'INTERRUPTED' })
    await waiting.promise
    await other.query('commit')
    const store = await opening
    closing.push(() => store.close())
    expect(told).toEqual([expect.stringContaining('is waited for')])
    expect(await migrateState({ state: url, check: true })).toMatchObject({ to: expect.any(Number) })
  })

  it('is waited for by one who is told to stop no longer', async () => {
    const url = await server.createDatabase()
    const other = await session(url)
    await other.query("begin; select pg_advisory_xact_lock(hashtextextended('domainctl schema ', 0))")
    const stopping = new AbortController()
    const logger = { log: () => stopping.abort() }
    const opening = createDomainctl({ state: url, encryptionKey: KEY, signal: stopping.signal, runtime: { logger } })
    expect(await failure(opening)).toMatchObject({ code: 'INTERRUPTED' })
    await other.query('commit')
  })

  it('says so when it is away for half a minute', async () => {
    await using own = await startPostgres('15')
    const store = await open(own.url('postgres'), {}, hastyClock())
    await own.stop('fast')
    expect(await failure(store.addDomain(sampleDomain(), []))).toMatchObject({
      code: 'STATE_BUSY',
      message: expect.stringContaining('has not been there'),
    })
  })

  it('does not wait for itself with one connection and much to do', async () => {
    const store = await open(await server.createDatabase(), { pool: '1' })
    await store.addDomain(sampleDomain({ nextActionAt: new Date(0) }), [])
    await Promise.all(
      Array.from({ length: 40 }, async (_, n) => {
        await store.addDomain(sampleDomain({ name: `${n}.example`, nextActionAt: new Date(0) }), [])
        await store.listDomains({}, { limit: 5 })
        const claims = await store.claimDue(new Date(), 2, { owner: `owner ${n}`, ttlMs: 60_000, isGone: () => false })
        for (const { lease } of claims) await store.commit(lease, { events: [sampleEvent('thing.done')] }, { release: true })
      }),
    )
    expect((await store.listDomains({}, { limit: 100 })).domains).toHaveLength(41)
  })

  it('does not keep a process from ending', async () => {
    const url = await server.createDatabase()
    const child = spawn(process.execPath, [CHILD, url, KEY], { stdio: ['pipe', 'pipe', 'inherit'] })
    closing.push(async () => child.kill('SIGKILL'))
    await once(child.stdout, 'data')
    const { rows } = await server.query(`select pid from pg_stat_activity where datname = '${database(url)}'`)
    expect(rows).not.toEqual([])
    for (const { pid } of rows) process.kill(pid, 'SIGSTOP')
    closing.push(async () => {
      for (const { pid } of rows) process.kill(pid, 'SIGCONT')
    })
    const exit = once(child, 'exit')
    child.stdin.write('close')
    expect(await exit).toEqual([0, null])
  })
})
