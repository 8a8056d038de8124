import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, it } from 'vitest'
import { systemClock } from '../runtime/clock.ts'
import { systemRandom } from '../runtime/random.ts'
import { OF_A_DOMAIN } from './erase-domain.ts'
import { openSqliteStore } from './open.ts'

it('knows every table that has rows of domains', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'domainctl-erase-'))
  try {
    const file = join(directory, 'state.db')
    await (await openSqliteStore(file, { clock: systemClock(), random: systemRandom() })).close()
    const database = new DatabaseSync(file)
    const rows = database
      .prepare(
        "select distinct m.name from sqlite_master m, pragma_table_info(m.name) c where m.type = 'table' and c.name = 'domain_id'",
      )
      .all()
    database.close()
    // The audit stays, notices do until they are old, and a domain with records in the journal is not erased.
    expect(rows.map(({ name }) => name).sort()).toEqual([...OF_A_DOMAIN, 'audit', 'notices', 'records'].sort())
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
})
