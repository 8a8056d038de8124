import { describeStore, manualClock } from '@domainctl/core/testing'
import { createMemoryStore } from './store.ts'

// What domainctl holds its own stores to. Nothing is kept outside of this process: there is nothing to `dump` or to open `again`.
describeStore('the store in memory', async () => {
  const clock = manualClock(new Date('2026-01-01T00:00:00Z'))
  const store = createMemoryStore(clock)
  return { store, clock, close: () => store.close() }
})
