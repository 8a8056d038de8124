import { createHash } from 'node:crypto'
import { DatabaseSync } from 'node:sqlite'
import { systemClock, systemRandom } from '@domainctl/core'
import { growFleet } from '../../packages/core/src/store/fleet.test.support.ts'
import { openSqliteStore } from '../../packages/core/src/store/open.ts'
import {
  sampleAccount,
  sampleCertificate,
  sampleDomain,
  sampleEvent,
  sampleHttpChallenge,
  sampleOrder,
  sampleRecord,
} from '../../packages/core/src/testing/model-samples.ts'

/** As much as a real chain of two certificates. */
const CHAIN = `-----BEGIN CERTIFICATE-----\n${'MIIB'.repeat(330)}\n-----END CERTIFICATE-----\n`.repeat(2)

/** A state in a file with so many domains, each with an order, a certificate, a record and its lines in the audit. */
export async function fillSource(file: string, domains: number, encryptionKey: string): Promise<void> {
  const runtime = { clock: systemClock(), random: systemRandom() }
  const store = await openSqliteStore(file, { ...runtime, key: encryptionKey })
  // Letters of several bytes, and what SQL and JSON have to escape.
  const domain = sampleDomain({ labels: { 'Zürich "1"': "l'été\n\\ ❄" } })
  await store.addDomain(domain, [sampleEvent('domain.added', { domainId: domain.id })])
  const claimed = await store.claim(domain.id, { owner: 'me', ttlMs: 60_000, isGone: () => false })
  if (!claimed) throw new Error('not there')
  const certificate = sampleCertificate(domain, { chain: CHAIN })
  const events = ['order.planned', 'order.created', 'record.written', 'record.removed', 'certificate.stored']
  await store.commit(
    claimed.lease,
    {
      domain: { ...domain, status: 'active', certificateId: certificate.id },
      order: sampleOrder(domain, { state: 'stored', url: 'https://ca.example/order/0' }),
      certificate,
      recordsWritten: [sampleRecord(domain)],
      challengesWritten: [sampleHttpChallenge(domain)],
      events: events.map((event) => sampleEvent(event, { domainId: domain.id, details: { serial: '03A1' } })),
    },
    { release: true },
  )
  await store.addAccount(sampleAccount(), [sampleEvent('account.planned')])
  await store.close()
  const database = new DatabaseSync(file)
  database.exec('pragma synchronous = off; begin')
  await growFleet(async (sql) => database.prepare(sql).all(), 'sqlite', { domains, due: 10, now: Date.now() })
  database.exec('commit')
  database.close()
}

/** Of one database alone: who works on it, its version, and by what check it knows its key. */
const OF_ITS_OWN = ['key_leases', 'schema_version', 'meta']

/** What each table of a state in a file comes to; of all that are there, whatever a copy knows of them. */
export function tablesOf(file: string): Record<string, string> {
  const database = new DatabaseSync(file, { readOnly: true })
  try {
    const tables = database.prepare("select name from sqlite_master where type = 'table' and name not like 'sqlite_%'").all()
    const found = tables.map(({ name }) => String(name)).filter((name) => !OF_ITS_OWN.includes(name))
    return Object.fromEntries(found.sort().map((table) => [table, hashOf(database, table)]))
  } finally {
    database.close()
  }
}

/** By the columns of its primary key, so that the order in which rows came is no part of it. */
function hashOf(database: DatabaseSync, table: string): string {
  const columns = database.prepare('select name, pk from pragma_table_info(?) order by pk, name').all(table)
  const key = columns.filter(({ pk }) => Number(pk) > 0).map(({ name }) => name)
  const hash = createHash('sha256')
  let rows = 0
  for (const row of database.prepare(`select * from ${table} order by ${key.join(', ')}`).iterate()) {
    hash.update(JSON.stringify(Object.entries(row).sort(([a], [b]) => (a < b ? -1 : 1))))
    rows += 1
  }
  return `${rows} rows, ${hash.digest('hex')}`
}
