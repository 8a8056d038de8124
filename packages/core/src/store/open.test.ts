import { chmod, link, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Store } from '../contracts/store.ts'
import { systemClock } from '../runtime/clock.ts'
import { systemRandom } from '../runtime/random.ts'
import { manualClock } from '../testing/manual-clock.ts'
import {
  SAMPLE_TIME,
  sampleAccount,
  sampleCertificate,
  sampleDomain,
  sampleEvent,
  sampleOrder,
} from '../testing/model-samples.ts'
import { sqliteEngine } from './engine.ts'
import { openSqliteStore } from './open.ts'
import { makeDatabase } from './sqlite.ts'

const KEY = '0f'.repeat(32)
const OTHER_KEY = Buffer.alloc(32, 9).toString('base64')
const runtime = { clock: manualClock(SAMPLE_TIME), random: systemRandom() }

describe('openSqliteStore', () => {
  let folder: string
  let path: string
  const stores: Store[] = []
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'domainctl-'))
    path = join(folder, 'new', 'state.db')
  })
  afterEach(async () => {
    for (const store of stores.splice(0)) await store.close()
    await rm(folder, { recursive: true })
  })

  async function open(key?: string): Promise<Store> {
    const store = await openSqliteStore(path, { ...runtime, ...(key !== undefined && { key }) })
    stores.push(store)
    return store
  }
  /** A state on the disk, that nobody has open. */
  async function make(key?: string): Promise<void> {
    await (await open(key)).close()
  }
  /** Writes a secret into the state, and has it again. */
  async function use(key?: string): Promise<void> {
    const store = await open(key)
    const account = sampleAccount()
    await store.addAccount(account, [])
    expect(await store.getAccount('default', account.ca, 'default')).toStrictEqual(account)
    await store.close()
  }
  const mode = async (file: string) => ((await stat(file)).mode & 0o777).toString(8)
  /** Does to the state what no domainctl does. */
  function tamper(statement: string): void {
    const database = new DatabaseSync(path)
    database.exec(statement)
    database.close()
  }
  const refusal = (code: string) =>
    expect.objectContaining({ code, message: expect.stringContaining(path), hint: expect.stringMatching(/\.$/) })

  describe('files', () => {
    it('makes a new state for its owner alone, while it is open and after', async () => {
      const store = await open()
      await store.addDomain(sampleDomain(), [])
      expect(await mode(join(folder, 'new'))).toBe('700')
      for (const file of ['state.db', 'state.db-wal', 'state.db-shm', 'state.db.key'])
        expect([file, await mode(join(folder, 'new', file))]).toEqual([file, '600'])
      await store.close()
      expect((await readdir(join(folder, 'new'))).sort()).toEqual(['state.db', 'state.db.key'])
    })

    it('leaves the rights of a folder that is there, and takes those of others on the file away', async () => {
      await make()
      await chmod(join(folder, 'new'), 0o755)
      await chmod(path, 0o644)
      await open()
      expect(await mode(join(folder, 'new'))).toBe('755')
      expect(await mode(path)).toBe('600')
      expect(await mode(`${path}-wal`)).toBe('600')
    })

    it('removes what a killed process has left of its making, and nothing that may be somebody’s', async () => {
      const path = join(folder, 'state.db')
      const old = new Date(Date.now() - 2 * 3_600_000)
      for (const name of [
        'state.db.making-aaaaaaaaaaaa',
        'state.db.making-aaaaaaaaaaaa-journal',
        'other.db.making-bbbbbbbbbbbb',
      ]) {
        await writeFile(join(folder, name), '')
        await utimes(join(folder, name), old, old)
      }
      await writeFile(join(folder, 'state.db.making-cccccccccccc'), '')
      // Killed between the state's name and the end of the other one.
      makeDatabase(sqliteEngine(path, systemClock()))
      await link(path, join(folder, 'state.db.making-dddddddddddd'))
      const store = await openSqliteStore(path, { clock: systemClock(), random: systemRandom() })
      await store.close()
      expect((await readdir(folder)).sort()).toEqual([
        'other.db.making-bbbbbbbbbbbb',
        'state.db',
        'state.db.key',
        'state.db.making-cccccccccccc',
      ])
    })

    it('takes an empty file for a new state', async () => {
      path = join(folder, 'empty.db')
      await writeFile(path, '')
      expect(await (await open()).getDomain('default', 'example.com')).toBeNull()
    })

    it('refuses what is no database, and leaves it as it is', async () => {
      path = join(folder, 'notes.txt')
      await writeFile(path, 'Dear diary, '.repeat(1000))
      await chmod(path, 0o664)
      await expect(open()).rejects.toEqual(refusal('STATE_UNREADABLE'))
      expect(await mode(path)).toBe('664')
      expect(await readFile(path, 'utf8')).toBe('Dear diary, '.repeat(1000))
      expect(await readdir(folder)).toEqual(['notes.txt'])
    })

    it('refuses the database of another program', async () => {
      path = join(folder, 'places.sqlite')
      tamper('create table bookmarks (url text)')
      await chmod(path, 0o664)
      const before = await readFile(path)
      await expect(open()).rejects.toEqual(refusal('STATE_UNREADABLE'))
      expect(await mode(path)).toBe('664')
      expect(await readFile(path)).toEqual(before)
      const database = new DatabaseSync(path)
      expect(database.prepare('select name from sqlite_master').all()).toHaveLength(1)
      database.close()
      expect(await readdir(folder)).not.toContain('places.sqlite.key')
    })

    it('finds the key of a state behind a link', async () => {
      const store = await openSqliteStore(path, runtime)
      await store.close()
      const link = join(folder, 'link.db')
      await symlink(path, link)
      await (await openSqliteStore(link, runtime)).close()
      expect((await readdir(folder, { recursive: true })).filter((file) => file.endsWith('.key'))).toHaveLength(1)
    })

    it('refuses a directory, a path through a file, and a link to nowhere', async () => {
      path = join(folder, 'directory')
      await mkdir(path, { mode: 0o755 })
      await expect(open()).rejects.toEqual(refusal('STATE_UNREADABLE'))
      expect(await mode(path)).toBe('755')
      await writeFile(join(folder, 'file'), '')
      path = join(folder, 'file', 'state.db')
      await expect(open()).rejects.toEqual(refusal('STATE_UNREADABLE'))
      path = join(folder, 'link')
      await symlink(join(folder, 'nowhere', 'state.db'), path)
      await expect(open()).rejects.toEqual(refusal('STATE_UNREADABLE'))
    })

    it('says when its tables are not there any more', async () => {
      await (await openSqliteStore(path, runtime)).close()
      const database = new DatabaseSync(path)
      database.exec('drop table accounts')
      database.close()
      const store = await openSqliteStore(path, runtime)
      await expect(store.getAccount('default', 'https://ca.example', 'default')).rejects.toMatchObject({
        code: 'STATE_UNREADABLE',
        message: expect.stringContaining(path),
      })
      await store.close()
    })

    it('says when the file is damaged, at opening or when the damage is met', async () => {
      const store = await open()
      for (let n = 0; n < 50; n++)
        await store.addDomain(sampleDomain({ name: `${n}.example` }), [sampleEvent('domain.added', { message: 'x'.repeat(500) })])
      await store.close()
      const whole = await readFile(path)
      const damaged = Buffer.from(whole)
      damaged.fill(0xa5, 4096 * 2)
      await writeFile(path, damaged)
      const using = async () => (await open()).listDomains({}, { limit: 100 })
      await expect(using()).rejects.toEqual(refusal('STATE_UNREADABLE'))
      await writeFile(path, whole.subarray(0, 5000))
      await expect(using()).rejects.toEqual(refusal('STATE_UNREADABLE'))
    })

    it('opens a state that another store of this process has open, and does not disturb it', async () => {
      const first = await open()
      const second = await open()
      await first.addDomain(sampleDomain(), [])
      expect(await second.getDomain('default', 'example.com')).not.toBeNull()
      await second.close()
      await first.addDomain(sampleDomain({ name: 'example.org' }), [])
      expect((await first.listDomains({}, { limit: 9 })).domains).toHaveLength(2)
    })
  })

  describe('versions', () => {
    it('refuses a state of a newer domainctl and leaves it as it is', async () => {
      await make()
      tamper('insert into schema_version values (1000, 0)')
      const before = await readFile(path)
      await expect(open()).rejects.toEqual(refusal('STATE_NEWER'))
      await expect(open(OTHER_KEY)).rejects.toEqual(refusal('STATE_NEWER'))
      expect(await readFile(path)).toEqual(before)
    })

    it('changes nothing of a state that is up to date', async () => {
      await make()
      const before = await readFile(path)
      await make()
      expect(await readFile(path)).toEqual(before)
    })
  })

  describe('the key', () => {
    it('is made once and used again', async () => {
      const account = sampleAccount()
      const store = await open()
      await store.addAccount(account, [])
      await store.close()
      const key = await readFile(`${path}.key`, 'utf8')
      expect(await (await open()).getAccount('default', account.ca, 'default')).toStrictEqual(account)
      expect(await readFile(`${path}.key`, 'utf8')).toBe(key)
      expect(await (await open(key)).getAccount('default', account.ca, 'default')).toStrictEqual(account)
    })

    it('is not written anywhere when it was given', async () => {
      await make(KEY)
      await use(Buffer.from(KEY, 'hex').toString('base64'))
      expect(await readdir(join(folder, 'new'))).toEqual(['state.db'])
    })

    it('is refused when it is another one, before anything is changed or a secret is read', async () => {
      await make(KEY)
      const before = await readFile(path)
      await writeFile(`${path}.key`, OTHER_KEY)
      const domain = sampleDomain()
      const lease = { domainId: domain.id, owner: 'me', fence: 1, until: SAMPLE_TIME }
      for (const store of [await open(OTHER_KEY), await open()]) {
        const attempts = await Promise.allSettled([
          store.addDomain(domain, []),
          store.claim(domain.id, { owner: 'me', ttlMs: 1000, isGone: () => false }),
          store.heartbeat(lease, 1000),
          store.commit(lease, {}),
          store.release(lease),
          store.addAccount(sampleAccount(), []),
          store.confirmAccount('account', 'https://ca.example/acct/1', []),
          store.openOrder(domain.id),
          store.getCertificate('certificate'),
          store.getAccount('default', sampleAccount().ca, 'default'),
        ])
        const refused = { status: 'rejected', reason: refusal('STATE_KEY_WRONG') }
        expect(attempts).toEqual(attempts.map(() => refused))
        await store.close()
      }
      expect(await readFile(path)).toEqual(before)
      await use(KEY)
    })

    it('is not needed to see what is in the clear', async () => {
      const first = await open(KEY)
      await first.addDomain(sampleDomain(), [sampleEvent('domain.added')])
      const store = await open(OTHER_KEY)
      expect((await store.listDomains({}, { limit: 9 })).domains).toHaveLength(1)
      expect(await store.viewDomain('default', 'example.com')).not.toBeNull()
      expect(await store.history({ limit: 9 })).toHaveLength(1)
    })

    it('is not made anew when it is lost', async () => {
      await make()
      await rename(`${path}.key`, join(folder, 'elsewhere'))
      await expect(use()).rejects.toEqual(refusal('STATE_KEY_INVALID'))
      expect((await readdir(join(folder, 'new'))).filter((name) => name.includes('key'))).toEqual([])
      await rename(join(folder, 'elsewhere'), `${path}.key`)
      await use()
    })

    it('is missed when what it is held against is gone', async () => {
      const first = await open(KEY)
      await first.addAccount(sampleAccount(), [])
      const store = await open(KEY)
      tamper('delete from data_keys')
      await expect(store.getAccountById('account')).rejects.toEqual(refusal('STATE_CORRUPT'))
      await expect(open(KEY)).rejects.toEqual(refusal('STATE_CORRUPT'))
    })

    it('of the wrong length is refused before a file is made', async () => {
      for (const key of ['', 'f'.repeat(63), 'short'])
        await expect(open(key)).rejects.toMatchObject({ code: 'STATE_KEY_INVALID' })
      expect(await readdir(folder)).toEqual([])
    })

    it('that a process left behind before it died is used', async () => {
      await mkdir(join(folder, 'new'))
      await writeFile(`${path}.key`, KEY)
      await make()
      await use(KEY)
    })

    it('in a file that others can read is taken from them', async () => {
      await make()
      await chmod(`${path}.key`, 0o640)
      await use()
      expect(await mode(`${path}.key`)).toBe('600')
    })
  })

  describe('what is stored', () => {
    const certified = sampleDomain({ certificateId: 'certificate of default/example.com' })
    async function fill(): Promise<void> {
      const store = await open()
      await store.addDomain(certified, [sampleEvent('domain.added', { domainId: certified.id, details: { n: 1 } })])
      const claimed = await store.claim(certified.id, { owner: 'me', ttlMs: 1000, isGone: () => false })
      if (!claimed) throw new Error('it was just added')
      await store.commit(
        claimed.lease,
        { order: sampleOrder(certified), certificate: sampleCertificate(certified) },
        { release: true },
      )
      await store.addAccount(sampleAccount(), [])
      await store.close()
    }

    it('holds no secret in the clear', async () => {
      await fill()
      const bytes = await readFile(path)
      for (const { key } of [
        { key: sampleAccount().key },
        { key: sampleOrder(certified).certificateKey ?? '' },
        { key: sampleCertificate(certified).privateKey ?? '' },
      ]) {
        expect(bytes.includes(key.split('\n')[1] ?? '')).toBe(false)
      }
      expect(bytes.includes('PRIVATE KEY')).toBe(false)
      expect(bytes.includes('BEGIN CERTIFICATE')).toBe(true)
    })

    const reads = {
      domain: (store: Store) => store.getDomain('default', 'example.com'),
      order: (store: Store) => store.openOrder(certified.id),
      certificate: (store: Store) => store.getCertificate('certificate of default/example.com'),
      account: (store: Store) => store.getAccount('default', sampleAccount().ca, 'default'),
      history: (store: Store) => store.history({ limit: 9 }),
      labels: (store: Store) => store.listDomains({ labels: { a: 'b' } }, { limit: 9 }),
    }
    it.each([
      ['domain', "update domains set settings = '{'", 'domains.settings of the row default/example.com'],
      ['domain', "update domains set settings = '[]'", 'domains.settings'],
      ['domain', "update domains set labels = 'null'", 'domains.labels'],
      ['labels', "update domains set labels = '{'", 'malformed JSON'],
      ['domain', `update domains set last_error = '{"at":"yesterday"}'`, 'domains.last_error'],
      ['domain', "update domain_names set routing_state = 'ok', routing_addresses = '{}'", 'domain_names.routing_addresses'],
      ['order', "update orders set authorizations = '{}'", 'orders.authorizations'],
      ['order', "update orders set certificate_key = 'plain'", 'orders.certificate_key'],
      ['order', 'update orders set certificate_key = (select private_key from certificates)', 'was altered or moved'],
      ['certificate', "update certificates set tenant = 'other'", 'certificates.private_key'],
      ['certificate', "update certificates set names = '1'", 'certificates.names'],
      ['account', "update accounts set key = replace(key, 'v1', 'v9')", 'accounts.key'],
      ['account', "update accounts set id = 'another'", 'accounts.key'],
      ['history', "drop trigger audit_no_update; update audit set details = 'x'", 'audit.details'],
    ] as const)('says when the %s cannot be read back: %s', async (what, statement, where) => {
      await fill()
      tamper(statement)
      const store = await open()
      await expect(reads[what](store)).rejects.toEqual(refusal('STATE_CORRUPT'))
      await expect(reads[what](store)).rejects.toThrow(where)
    })

    it.each([
      "update audit set message = 'nothing happened'",
      'delete from audit',
      "insert or replace into audit select seq, at, tenant, domain_id, 'x', event, message, details from audit",
    ])('keeps the audit as it is: %s', async (statement) => {
      await fill()
      expect(() => tamper(statement)).toThrow('the table audit is append-only')
      expect(await (await open()).history({ limit: 9 })).toMatchObject([{ who: 'test', event: 'domain.added' }])
    })
  })
})
