import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { copyState } from './copy-state.ts'
import { systemClock } from './runtime/clock.ts'
import { systemRandom } from './runtime/random.ts'
import { openSqliteStore } from './store/open.ts'
import { openPostgresStore } from './store/open-postgres.ts'
import { type PostgresServer, postgresMissing, startPostgres } from './store/postgres-server.test.support.ts'
import {
  sampleAccount,
  sampleCertificate,
  sampleDomain,
  sampleEvent,
  sampleOrder,
  sampleRecord,
} from './testing/model-samples.ts'

const runtime = { clock: systemClock(), random: systemRandom() }
const missing = postgresMissing('18')
/** More than a page. */
const DOMAINS = 1_203

describe.skipIf(missing !== null)('copyState', () => {
  let server: PostgresServer
  let folder: string
  beforeAll(async () => {
    server = await startPostgres('18')
  }, 60_000)
  afterAll(() => server[Symbol.asyncDispose]())
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'domainctl-copy-'))
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  const file = (name: string) => `file:${join(folder, name)}`

  async function fill(name: string, domains: number): Promise<void> {
    const store = await openSqliteStore(join(folder, name), runtime)
    await Promise.all(
      Array.from({ length: domains }, async (_, n) => {
        const domain = sampleDomain({ name: `${n}.example` })
        await store.addDomain(domain, [sampleEvent('domain.added', { domainId: domain.id })])
        const claimed = await store.claim(domain.id, { owner: 'me', ttlMs: 60_000, isGone: () => false })
        if (!claimed) throw new Error('not there')
        const order = sampleOrder(domain)
        const certificate = sampleCertificate(domain)
        const changes = { order, certificate, recordsWritten: [sampleRecord(domain)], events: [sampleEvent('order.created')] }
        await store.commit(claimed.lease, changes, { release: n % 2 === 0 })
      }),
    )
    await store.addAccount(sampleAccount(), [sampleEvent('account.planned')])
    await store.close()
  }
  const failure = (work: Promise<unknown>) =>
    work.then(
      () => null,
      (error: unknown) => error,
    )

  it('moves a state from a file to Postgres and back: row by row the same, with every secret', async () => {
    await fill('one.db', DOMAINS)
    const url = await server.createDatabase()
    const seen: string[] = []
    const there = await copyState({ from: file('one.db'), to: url, onProgress: ({ table }) => seen.push(table) })
    expect(there.find(({ table }) => table === 'domains')?.rows).toBe(DOMAINS)
    expect(seen).toContain('audit')

    const encryptionKey = (await readFile(join(folder, 'one.db.key'), 'utf8')).trim()
    const back = await copyState({ from: url, to: file('two.db'), encryptionKey })
    expect(back).toEqual(there)

    const store = await openPostgresStore(url, { ...runtime, key: encryptionKey })
    const view = await store.viewDomain('default', '7.example')
    const certificate = await store.getCertificate(sampleCertificate(view?.domain ?? sampleDomain()).id)
    expect(certificate?.privateKey).toContain('PRIVATE KEY')
    // The copy is nobody's to work on, and its audit goes on from where it was.
    expect(await store.claim(view?.domain.id ?? '', { owner: 'me', ttlMs: 1, isGone: () => false })).not.toBeNull()
    await store.addDomain(sampleDomain({ name: 'new.example' }), [sampleEvent('domain.added')])
    await store.close()
  })

  it('goes on after it was stopped, and is not used before it has ended', async () => {
    await fill('one.db', DOMAINS)
    const stopping = new AbortController()
    const half = copyState({
      from: file('one.db'),
      to: file('two.db'),
      signal: stopping.signal,
      onProgress: ({ table, rows }) => table === 'orders' && rows >= 500 && stopping.abort(),
    })
    expect(await failure(half)).toMatchObject({ code: 'INTERRUPTED' })
    expect(await failure(openSqliteStore(join(folder, 'two.db'), runtime))).toMatchObject({
      code: 'STATE_UNREADABLE',
      hint: expect.stringContaining('state copy'),
    })
    const whole = await copyState({ from: file('one.db'), to: file('two.db') })
    expect(whole.find(({ table }) => table === 'certificates')?.rows).toBe(DOMAINS)
    const store = await openSqliteStore(join(folder, 'two.db'), runtime)
    expect((await store.listDomains({}, { limit: 1 })).domains).toHaveLength(1)
    await store.close()
  })

  it.each([
    [
      'a row that was copied is another now',
      'update orders set updated_at = updated_at + 1 where id = (select min(id) from orders)',
    ],
    ['a row that was copied is gone', 'delete from orders where id = (select min(id) from orders)'],
    ['there are fewer rows than were copied', 'delete from orders'],
  ])('says that the source has changed, without a line in its audit: %s', async (_, statement) => {
    await fill('one.db', DOMAINS)
    const stopping = new AbortController()
    const half = copyState({
      from: file('one.db'),
      to: file('two.db'),
      signal: stopping.signal,
      onProgress: ({ table, rows }) => table === 'orders' && rows >= 500 && stopping.abort(),
    })
    expect(await failure(half)).toMatchObject({ code: 'INTERRUPTED' })
    const database = new DatabaseSync(join(folder, 'one.db'))
    database.exec(statement)
    database.close()
    expect(await failure(copyState({ from: file('one.db'), to: file('two.db') }))).toMatchObject({
      code: 'USAGE',
      message: expect.stringContaining('the source has changed since'),
      hint: expect.stringContaining('a new, empty state'),
    })
  })

  it.each(['file', 'PostgreSQL'])('into one place (a %s), several at once: one makes it, and the others say so', async (kind) => {
    await fill('one.db', 300)
    const encryptionKey = (await readFile(join(folder, 'one.db.key'), 'utf8')).trim()
    const to = kind === 'file' ? file('two.db') : await server.createDatabase()
    const given = kind === 'file' ? {} : { encryptionKey }
    const ends = await Promise.all(Array.from({ length: 4 }, () => failure(copyState({ from: file('one.db'), to, ...given }))))
    expect(ends).toContain(null)
    for (const end of ends) if (end !== null) expect(end).toMatchObject({ code: 'USAGE' })
    const back = await copyState({ from: to, to: file('three.db'), encryptionKey })
    expect(back.find(({ table }) => table === 'certificates')?.rows).toBe(300)
  })

  it('replaces nothing, and goes on with nothing else', async () => {
    await fill('one.db', 3)
    await fill('two.db', 2)
    expect(await failure(copyState({ from: file('one.db'), to: file('two.db') }))).toMatchObject({ code: 'STATE_KEY_WRONG' })
    const two = await openSqliteStore(join(folder, 'two.db'), runtime)
    expect((await two.getCertificate(sampleCertificate(sampleDomain({ name: '0.example' })).id))?.privateKey).toContain(
      'PRIVATE KEY',
    )
    await two.close()
    await copyState({ from: file('one.db'), to: file('three.db') })
    expect(await failure(copyState({ from: file('one.db'), to: file('three.db') }))).toMatchObject({ code: 'USAGE' })
    expect(await failure(copyState({ from: file('none.db'), to: file('four.db') }))).toMatchObject({ code: 'USAGE' })
    await writeFile(join(folder, 'empty.db'), '')
    for (const from of [file('empty.db'), await server.createDatabase()])
      expect(await failure(copyState({ from, to: file('four.db'), encryptionKey: '0f'.repeat(32) }))).toMatchObject({
        code: 'USAGE',
      })
    expect(await readdir(folder)).not.toContain('four.db')
    expect(await failure(copyState({ from: 'mysql://h/d', to: file('four.db') }))).toMatchObject({ code: 'CONFIG_INVALID' })
  })
})
