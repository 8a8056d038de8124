import { systemClock } from '../../packages/core/src/runtime/clock.ts'
import { systemRandom } from '../../packages/core/src/runtime/random.ts'
import { openSqliteState } from '../../packages/core/src/store/open.ts'
import { openDatabase } from '../../packages/core/src/store/sqlite.ts'
import { sampleDomain, sampleEvent } from '../../packages/core/src/testing/model-samples.ts'

/** What is in a state that was opened after a power cut. */
export interface StateFound {
  readonly domains: ReadonlySet<string>
  readonly accounts: ReadonlySet<string>
  readonly events: ReadonlySet<string>
  readonly fingerprints: ReadonlySet<string>
  readonly records: ReadonlySet<string>
}

/**
 * Opens a state as the next command does (which makes one where none is), reads every secret in it, looks whether it is consistent,
 * and writes something.
 * @param key absent: that of the file beside it
 * @throws whatever is wrong with it
 */
export async function openState(path: string, key?: string): Promise<StateFound> {
  const clock = systemClock()
  const { store, database } = await openSqliteState(path, { clock, random: systemRandom(), ...(key !== undefined && { key }) })
  try {
    const rows = await database.read(async (db) => ({
      domains: await db.selectFrom('domains').select(['id', 'name', 'certificate_id']).execute(),
      accounts: await db.selectFrom('accounts').select(['id']).execute(),
      certificates: await db.selectFrom('certificates').select(['id', 'fingerprint']).execute(),
      records: await db.selectFrom('records').select(['value']).execute(),
      audit: await db.selectFrom('audit').select(['seq', 'event']).orderBy('seq').execute(),
    }))
    for (const { id } of rows.accounts) must(await store.getAccountById(id), `the account ${id}`)
    for (const { id } of rows.certificates) must(await store.getCertificate(id), `the certificate ${id}`)
    for (const { id, certificate_id } of rows.domains) {
      await store.openOrder(id)
      if (certificate_id !== null) must(await store.getCertificate(certificate_id), `the certificate of ${id}`)
    }
    for (const [at, { seq }] of rows.audit.entries()) if (seq !== at + 1) throw new Error(`the audit has a hole before ${seq}`)
    const pragmas = openDatabase(database.engine)
    try {
      const damage = ['integrity_check', 'foreign_key_check'].flatMap((check) => pragmas.prepare(`pragma ${check}`).all())
      if (JSON.stringify(damage) !== '[{"integrity_check":"ok"}]') throw new Error(`SQLite finds: ${JSON.stringify(damage)}`)
    } finally {
      pragmas.close()
    }
    await store.addDomain(sampleDomain({ name: 'after-the-cut.example' }), [sampleEvent('after the cut')])
    return {
      domains: new Set(rows.domains.map(({ name }) => name)),
      accounts: new Set(rows.accounts.map(({ id }) => id)),
      events: new Set(rows.audit.map(({ event }) => event)),
      fingerprints: new Set(rows.certificates.map(({ fingerprint }) => fingerprint)),
      records: new Set(rows.records.map(({ value }) => value)),
    }
  } finally {
    await store.close()
  }
}

function must(found: unknown, what: string): void {
  if (!found) throw new Error(`${what} is not there`)
}
