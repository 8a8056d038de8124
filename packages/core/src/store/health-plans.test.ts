import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { Store } from '../contracts/store.ts'
import { undisturbed } from '../domain/health/damping.ts'
import { systemRandom } from '../runtime/random.ts'
import { manualClock } from '../testing/manual-clock.ts'
import { SAMPLE_TIME, sampleDomain } from '../testing/model-samples.ts'
import { sqliteEngine } from './engine.ts'
import { parseKey } from './key.ts'
import { storeOver } from './open.ts'
import { openDatabase } from './sqlite.ts'

let folder: string
let sqlite: DatabaseSync
let store: Store
const clock = manualClock(SAMPLE_TIME)

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'domainctl-'))
  const engine = sqliteEngine(join(folder, 'state.db'), clock)
  sqlite = openDatabase(engine)
  store = (await storeOver(sqlite, engine, { key: parseKey('0f'.repeat(32), 'The key'), clock, random: systemRandom() })).store
  for (const name of ['a.example', 'b.example']) {
    const domain = sampleDomain({ name, status: 'active', certificateId: 'one' })
    await store.addDomain(domain, [])
    const claimed = await store.claim(domain.id, { owner: 'me', ttlMs: 1000, isGone: () => false })
    if (claimed) await store.commit(claimed.lease, { domain }, { release: true })
  }
})
afterEach(async () => {
  vi.restoreAllMocks()
  await store.close()
  await rm(folder, { recursive: true })
})

/** How SQLite finds the rows of tables of health in what is run, table by table. */
async function plans(work: () => Promise<unknown>): Promise<string[]> {
  const statement = Object.getPrototypeOf(sqlite.prepare('select 1'))
  const spies = (['all', 'run'] as const).map((method) => vi.spyOn(statement, method))
  await work()
  const texts = spies.flatMap((spy) => (spy.mock.contexts as StatementSync[]).map(({ sourceSQL }) => sourceSQL))
  for (const spy of spies) spy.mockRestore()
  return [...new Set(texts)]
    .filter((text) => /^(select|update|delete)/.test(text) && text.includes('"health'))
    .flatMap((text) =>
      sqlite
        .prepare(`explain query plan ${text}`)
        .all()
        .map(({ detail }) => String(detail)),
    )
}

it('claims and saves checks, reads and forgets the history by indexes, however many there are', async () => {
  const at = new Date(SAMPLE_TIME.getTime() + 600_000)
  const found = await plans(async () => {
    expect(await store.dueChecks(at, 1)).toHaveLength(1)
    const [claimed] = await store.claimChecks(at, 1, { claim: 'one', forMs: 1000 })
    const domainId = claimed?.domain.id ?? ''
    await store.claimChecks(at, 1, { claim: 'two', forMs: 1000, domainIds: [domainId] })
    const member = {
      tenant: 'default',
      name: 'a.example',
      labels: {},
      place: 'there',
      channels: [],
      failedAt: 0,
      reminders: 0,
      newIncidentId: 'new',
    }
    const health = { damping: undisturbed(), checkedAt: at, nextCheckAt: at }
    const news = { news: 'outage' as const, member }
    const span = { state: 'broken' as const }
    await store.saveCheck({ claim: 'one', domainId, health, span, brokenSince: at, news, notices: [] }, () => [])
    await store.healthSpans(domainId, SAMPLE_TIME)
    await store.forgetHealth(new Date(at.getTime() + 1), 10)
  })
  expect(found.length).toBeGreaterThan(8)
  expect(
    found.filter((plan) => !/^SEARCH .* USING (COVERING )?INDEX /.test(plan) && !/ BY PRIMARY KEY|LIST SUBQUERY/.test(plan)),
  ).toEqual([])
  expect(found).toContainEqual(expect.stringMatching(/health USING .*INDEX health_due \(next_check_at</))
  expect(found).toContainEqual(expect.stringMatching(/health USING .*INDEX health_rechecks \(next_check_at</))
  expect(found).toContainEqual(expect.stringMatching(/health_history USING .*INDEX health_history_age \(began_at</))
  expect(found).toContainEqual(
    expect.stringMatching(/health_incidents USING INDEX health_incidents_place \(tenant=\? AND place=\?/),
  )
})
