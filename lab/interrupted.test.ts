import { interruptions } from '../lifecycle/interruptions.ts'
import { describeIn } from '../lifecycle/suite.ts'
import { startFaultyLabWorld } from './world.ts'

describeIn('interrupted', () => startFaultyLabWorld({ pebble: { nonceReject: 0 } }), interruptions)
