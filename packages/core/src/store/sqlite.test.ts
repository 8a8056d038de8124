import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemRandom } from '../runtime/random.ts'
import { manualClock } from '../testing/manual-clock.ts'
import { describeStore } from '../testing/store-conformance.ts'
import { openSqliteStore } from './open.ts'

describeStore('the SQLite store', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'domainctl-'))
  const clock = manualClock(new Date('2026-01-01T00:00:00Z'))
  const store = await openSqliteStore(join(folder, 'state.db'), { clock, random: systemRandom() })
  return {
    store,
    clock,
    async close() {
      await store.close()
      await rm(folder, { recursive: true })
    },
  }
})
