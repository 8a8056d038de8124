import { recordsByHand } from './by-hand.ts'
import { example } from './example.ts'
import { faults } from './faults.ts'
import { mainRoad } from './main-road.ts'
import { startSandboxWorld } from './sandbox-world.ts'
import { describeIn } from './suite.ts'

describeIn('the main road by the sandbox', () => startSandboxWorld(), mainRoad, recordsByHand, example)

describeIn(
  'the main road by a harsh sandbox',
  () =>
    startSandboxWorld({
      // Elsewhere loopback has one address.
      nameServers: process.platform === 'darwin' ? 1 : 2,
      lagMs: 30,
      ca: { nonceReject: 0.1, processingLooks: 1 },
    }),
  mainRoad,
  recordsByHand,
)

describeIn('a sandbox whose CA fails', () => startSandboxWorld(), faults)
