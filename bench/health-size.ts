import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { createDomainctl, type HealthProbe, systemRandom } from '@domainctl/core'
import { seeded } from '../lifecycle/seeded.ts'
import { openSqliteStore } from '../packages/core/src/store/open.ts'
import { manualClock } from '../packages/core/src/testing/manual-clock.ts'
import { SAMPLE_TIME, sampleDomain } from '../packages/core/src/testing/model-samples.ts'
import { printTable } from './measure.ts'

const DOMAINS = 20
const MINUTE = 60_000
const MONTH = 30 * 24 * 60 * MINUTE

/** What thirty days of checks take in a file state, with 0.5 % of them lost, and what a row for each check would take. */
export async function measureHealthSize(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'domainctl-bench-'))
  try {
    const file = join(folder, 'state.db')
    const clock = manualClock(SAMPLE_TIME)
    const store = await openSqliteStore(file, { clock, random: systemRandom() })
    const chances = seeded(8)
    let checks = 0
    const probe: HealthProbe = {
      async measure({ name }) {
        checks += 1
        const at = clock.now()
        const isLost = chances.happens(0.005)
        const ms = isLost ? 5_000 : chances.between(20, 200)
        const fault = { code: 'TCP_TIMED_OUT', why: 'no connection comes about in time' } as const
        const layers = [{ layer: 'tcp' as const, ms, ...(isLost && { fault }) }]
        return { name, at, ms, warnings: [], addresses: [{ address: '203.0.113.7', layers, warnings: [], redirects: [] }] }
      },
    }
    const domainctl = await createDomainctl({ state: store, runtime: { clock }, health: { probe } })
    for (let n = 0; n < DOMAINS; n++) {
      const id = `00000000-0000-7000-8000-${String(n).padStart(12, '0')}`
      const domain = sampleDomain({ id, name: `shop${n}.example`, status: 'active', certificateId: 'one' })
      await store.addDomain(domain, [])
      const claimed = await store.claim(id, { owner: 'bench', ttlMs: MINUTE, isGone: () => false })
      if (claimed) await store.commit(claimed.lease, { domain }, { release: true })
    }
    for (const end = clock.now().getTime() + MONTH; clock.now().getTime() < end; clock.advance(5 * MINUTE)) {
      await domainctl.checkHealth({ limit: DOMAINS })
    }
    await domainctl.close()
    const history = bytesOf(file, 'health_history')
    const rest = bytesOf(file, 'health') + bytesOf(file, 'health_due')
    const each = await eachCheck(join(folder, 'each.db'), Math.round(checks / DOMAINS))
    const of = (bytes: number) => `${Math.round(bytes / 1024)} KB`
    printTable(`Thirty days of the health of a domain in a file state (${Math.round(checks / DOMAINS)} checks)`, [
      { what: 'history by spans, with its indexes', measured: of(history / DOMAINS) },
      { what: 'what is known now, with its index', measured: of(rest / DOMAINS) },
      { what: 'a row for each check, with the same columns', measured: of(each) },
    ])
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Of a table with its indexes, or of one index: the pages that it fills. */
function bytesOf(file: string, name: string): number {
  const db = new DatabaseSync(file)
  try {
    const row = db
      .prepare(
        'select sum(pgsize) as bytes from dbstat where name = ? or name in (select name from sqlite_master where tbl_name = ?)',
      )
      .get(name, name)
    return Number(row?.bytes)
  } finally {
    db.close()
  }
}

async function eachCheck(file: string, checks: number): Promise<number> {
  const db = new DatabaseSync(file)
  db.exec(`create table checks (domain_id text not null, tenant text not null, at bigint not null, state text not null,
    layer text, code text, address text, ms bigint, primary key (domain_id, at))`)
  db.exec('create index checks_age on checks (at)')
  const insert = db.prepare("insert into checks values (?, 'default', ?, 'ok', null, null, null, 100)")
  db.exec('begin')
  const id = '00000000-0000-7000-8000-000000000000'
  for (let n = 0; n < checks; n++) insert.run(id, SAMPLE_TIME.getTime() + n * 15 * MINUTE)
  db.exec('commit')
  db.close()
  return (await stat(file)).size
}
