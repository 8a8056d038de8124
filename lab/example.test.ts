import { example } from '../lifecycle/example.ts'
import { describeIn } from '../lifecycle/suite.ts'
import { startLabWorld } from './world.ts'

describeIn('the example', startLabWorld, example)
