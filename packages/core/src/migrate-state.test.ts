import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { chown, copyFile, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { migrateState } from './migrate-state.ts'
import { systemClock } from './runtime/clock.ts'
import { systemRandom } from './runtime/random.ts'
import { LATEST } from './store/migrations.ts'
import { makeOlderDatabase, makeOlderFile } from './store/older-state.test.support.ts'
import { openSqliteStore } from './store/open.ts'
import { openPostgresStore } from './store/open-postgres.ts'
import { POSTGRES_VERSIONS, type PostgresServer, postgresMissing, startPostgres } from './store/postgres-server.test.support.ts'

const CHILD = fileURLToPath(new URL('migrate-state.test.child.ts', import.meta.url))
const runtime = { clock: systemClock(), random: systemRandom() }
const KEY = '0f'.repeat(32)
type Child = ChildProcessByStdio<null, Readable, null>

describe('migrateState', { timeout: 120_000 }, () => {
  let folder: string
  let path: string
  let state: string
  const children: Child[] = []
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'domainctl-migrate-'))
    path = join(folder, 'state.db')
    state = `file:${path}`
  })
  afterEach(async () => {
    for (const child of children.splice(0)) child.kill('SIGKILL')
    await rm(folder, { recursive: true, force: true })
  })

  function start(verb: string, ...args: string[]): Child {
    const child = spawn(process.execPath, [CHILD, verb, ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, TEST_KEY: KEY },
    })
    children.push(child)
    return child
  }
  async function linesOf(child: Child): Promise<string[]> {
    const chunks = await child.stdout.toArray()
    return Buffer.concat(chunks).toString().trim().split('\n')
  }
  /** Kills it so long after it began, or when something is seen. */
  async function killed(child: Child, when: number | (() => Promise<boolean>)): Promise<void> {
    const ended = once(child, 'exit')
    await once(child.stdout, 'data')
    if (typeof when === 'number') await sleep(when)
    else while (child.exitCode === null && !(await when())) await sleep(1)
    child.kill('SIGKILL')
    await ended
  }
  const failure = (work: Promise<unknown>) =>
    work.then(
      () => null,
      (error: unknown) => error,
    )
  function contentOf(file: string): { version: number; domains: number; audit: number; sound: unknown } {
    const database = new DatabaseSync(file)
    const one = (sql: string) => Object.values(database.prepare(sql).get() ?? {})[0]
    const content = {
      version: Number(one('select max(version) from schema_version')),
      domains: Number(one('select count(*) from domains')),
      audit: Number(one('select count(*) from audit')),
      sound: one('pragma integrity_check'),
    }
    database.close()
    return content
  }

  it('brings a file to the version of this domainctl, and keeps it as it was', async () => {
    await makeOlderFile(path, { version: 5, domains: 3 })
    const before = contentOf(path)
    expect(await migrateState({ state, check: true })).toEqual({ from: 5, to: LATEST, backup: null })
    expect(contentOf(path)).toEqual(before)
    expect(await readdir(folder)).toEqual(['state.db'])

    const backup = `${path}.v5.backup`
    expect(await migrateState({ state })).toEqual({ from: 5, to: LATEST, backup })
    // A line of the audit says so.
    expect(contentOf(path)).toEqual({ ...before, version: LATEST, audit: before.audit + 1 })
    expect(contentOf(backup)).toEqual(before)
    expect((await stat(backup)).mode & 0o777).toBe(0o600)
    expect(await migrateState({ state })).toEqual({ from: LATEST, to: LATEST, backup: null })
    expect((await readdir(folder)).sort()).toEqual(['state.db', 'state.db.key', 'state.db.v5.backup'])
  })

  it('never replaces the backup of an earlier time, and keeps another where that has not all of it', async () => {
    await makeOlderFile(path, { version: 5, domains: 3 })
    await writeFile(`${path}.v5.backup`, 'of an earlier time')
    const [second, third] = [`${path}.v5-2.backup`, `${path}.v5-3.backup`]
    expect(await migrateState({ state })).toEqual({ from: 5, to: LATEST, backup: second })
    expect(await readFile(`${path}.v5.backup`, 'utf8')).toBe('of an earlier time')

    // Somebody goes back, finds that it was for nothing, and comes again.
    await copyFile(second, path)
    expect(await migrateState({ state })).toEqual({ from: 5, to: LATEST, backup: null })
    // And once more, after a while with the older one.
    await copyFile(second, path)
    const older = new DatabaseSync(path)
    older.exec(
      `insert into audit (at, tenant, who, event, message, details) values (2, 'default', 'test', 'thing.done', '', '{}')`,
    )
    older.close()
    const before = contentOf(path)
    expect(await migrateState({ state })).toEqual({ from: 5, to: LATEST, backup: third })
    expect(contentOf(third)).toEqual(before)
  })

  it.runIf(process.getuid?.() === 0)('leaves what root has kept to the one whose state it is', async () => {
    await makeOlderFile(path, { version: 5, domains: 1 })
    await chown(path, 65_534, 65_534)
    await migrateState({ state })
    expect(await stat(`${path}.v5.backup`)).toMatchObject({ uid: 65_534, gid: 65_534 })
  })

  it('keeps no backup of a state in which nothing is', async () => {
    await makeOlderFile(path, { version: 5, domains: 0 })
    expect(await migrateState({ state })).toEqual({ from: 5, to: LATEST, backup: null })
  })

  it('happens by itself when a state is opened, and the logger is told', async () => {
    await makeOlderFile(path, { version: 2, domains: 1 })
    const told: unknown[] = []
    const logger = { log: (level: string, message: string, fields?: object) => void told.push({ level, message, ...fields }) }
    await (await openSqliteStore(path, { ...runtime, logger })).close()
    expect(told).toEqual([
      {
        level: 'info',
        message: expect.stringContaining(`${path}.v2.backup`),
        state: path,
        backup: `${path}.v2.backup`,
        from: 2,
        to: LATEST,
      },
    ])
  })

  it('says where there is no state, and of a newer one that it is newer', async () => {
    expect(await failure(migrateState({ state }))).toMatchObject({ code: 'USAGE', message: expect.stringContaining(path) })
    await makeOlderFile(path, { version: LATEST, domains: 1 })
    const database = new DatabaseSync(path)
    database.exec('insert into schema_version values (1000, 0)')
    database.close()
    const before = await readFile(path)
    for (const check of [true, false])
      expect(await failure(migrateState({ state, check }))).toMatchObject({ code: 'STATE_NEWER' })
    expect(await readFile(path)).toEqual(before)
  })

  it('happens once when several come at once, all of which can use the state', async () => {
    await makeOlderFile(path, { version: 3, domains: 50 })
    const all = await Promise.all(Array.from({ length: 4 }, () => linesOf(start('migrate', state))))
    const done = all.map((lines) => JSON.parse(lines.at(-1) ?? ''))
    expect(done).toEqual(done.map(() => expect.objectContaining({ to: LATEST })))
    expect(done.filter(({ backup }) => backup !== null)).toHaveLength(1)
    expect(contentOf(path)).toEqual({ version: LATEST, domains: 50, audit: 51, sound: 'ok' })
    expect(contentOf(`${path}.v3.backup`)).toEqual({ version: 3, domains: 50, audit: 50, sound: 'ok' })
  })

  it('killed anywhere leaves the state as it was, or migrated, and no backup that is none', async () => {
    for (let round = 0; round < 6; round++) {
      const file = join(folder, `${round}.db`)
      // Large enough that what it takes is killed now in the backup, now in the migration.
      await makeOlderFile(file, { version: 3, domains: 2_000, audit: 2_000 })
      const before = contentOf(file)
      const backup = `${file}.v3.backup`
      // Of two one while it makes the backup, one when it goes on to migrate.
      const when = round % 2 === 0 ? 3 + round * 12 : async () => existsSync(backup)
      await killed(start('migrate', `file:${file}`), when)
      if (existsSync(backup)) expect(contentOf(backup)).toEqual(before)
      const { version } = contentOf(file)
      expect([3, LATEST]).toContain(version)
      expect(version === 3 || existsSync(backup)).toBe(true)
      expect(await migrateState({ state: `file:${file}`, encryptionKey: KEY })).toMatchObject({ from: version, to: LATEST })
      expect(contentOf(file)).toEqual({ ...before, version: LATEST, audit: before.audit + 1 })
      expect(contentOf(backup)).toEqual(before)
    }
  })

  it('a backup that was killed anywhere leaves nothing that looks like one', async () => {
    await makeOlderFile(path, { version: LATEST, domains: 2_000, audit: 2_000 })
    for (let round = 0; round < 5; round++) {
      const to = join(folder, `${round}.backup`)
      await killed(start('backup', state, to), 3 + round * 8)
      if (existsSync(to)) expect(contentOf(to)).toEqual(contentOf(path))
      const names = (await readdir(folder)).filter((name) => name.startsWith(`${round}.`) && name !== `${round}.backup`)
      expect(names.filter((name) => !name.startsWith(`${round}.backup.unfinished-`))).toEqual([])
    }
  })

  describe.each(POSTGRES_VERSIONS)('in PostgreSQL %s', (postgres) => {
    const missing = postgresMissing(postgres)
    let server: PostgresServer
    beforeAll(async () => {
      if (missing === null) server = await startPostgres(postgres)
    }, 60_000)
    afterAll(async () => {
      if (missing === null) await server[Symbol.asyncDispose]()
    })

    it.skipIf(missing !== null)('happens once when several come at once; a newer one is refused', async () => {
      const url = await server.createDatabase()
      await makeOlderDatabase(url, { version: 3, domains: 50 })
      expect(await migrateState({ state: url, check: true })).toEqual({ from: 3, to: LATEST, backup: null })
      const all = await Promise.all(Array.from({ length: 3 }, () => linesOf(start('migrate', url))))
      expect(all.map((lines) => JSON.parse(lines.at(-1) ?? ''))).toEqual(
        all.map(() => expect.objectContaining({ to: LATEST, backup: null })),
      )
      const store = await openPostgresStore(url, { ...runtime, key: KEY })
      expect((await store.listDomains({}, { limit: 100 })).domains).toHaveLength(50)
      await store.close()
      await server.query('insert into schema_version values (1000, 0)', new URL(url).pathname.slice(1))
      for (const check of [true, false])
        expect(await failure(migrateState({ state: url, encryptionKey: KEY, check }))).toMatchObject({ code: 'STATE_NEWER' })
    })

    it.skipIf(missing !== null)('makes the tables in an empty database, for those who may not', async () => {
      const url = await server.createDatabase()
      expect(await migrateState({ state: url, check: true })).toEqual({ from: 0, to: LATEST, backup: null })
      expect(await failure(migrateState({ state: url }))).toMatchObject({ code: 'STATE_KEY_INVALID' })
      expect(await migrateState({ state: url, check: true })).toMatchObject({ from: 0 })
      expect(await migrateState({ state: url, encryptionKey: KEY })).toEqual({ from: 0, to: LATEST, backup: null })
      expect(await migrateState({ state: url })).toMatchObject({ from: LATEST })
    })

    it.skipIf(missing !== null)('killed in the middle leaves the state as it was', async () => {
      const url = await server.createDatabase()
      const name = new URL(url).pathname.slice(1)
      await makeOlderDatabase(url, { version: 1, domains: 20 })
      for (let round = 0; round < 2; round++) {
        // The steps before this table are done by then, in the same transaction.
        const holder = new pg.Client({ connectionString: url })
        await holder.connect()
        await holder.query('begin; lock table orders in access exclusive mode')
        const waits = async () =>
          (await server.query(`select 1 from pg_stat_activity where datname = '${name}' and wait_event_type = 'Lock'`)).rows
            .length > 0
        await killed(start('migrate', url), waits)
        await holder.end()
        expect(await migrateState({ state: url, check: true })).toMatchObject({ from: 1 })
      }
      expect(await migrateState({ state: url, encryptionKey: KEY })).toMatchObject({ from: 1, to: LATEST })
      const store = await openPostgresStore(url, { ...runtime, key: KEY })
      expect((await store.listDomains({}, { limit: 100 })).domains).toHaveLength(20)
      await store.close()
    })
  })
})
