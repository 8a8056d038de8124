// biome-ignore-all lint/style/noRestrictedImports: a part of lab/power-cut.test.ts that runs in a process of its own
/**
 * A process of its own that writes a state: `node power-cut.test.child.ts PATH WHO TIMES [KEY]`. It adds a domain and an account of its own,
 * and then commits a certificate and a line of the audit so many times. After each commit it says so.
 */
import { sql } from 'kysely'
import { systemClock } from '../runtime/clock.ts'
import { processIdentity } from '../runtime/process-identity.ts'
import { systemRandom } from '../runtime/random.ts'
import { sampleAccount, sampleCertificate, sampleDomain, sampleEvent } from '../testing/model-samples.ts'
import { openSqliteState } from './open.ts'

const [path = '', who = '', times = '1', key] = process.argv.slice(2)
const clock = systemClock()
const random = systemRandom()
const { store, database } = await openSqliteState(path, { clock, random, ...(key !== undefined && { key }) })
// SQLite's own 1000 would take a state of many megabytes; a checkpoint is the same after 40 pages.
await database.write((db) => sql`pragma wal_autocheckpoint = 40`.execute(db))
const domain = sampleDomain({ name: `${who}.example` })
await store.addDomain(domain, [])
say({ domain: domain.name })
await store.addAccount(sampleAccount({ id: `account of ${who}`, name: who }), [])
say({ account: `account of ${who}` })
const claimed = await store.claim(domain.id, { owner: processIdentity(random).owner, ttlMs: 600_000, isGone: () => false })
if (!claimed) throw new Error('the domain is gone')
for (let n = 0; n < Number(times); n++) {
  const message = `${who} ${n}`
  const events = [sampleEvent(message, { domainId: domain.id, details: { filler: 'x'.repeat(4_000) } })]
  const certificate = sampleCertificate(domain, {
    id: `${message}'s`,
    fingerprint: Buffer.from(message.padEnd(32)).toString('hex'),
  })
  await store.commit(claimed.lease, { certificate, events })
  say({ event: message, fingerprint: certificate.fingerprint })
}
await store.close()

function say(fact: Record<string, string>): void {
  process.stdout.write(`${JSON.stringify(fact)}\n`)
}
