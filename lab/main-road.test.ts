import { recordsByHand } from '../lifecycle/by-hand.ts'
import { mainRoad } from '../lifecycle/main-road.ts'
import { describeIn } from '../lifecycle/suite.ts'
import { startLabWorld } from './world.ts'

for (const dns of ['bind', 'knot'] as const) {
  describeIn(`the main road by ${dns}`, () => startLabWorld({ dns }), mainRoad, recordsByHand)
}
