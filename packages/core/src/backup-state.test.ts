import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { backupState } from './backup-state.ts'
import { copyState } from './copy-state.ts'
import { systemClock } from './runtime/clock.ts'
import { systemRandom } from './runtime/random.ts'
import { LATEST } from './store/migrations.ts'
import { makeOlderFile } from './store/older-state.test.support.ts'
import { openSqliteStore } from './store/open.ts'
import { openPostgresStore } from './store/open-postgres.ts'
import { POSTGRES_VERSIONS, type PostgresServer, postgresMissing, startPostgres } from './store/postgres-server.test.support.ts'
import { sampleAccount, sampleDomain, sampleEvent } from './testing/model-samples.ts'

const runtime = { clock: systemClock(), random: systemRandom() }
const KEY = '0f'.repeat(32)

describe('backupState', { timeout: 60_000 }, () => {
  let folder: string
  let state: string
  let to: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'domainctl-backup-'))
    state = `file:${join(folder, 'state.db')}`
    to = join(folder, 'kept', 'one.backup')
    await mkdir(join(folder, 'kept'))
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  async function fill(domains: number): Promise<void> {
    const store = await openSqliteStore(join(folder, 'state.db'), runtime)
    for (let n = 0; n < domains; n++) await store.addDomain(sampleDomain({ name: `${n}.example` }), [sampleEvent('domain.added')])
    await store.addAccount(sampleAccount(), [])
    await store.close()
  }
  const failure = (work: Promise<unknown>) =>
    work.then(
      () => null,
      (error: unknown) => error,
    )
  const kept = () => readdir(join(folder, 'kept'))

  it('keeps a file, for its owner alone and without its key, and is a state that the key opens', async () => {
    await fill(3)
    const made = await backupState({ state, to })
    expect(made).toEqual({ path: to, version: LATEST, bytes: (await stat(to)).size })
    expect(await kept()).toEqual(['one.backup'])
    expect((await stat(to)).mode & 0o777).toBe(0o600)

    const looking = await openSqliteStore(to, { ...runtime, readOnly: true })
    expect((await looking.listDomains({}, { limit: 9 })).domains).toHaveLength(3)
    await expect(looking.getAccount('default', sampleAccount().ca, 'default')).rejects.toMatchObject({
      code: 'STATE_KEY_INVALID',
    })
    await looking.close()
    const encryptionKey = (await readFile(join(folder, 'state.db.key'), 'utf8')).trim()
    await copyState({ from: `file:${to}`, to: `file:${join(folder, 'restored.db')}`, encryptionKey })
    const restored = await openSqliteStore(join(folder, 'restored.db'), { ...runtime, key: encryptionKey })
    expect(await restored.getAccount('default', sampleAccount().ca, 'default')).toStrictEqual(sampleAccount())
    await restored.close()
  })

  it('keeps one moment of a state that is being worked on, and hinders nobody', async () => {
    await fill(1)
    const store = await openSqliteStore(join(folder, 'state.db'), runtime)
    let stop = false
    let added = 0
    const working = (async () => {
      while (!stop) {
        const domain = sampleDomain({ name: `w${added}.example` })
        await store.addDomain(domain, [sampleEvent('domain.added', { domainId: domain.id })])
        added += 1
      }
    })()
    const paths = Array.from({ length: 4 }, (_, n) => join(folder, 'kept', `${n}.backup`))
    const before = added
    await Promise.all(paths.map((path) => backupState({ state, to: path })))
    stop = true
    await working
    await store.close()
    for (const path of paths) {
      const database = new DatabaseSync(path, { readOnly: true })
      const count = (table: string) => Number(database.prepare(`select count(*) as n from ${table}`).get()?.n)
      // Each domain with the line of the audit that was written together with it.
      expect(count('audit')).toBe(count('domains'))
      expect(count('domains')).toBeGreaterThanOrEqual(before + 1)
      database.close()
    }
  })

  it('keeps a state of an older version as it is', async () => {
    await makeOlderFile(join(folder, 'state.db'), { version: 2, domains: 2 })
    expect(await backupState({ state, to })).toMatchObject({ version: 2 })
    expect(await readdir(folder)).toEqual(['kept', 'state.db'])
  })

  it('replaces nothing, not even a link to nowhere', async () => {
    await fill(1)
    await writeFile(to, 'mine')
    const link = join(folder, 'kept', 'link')
    await symlink(join(folder, 'nowhere'), link)
    for (const path of [to, link, join(folder, 'kept')])
      expect(await failure(backupState({ state, to: path }))).toMatchObject({ code: 'USAGE' })
    expect(await readFile(to, 'utf8')).toBe('mine')
    expect(await kept()).toEqual(['link', 'one.backup'])
    const both = await Promise.allSettled([1, 2].map(() => backupState({ state, to: `${to}.2` })))
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
  })

  it('says what is no state, no folder, or damaged, and leaves nothing behind', async () => {
    const none = await failure(backupState({ state, to }))
    expect(none).toMatchObject({ code: 'USAGE', message: expect.stringContaining('no state') })
    await fill(200)
    expect(await failure(backupState({ state, to: join(folder, 'nowhere', 'a') }))).toMatchObject({ code: 'USAGE' })
    await writeFile(join(folder, 'notes'), 'Dear diary, '.repeat(1000))
    expect(await failure(backupState({ state: `file:${join(folder, 'notes')}`, to }))).toMatchObject({ code: 'STATE_UNREADABLE' })
    const bytes = await readFile(join(folder, 'state.db'))
    bytes.fill(0xa5, 4096 * 3, 4096 * 12)
    await writeFile(join(folder, 'state.db'), bytes)
    expect(await failure(backupState({ state, to }))).toMatchObject({
      code: expect.stringMatching(/^STATE_(CORRUPT|UNREADABLE)$/),
    })
    expect(await kept()).toEqual([])
  })

  it('removes what a killed one has left, once it is certain that it was killed', async () => {
    await fill(1)
    const [old, fresh] = ['one.backup.unfinished-0123456789ab', 'one.backup.unfinished-ba9876543210']
    for (const name of [old, fresh]) await writeFile(join(folder, 'kept', name), 'a part')
    await utimes(join(folder, 'kept', old), 0, 0)
    await backupState({ state, to })
    expect(await kept()).toEqual(['one.backup', fresh])
  })

  it('is stopped by its signal, and has made nothing then', async () => {
    await fill(1)
    const stopped = failure(backupState({ state, to, signal: AbortSignal.abort() }))
    expect(await stopped).toMatchObject({ code: 'INTERRUPTED' })
    expect(await kept()).toEqual([])
  })

  describe.each(POSTGRES_VERSIONS)('of PostgreSQL %s', (version) => {
    const missing = postgresMissing(version)
    let server: PostgresServer
    beforeAll(async () => {
      if (missing === null) server = await startPostgres(version)
    }, 60_000)
    afterAll(async () => {
      if (missing === null) await server[Symbol.asyncDispose]()
    })

    it.skipIf(missing !== null)('makes a file of it that the same key opens', async () => {
      const url = await server.createDatabase()
      expect(await failure(backupState({ state: url, to, encryptionKey: KEY }))).toMatchObject({ code: 'USAGE' })
      const store = await openPostgresStore(url, { ...runtime, key: KEY })
      await store.addDomain(sampleDomain(), [sampleEvent('domain.added')])
      await store.addAccount(sampleAccount(), [])
      await store.close()
      expect(await failure(backupState({ state: url, to }))).toMatchObject({ code: 'STATE_KEY_INVALID' })
      expect(await failure(backupState({ state: url, to, encryptionKey: '1e'.repeat(32) }))).toMatchObject({
        code: 'STATE_KEY_WRONG',
      })
      expect(await kept()).toEqual([])
      const seen: string[] = []
      const made = await backupState({ state: url, to, encryptionKey: KEY, onProgress: ({ table }) => seen.push(table) })
      expect(made).toMatchObject({ path: to, version: LATEST })
      expect(seen).toContain('domains')
      expect(await kept()).toEqual(['one.backup'])
      expect((await stat(to)).mode & 0o777).toBe(0o600)
      const looking = await openSqliteStore(to, { ...runtime, key: KEY, readOnly: true })
      expect(await looking.getAccount('default', sampleAccount().ca, 'default')).toStrictEqual(sampleAccount())
      await looking.close()
      expect(await failure(backupState({ state: url, to, encryptionKey: KEY }))).toMatchObject({ code: 'USAGE' })
    })
  })
})
