import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '../runtime/clock.ts'
import { systemRandom } from '../runtime/random.ts'
import { manualClock } from '../testing/manual-clock.ts'
import { describeStore } from '../testing/store-conformance.ts'
import { openSqliteStore } from './open.ts'

describeStore('the SQLite store', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'domainctl-'))
  const clock = manualClock(new Date('2026-01-01T00:00:00Z'))
  // They wait for each other's lock in real time, which no lease runs out in.
  const leaseClock = { ...clock, sleep: systemClock().sleep }
  const again = () => openSqliteStore(join(folder, 'state.db'), { clock: leaseClock, random: systemRandom() })
  const store = await again()
  return {
    store,
    clock,
    again,
    dump: async () => {
      const files = (await readdir(folder)).filter((name) => !name.endsWith('.key'))
      return (await Promise.all(files.map((name) => readFile(join(folder, name), 'latin1')))).join('\n')
    },
    async close() {
      await store.close()
      await rm(folder, { recursive: true })
    },
  }
})
