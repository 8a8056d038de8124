import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Store } from '../contracts/store.ts'
import { systemRandom } from '../runtime/random.ts'
import { manualClock } from '../testing/manual-clock.ts'
import { SAMPLE_TIME, sampleDomain, sampleEvent } from '../testing/model-samples.ts'
import { openSqliteStore } from './open.ts'

describe('the audit in SQLite', () => {
  let folder: string
  let store: Store
  let raw: DatabaseSync
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'domainctl-'))
    const path = join(folder, 'state.db')
    store = await openSqliteStore(path, { clock: manualClock(SAMPLE_TIME), random: systemRandom() })
    raw = new DatabaseSync(path)
  })
  afterEach(async () => {
    raw.close()
    await store.close()
    await rm(folder, { recursive: true })
  })

  const VALUES = `(seq, at, tenant, who, event, message) values (1, 1, 't', 'w', 'e', 'm')`
  it.each([
    ['update', `update audit set who = 'nobody'`],
    ['update or replace', 'update or replace audit set seq = 2 where seq = 1'],
    ['delete', 'delete from audit'],
    ['insert or replace', `insert or replace into audit ${VALUES}`],
    ['replace', `replace into audit ${VALUES}`],
    [
      'insert or replace by rowid',
      `insert or replace into audit (rowid, at, tenant, who, event, message) values (1, 1, 't', 'w', 'e', 'm')`,
    ],
    ['upsert', `insert into audit ${VALUES} on conflict (seq) do update set who = 'nobody'`],
  ])('refuses %s by any client', async (_, statement) => {
    await store.addDomain(sampleDomain(), [sampleEvent('kept'), sampleEvent('kept too')])
    for (const recursive of ['off', 'on']) {
      raw.exec(`pragma recursive_triggers = ${recursive}`)
      expect(() => raw.exec(statement)).toThrow('append-only')
    }
    expect((await store.history({ limit: 10 })).map(({ event, who }) => [event, who])).toEqual([
      ['kept', 'test'],
      ['kept too', 'test'],
    ])
  })

  it('finds rare lines among very many, with other work between', async () => {
    raw.exec(`insert into audit (at, tenant, who, event, message)
      with recursive n (i) as (select 1 union all select i + 1 from n where i < 50000)
      select ${SAMPLE_TIME.getTime()} + i, 'default', iif(i % 20000 = 7, 'rare', 'often'), iif(i % 20000 = 9, 'rare', 'often'), i from n`)
    const told = async (o: Parameters<Store['history']>[0]) => (await store.history(o)).map(({ seq }) => seq)
    for (const filter of [{ who: 'rare' }, { who: 'rare', events: ['often'] }, { tenant: 'default', who: 'rare' }]) {
      expect(await told({ ...filter, limit: 10 })).toEqual([7, 20_007, 40_007])
      expect(await told({ ...filter, limit: 2 })).toEqual([20_007, 40_007])
      expect(await told({ ...filter, limit: 2, after: 7 })).toEqual([20_007, 40_007])
      expect(await told({ ...filter, limit: 1, before: 40_007 })).toEqual([20_007])
    }
    expect(await told({ events: ['rare'], limit: 10, after: 9 })).toEqual([20_009, 40_009])
    expect(await told({ who: 'nobody', limit: 10, after: 0 })).toEqual([])
  })

  it('uses an index for each of its walks', () => {
    const plan = (where: string) =>
      raw
        .prepare(`explain query plan select * from audit where ${where} order by seq limit 10`)
        .all()
        .map(({ detail }) => String(detail))
    for (const where of [
      `event = 'a' and seq >= 1 and seq <= 9`,
      `domain_id = 'd' and tenant = 't' and seq >= 1`,
      `domain_id = 'd' and tenant = 't' and event || '' in ('a') and seq >= 1`,
      `tenant = 't' and event || '' in ('a') and at >= 1 and seq >= 1`,
      `tenant = 't' and seq >= 1`,
    ]) {
      expect(plan(where)).toEqual([expect.stringMatching(/^SEARCH audit USING INDEX audit_/)])
    }
  })
})
