import { soak } from '../lifecycle/soak.ts'
import { describeIn } from '../lifecycle/suite.ts'
import { startLabWorld } from './world.ts'

const RUNS = process.env.DOMAINCTL_LAB_LONG === '1' ? 200 : 12

describeIn('killed at any moment', () => startLabWorld({ pebble: { nonceReject: 0 } }), soak(RUNS))
