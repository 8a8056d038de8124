import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { Kysely } from 'kysely'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Lease, Store } from '../contracts/store.ts'
import { systemRandom } from '../runtime/random.ts'
import { manualClock } from '../testing/manual-clock.ts'
import { SAMPLE_TIME, sampleCertificate, sampleDomain, sampleEvent, sampleRecord } from '../testing/model-samples.ts'
import { Database } from './database.ts'
import { sqliteEngine } from './engine.ts'
import { parseKey } from './key.ts'
import { openSqliteStore, storeOver } from './open.ts'
import type { Schema } from './schema.ts'
import { NodeSqliteDialect, openDatabase } from './sqlite.ts'

const KEY = '0f'.repeat(32)

describe('a SQLite state', () => {
  let folder: string
  let path: string
  let clock: ReturnType<typeof manualClock>
  let sqlite: DatabaseSync
  let store: Store
  const random = systemRandom()
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'domainctl-'))
    path = join(folder, 'state.db')
    clock = manualClock(SAMPLE_TIME)
    const engine = sqliteEngine(path, clock)
    sqlite = openDatabase(engine)
    store = (await storeOver(sqlite, engine, { key: parseKey(KEY, 'The key'), clock, random })).store
  })
  afterEach(async () => {
    vi.restoreAllMocks()
    await store.close()
    await rm(folder, { recursive: true })
  })
  async function leased(): Promise<Lease> {
    await store.addDomain(sampleDomain(), [])
    const claimed = await store.claim('default/example.com', { owner: 'me', ttlMs: 1000, isGone: () => false })
    if (!claimed) throw new Error('it was just added')
    return claimed.lease
  }

  it('writes ahead, in full, and holds foreign keys', () => {
    const pragma = (name: string) => Object.values(sqlite.prepare(`pragma ${name}`).get() ?? {})[0]
    expect(['journal_mode', 'synchronous', 'foreign_keys', 'busy_timeout'].map(pragma)).toEqual(['wal', 2, 1, 5])
  })

  describe('on a full disk', () => {
    const fill = async (lease: Lease): Promise<number> => {
      for (let attempts = 1; ; attempts++) {
        const domain = sampleDomain({ attempts })
        const events = Array.from({ length: 20 }, () => sampleEvent('filled', { message: 'x'.repeat(1000) }))
        try {
          await store.commit(lease, { domain, recordsWritten: [sampleRecord(domain, { id: String(attempts) })], events })
        } catch (error) {
          expect(error).toMatchObject({
            code: 'STATE_FULL',
            message: expect.stringContaining(path),
            hint: expect.stringContaining('in the journal'),
          })
          return attempts - 1
        }
      }
    }

    it('keeps all that was committed, nothing of what was not, and goes on when there is room', async () => {
      const lease = await leased()
      sqlite.exec('pragma max_page_count = 160')
      const committed = await fill(lease)
      expect(committed).toBeGreaterThan(3)
      expect((await store.getDomain('default', 'example.com'))?.attempts).toBe(committed)
      expect(await store.recordsOf(lease.domainId)).toHaveLength(committed)
      expect(await store.history({ limit: 10_000 })).toHaveLength(committed * 20)

      sqlite.exec('pragma max_page_count = 320')
      await store.commit(lease, { domain: sampleDomain({ attempts: 1000 }) }, { release: true })
      expect((await store.getDomain('default', 'example.com'))?.attempts).toBe(1000)
    })

    it('leaves the lease as it was', async () => {
      const lease = await leased()
      sqlite.exec('pragma max_page_count = 120')
      await fill(lease)
      await store.heartbeat(lease, 5000)
      await store.release(lease)
    })
  })

  describe('that another process writes', () => {
    let other: DatabaseSync
    beforeEach(() => {
      other = new DatabaseSync(path)
      other.exec('begin immediate')
    })
    afterEach(() => other.close())

    it('can be read meanwhile', async () => {
      expect(await store.getDomain('default', 'example.com')).toBeNull()
      expect(clock.now()).toEqual(SAMPLE_TIME)
    })

    it('is written once the other has ended', async () => {
      const stop = clock.every(500, () => {
        stop()
        other.exec('rollback')
      })
      await store.addDomain(sampleDomain(), [])
      expect(await store.getDomain('default', 'example.com')).not.toBeNull()
      expect(clock.now().getTime() - SAMPLE_TIME.getTime()).toBeGreaterThanOrEqual(500)
    })

    it('is given up after half a minute, with nothing written', async () => {
      await expect(store.addDomain(sampleDomain(), [])).rejects.toMatchObject({
        code: 'STATE_BUSY',
        message: expect.stringContaining(path),
      })
      const waited = clock.now().getTime() - SAMPLE_TIME.getTime()
      expect(waited).toBeGreaterThanOrEqual(30_000)
      expect(waited).toBeLessThan(31_000)
      other.exec('rollback')
      expect(await store.getDomain('default', 'example.com')).toBeNull()
      await store.addDomain(sampleDomain(), [])
    })

    it('is waited for no longer by one that came later', async () => {
      const waitedFor = async (name: string): Promise<number> => {
        const began = clock.now().getTime()
        await expect(store.addDomain(sampleDomain({ name }), [])).rejects.toMatchObject({ code: 'STATE_BUSY' })
        return clock.now().getTime() - began
      }
      let later: Promise<number> | undefined
      const stop = clock.every(20_000, () => {
        stop()
        later = waitedFor('later.example')
      })
      for (const waited of [await waitedFor('example.com'), await later]) {
        expect(waited).toBeGreaterThanOrEqual(30_000)
        expect(waited).toBeLessThan(31_000)
      }
    })

    it('can be read by this process while it waits to write', async () => {
      const stop = clock.every(100, () => {
        stop()
        reading = store.getDomain('default', 'example.com').finally(() => other.exec('rollback'))
      })
      let reading: Promise<unknown> = Promise.reject(new Error('was not begun'))
      reading.catch(() => {})
      await store.addDomain(sampleDomain(), [])
      expect(await reading).toBeNull()
    })

    it('is opened by a further process', async () => {
      await (await openSqliteStore(path, { key: KEY, clock, random })).close()
      expect(clock.now()).toEqual(SAMPLE_TIME)
    })

    it('is asked for the lock before anything is read that a change will rest on', async () => {
      const stop = clock.every(1000, () => {
        stop()
        other.exec('rollback')
      })
      const database = new Database(new Kysely<Schema>({ dialect: new NodeSqliteDialect(sqlite) }), sqliteEngine(path, clock), {
        clock,
        random,
      })
      let began = 0
      await database.write(async (db) => {
        began++
        await db.selectFrom('meta').selectAll().execute()
        await db.insertInto('meta').values({ name: 'written', value: '' }).execute()
      })
      expect(began).toBe(1)
    })
  })

  it('can still be used when SQLite has rolled back by itself', async () => {
    sqlite.exec("create temp trigger refuse before insert on audit begin select raise(rollback, 'no more'); end")
    await expect(store.addDomain(sampleDomain(), [sampleEvent('domain.added')])).rejects.toThrow('no more')
    expect(await store.getDomain('default', 'example.com')).toBeNull()
    sqlite.exec('drop trigger refuse')
    await store.addDomain(sampleDomain(), [sampleEvent('domain.added')])
  })

  it('waits for what is under way before it closes', async () => {
    const adding = ['a', 'b', 'c'].map((label) => store.addDomain(sampleDomain({ name: `${label}.example` }), []))
    await store.close()
    await Promise.all(adding)
    await expect(store.getDomain('default', 'a.example')).rejects.toThrow()
  })

  it('reads the history and knows orders by an index', async () => {
    const lines = Array.from({ length: 5 }, () => sampleEvent('looked'))
    for (const id of ['first', 'second']) await store.addDomain(sampleDomain({ id, status: 'deleted' }), lines)
    const queries = spyOnQueries(sqlite)
    const plan = async (reading: Promise<unknown>) => {
      queries.clear()
      await reading
      return queries.texts().flatMap((text) =>
        sqlite
          .prepare(`explain query plan ${text}`)
          .all()
          .map(({ detail }) => String(detail))
          // The highest number that there is.
          .filter((detail) => detail !== 'SEARCH audit'),
      )
    }
    for (const after of [{}, { after: 5 }]) {
      const ofTenant = await plan(store.history({ tenant: 'default', limit: 5, ...after }))
      expect(ofTenant).toEqual([expect.stringMatching(/INDEX audit_tenant \(tenant=\?/)])
      const [former, ...lives] = await plan(store.history({ tenant: 'default', domainId: 'second', limit: 5, ...after }))
      expect(former).toContain('USING INDEX former_domain_ids_domain')
      const ofDomain = expect.stringMatching(/INDEX audit_domain \(domain_id=\? AND tenant=\?/)
      expect(lives).toEqual([ofDomain, ofDomain])
    }
    expect(await plan(store.knownOrders(['a', 'b']))).toEqual([expect.stringMatching(/INDEX orders_url \(url=\?\)/)])
  })

  it('asks as often for a long page as for a short one', async () => {
    for (let n = 0; n < 30; n++) {
      const domain = sampleDomain({ name: `${n}.example`, certificateId: `certificate of default/${n}.example` })
      await store.addDomain(domain, [])
      const claimed = await store.claim(domain.id, { owner: 'me', ttlMs: 1000, isGone: () => false })
      if (claimed)
        await store.commit(claimed.lease, { certificate: sampleCertificate(domain), recordsWritten: [sampleRecord(domain)] })
    }
    const queries = spyOnQueries(sqlite)
    const statements = async (limit: number) => {
      queries.clear()
      const { domains } = await store.listDomains({}, { limit })
      expect(domains).toHaveLength(limit)
      expect(domains.every(({ certificate, records }) => certificate && records.length === 1)).toBe(true)
      return queries.texts().length
    }
    expect(await statements(30)).toBe(await statements(1))
    expect(queries.texts().some((text) => /private_key|"chain"/.test(text))).toBe(false)
  })

  it('writes at the same time what is asked for at the same time, and each succeeds or fails alone', async () => {
    const ran = vi.spyOn(Object.getPrototypeOf(sqlite.prepare('select 1')), 'run')
    const names = Array.from({ length: 50 }, (_, n) => `${n}.example`)
    const adding = [...names, '7.example'].map((name, n) => store.addDomain(sampleDomain({ id: `id ${n}`, name }), []))
    const outcomes = await Promise.allSettled(adding)
    expect(outcomes.map(({ status }) => status)).toEqual([...names.map(() => 'fulfilled'), 'rejected'])
    expect(outcomes.at(-1)).toMatchObject({ reason: { code: 'DOMAIN_EXISTS' } })
    expect((ran.mock.contexts as StatementSync[]).filter(({ sourceSQL }) => sourceSQL === 'commit')).toHaveLength(1)
    expect((await store.listDomains({}, { limit: 100 })).domains).toHaveLength(50)
  })

  it('fails all that was written together when SQLite has rolled back by itself', async () => {
    sqlite.exec("create temp trigger refuse before insert on audit begin select raise(rollback, 'no more'); end")
    const adding = ['a', 'b', 'c'].map((id) =>
      store.addDomain(sampleDomain({ id, name: `${id}.example` }), id === 'b' ? [sampleEvent('domain.added')] : []),
    )
    const outcomes = await Promise.allSettled(adding)
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected'])
    expect((await store.listDomains({}, { limit: 100 })).domains).toEqual([])
    sqlite.exec('drop trigger refuse')
    await store.addDomain(sampleDomain({ id: 'd', name: 'd.example' }), [])
  })
})

/** The queries that are run from now on, by their text; statements are prepared only once. */
function spyOnQueries(sqlite: DatabaseSync) {
  const ran = vi.spyOn(Object.getPrototypeOf(sqlite.prepare('select 1')), 'all')
  return {
    clear: () => ran.mockClear(),
    texts: () =>
      (ran.mock.contexts as StatementSync[]).map(({ sourceSQL }) => sourceSQL).filter((text) => text.startsWith('select')),
  }
}
