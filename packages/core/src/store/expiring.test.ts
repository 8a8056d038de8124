import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Kysely } from 'kysely'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { systemRandom } from '../runtime/random.ts'
import { manualClock } from '../testing/manual-clock.ts'
import { SAMPLE_TIME, sampleCertificate, sampleDomain, sampleEvent } from '../testing/model-samples.ts'
import { Database } from './database.ts'
import { sqliteEngine } from './engine.ts'
import { growFleet } from './fleet.test.support.ts'
import { MIGRATIONS, migrate } from './migrations.ts'
import { openSqliteStore } from './open.ts'
import type { Schema } from './schema.ts'
import { NodeSqliteDialect, openDatabase } from './sqlite.ts'

const NOW = SAMPLE_TIME.getTime()
const DAY = 86_400_000
const runtime = { clock: manualClock(SAMPLE_TIME), random: systemRandom() }

describe('what expires', () => {
  let folder: string
  let file: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'domainctl-expiring-'))
    file = join(folder, 'state.db')
  })
  afterEach(() => rm(folder, { recursive: true }))

  async function addFirst(): Promise<void> {
    const store = await openSqliteStore(file, { ...runtime, key: '0f'.repeat(32) })
    const domain = sampleDomain()
    const certificate = sampleCertificate(domain)
    await store.addDomain(domain, [sampleEvent('domain.added', { domainId: domain.id })])
    const claimed = await store.claim(domain.id, { owner: 'me', ttlMs: 60_000, isGone: () => false })
    if (!claimed) throw new Error('not there')
    await store.commit(claimed.lease, { domain: { ...domain, certificateId: certificate.id }, certificate }, { release: true })
    await store.close()
  }

  it.each([
    { what: 'few', days: 7 },
    { what: 'many', days: 60 },
    { what: 'all', days: 99 },
  ])('is found in the order of names, page by page: $what', async ({ days }) => {
    await addFirst()
    const raw = openDatabase(sqliteEngine(file, runtime.clock))
    await growFleet(async (sql) => raw.prepare(sql).all(), 'sqlite', { domains: 4_000, due: 4, now: NOW })
    const expected = raw
      .prepare(
        `select domains.name from domains join certificates on certificates.id = certificate_id
         where not_after < ? and status <> 'deleted' order by domains.name`,
      )
      .all(NOW + days * DAY)
      .map(({ name }) => name)
    raw.close()
    const store = await openSqliteStore(file, runtime)
    const found: string[] = []
    for (let cursor: string | undefined, more = true; more; ) {
      const filter = { expiringBefore: new Date(NOW + days * DAY) }
      const page = await store.listDomains(filter, { limit: 1_000, ...(cursor !== undefined && { cursor }) })
      found.push(...page.domains.map(({ domain }) => domain.name))
      cursor = page.next ?? undefined
      more = page.next !== null
    }
    await store.close()
    expect(found.length).toBeGreaterThan(0)
    expect(found).toEqual(expected)
  })

  it('is known of the certificates of an older state', async () => {
    const engine = sqliteEngine(file, runtime.clock)
    const raw = openDatabase(engine)
    const database = new Database(new Kysely<Schema>({ dialect: new NodeSqliteDialect(raw) }), engine, runtime)
    const older = MIGRATIONS.filter(({ version }) => version < 14)
    await database.write((db) => migrate(db, engine, SAMPLE_TIME, older))
    raw.exec(`insert into domains (id, tenant, name, status, status_since, settings, labels, attempts, certificate_id, created_at,
        updated_at, lease_fence)
      values ('1', 't', 'a.example', 'active', 0, '{}', '{}', 0, 'c', 0, 0, 0),
        ('2', 't', 'b.example', 'pending_dns', 0, '{}', '{}', 0, null, 0, 0, 0)`)
    for (const [id, notAfter] of [
      ['before', 5],
      ['c', 7],
    ])
      raw.exec(`insert into certificates (id, tenant, domain_id, order_id, ca, account_id, chain, private_key, key_type, serial,
          fingerprint, issuer, names, not_before, not_after, renew_at, renew_reason, created_at)
        values ('${id}', 't', '1', 'o', 'ca', 'acc', '', '', 'ec256', '1', 'f', 'i', '[]', 0, ${notAfter}, 0, '', 0)`)
    await database.write((db) => migrate(db, engine, SAMPLE_TIME))
    expect(
      raw
        .prepare('select id, expires_at from domains order by id')
        .all()
        .map((row) => ({ ...row })),
    ).toEqual([
      { id: '1', expires_at: 7 },
      { id: '2', expires_at: null },
    ])
    await database.close()
  })
})
