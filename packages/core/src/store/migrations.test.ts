import { Kysely, sql } from 'kysely'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { systemRandom } from '../runtime/random.ts'
import { manualClock } from '../testing/manual-clock.ts'
import { getAccount } from './accounts.ts'
import { Database } from './database.ts'
import { sqliteEngine } from './engine.ts'
import { claimKeyLease } from './key-leases.ts'
import { LATEST, MIGRATIONS, type Migration, migrate, schemaVersion } from './migrations.ts'
import { recordsOf, saveRecord } from './records.ts'
import type { Schema } from './schema.ts'
import { createCipher, type Seal } from './seal.ts'
import { NodeSqliteDialect, openDatabase } from './sqlite.ts'

const NOW = new Date('2026-01-01T00:00:00Z')

describe('migrate', () => {
  const clock = manualClock(NOW)
  const engine = sqliteEngine(':memory:', clock)
  let database: Database
  beforeEach(() => {
    const kysely = new Kysely<Schema>({ dialect: new NodeSqliteDialect(openDatabase(engine)) })
    database = new Database(kysely, engine, { clock, random: systemRandom() })
  })
  afterEach(() => database.close())

  const version = (latest?: number) => database.read((db) => schemaVersion(db, engine, latest))
  const run = (migrations?: readonly Migration[]) => database.write((db) => migrate(db, engine, NOW, migrations))
  const tables = () => database.read(async (db) => (await engine.tables.execute(db)).rows.map(({ name }) => name))
  const create = (version: number): Migration => ({
    version,
    up: async (db) => {
      // Needs the table of the step before.
      if (version > 1) await sql`insert into ${sql.table(`step_${version - 1}`)} values (1)`.execute(db)
      await sql`create table ${sql.table(`step_${version}`)} (n integer)`.execute(db)
    },
  })

  it('numbers its steps 1, 2, 3 …', () => {
    expect(MIGRATIONS.map(({ version }) => version)).toEqual(MIGRATIONS.map((_, n) => n + 1))
    expect(LATEST).toBe(MIGRATIONS.length)
  })

  it('brings an empty database to the latest version, once', async () => {
    expect(await version()).toBe(0)
    await run()
    expect(await version()).toBe(LATEST)
    const made = await tables()
    await run()
    expect(await tables()).toEqual(made)
    const applied = await database.read((db) => db.selectFrom('schema_version').selectAll().execute())
    expect(applied.map((row) => ({ ...row }))).toEqual(MIGRATIONS.map(({ version }) => ({ version, applied_at: NOW.getTime() })))
  })

  it('has a tenant in every table of what belongs to somebody, from the first version on', async () => {
    await run()
    const columns = async (table: string) =>
      (await database.read((db) => sql<{ name: string }>`select name from pragma_table_info(${table})`.execute(db))).rows.map(
        ({ name }) => name,
      )
    const without = []
    for (const table of await tables()) if (!(await columns(table)).includes('tenant')) without.push(table)
    // A lease on a key excludes across tenants.
    expect(without.sort()).toEqual([
      'ca_budgets',
      'ca_circuits',
      'data_keys',
      'key_leases',
      'meta',
      'schema_version',
      'sqlite_sequence',
    ])
  })

  it('brings a state of version 2 forward with all that is in it', async () => {
    await run(MIGRATIONS.slice(0, 2))
    await database.write(async (db) => {
      await sql`insert into domains (id, tenant, name, status, status_since, settings, labels, attempts, created_at, updated_at, lease_fence)
        values ('d', 'default', 'example.com', 'active', 1, '{}', '{}', 0, 1, 1, 7)`.execute(db)
      await sql`insert into records values
        ('r', 'default', 'd', null, 'challenge', 'godaddy', 'z', 'example.com', '_acme-challenge.example.com', 'TXT', 'v', 60, 'present', 5)`.execute(
        db,
      )
    })
    await run()
    const before = { id: 'r', tenant: 'default', domainId: 'd', purpose: 'challenge', provider: 'godaddy' } as const
    const record = {
      ...before,
      zone: { id: 'z', name: 'example.com' },
      name: '_acme-challenge.example.com',
      type: 'TXT',
      value: 'v',
      ttl: 60,
      state: 'present',
      createdAt: new Date(5),
    } as const
    expect(await database.read((db) => recordsOf(db, ['d']))).toStrictEqual([record])
    const replaced = { ...record, previous: [{ type: 'A' as const, values: ['192.0.2.1'], ttl: 60 }] }
    await database.write((db) => saveRecord(db, replaced))
    expect(await database.read((db) => recordsOf(db, ['d']))).toStrictEqual([replaced])
    const claim = { id: 'c', owner: 'me', ttlMs: 1, isGone: () => false }
    expect(await database.write((db) => claimKeyLease(db, 'k', claim, engine))).toMatchObject({ key: 'k', id: 'c' })
  })

  it('brings an account of version 5 forward: it is the default one, and its key opens', async () => {
    await run(MIGRATIONS.filter(({ version }) => version <= 5))
    const cipher = createCipher(new Uint8Array(32), systemRandom())
    const seal: Seal = { close: async (...args) => cipher.close(...args), open: async (...args) => cipher.open(...args) }
    const key = cipher.close('the key', { table: 'accounts', row: 'a', column: 'key', tenant: 'default' })
    await database.write((db) =>
      sql`insert into accounts (id, tenant, ca, contact, url, key, created_at)
        values ('a', 'default', 'https://ca.example/directory', 'a@example.com', 'https://ca.example/1', ${key}, 5)`.execute(db),
    )
    await run()
    const which = { tenant: 'default', ca: 'https://ca.example/directory', name: 'default' }
    expect(await database.read((db) => getAccount(db, which, seal))).toStrictEqual({
      id: 'a',
      ...which,
      contact: 'a@example.com',
      url: 'https://ca.example/1',
      key: 'the key',
      keyType: 'ec256',
      createdAt: new Date(5),
    })
  })

  it('runs in order only what is missing', async () => {
    await run([create(1), create(2)])
    expect(await version(3)).toBe(2)
    await run([create(1), create(2), create(3)])
    expect(await version(3)).toBe(3)
    expect(await tables()).toEqual(['schema_version', 'step_1', 'step_2', 'step_3'])
  })

  it('takes everything back when a step fails, and can be run again', async () => {
    await run([create(1)])
    const failing: Migration = { version: 3, up: async (db) => void (await sql`insert into nowhere values (1)`.execute(db)) }
    await expect(run([create(1), create(2), failing])).rejects.toThrow('nowhere')
    expect(await version(3)).toBe(1)
    expect(await tables()).toEqual(['schema_version', 'step_1'])
    await run([create(1), create(2), create(3)])
    expect(await version(3)).toBe(3)
  })

  it('refuses what a newer domainctl has written', async () => {
    await run([create(1), create(2)])
    await expect(run([create(1)])).rejects.toMatchObject({
      code: 'STATE_NEWER',
      message: expect.stringContaining('version 2, this one knows 1'),
    })
    await expect(version(1)).rejects.toMatchObject({ code: 'STATE_NEWER' })
  })
})
