import { createMemoryStore } from '../examples/store/src/index.ts'
import { recordsByHand } from './by-hand.ts'
import { faults } from './faults.ts'
import { mainRoad } from './main-road.ts'
import { startSandboxWorld } from './sandbox-world.ts'
import { describeIn } from './suite.ts'

// A store that was written against the public API alone.
describeIn(
  'the main road on a store of one’s own',
  async () => {
    const world = await startSandboxWorld()
    return { ...world, newStore: () => createMemoryStore(world.clock) }
  },
  mainRoad,
  recordsByHand,
  faults,
)
