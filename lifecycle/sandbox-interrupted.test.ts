import { interruptions } from './interruptions.ts'
import { startSandboxWorld } from './sandbox-world.ts'
import { soak } from './soak.ts'
import { describeIn } from './suite.ts'

describeIn('interrupted', () => startSandboxWorld(), interruptions, soak(6))
