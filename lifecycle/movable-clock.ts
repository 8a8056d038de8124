import { type Clock, systemClock } from '@domainctl/core'

/** A clock that tests move on. */
export interface MovableClock extends Clock {
  advance(ms: number): void
  /** The sleeps, in ms, that were cut short. */
  readonly jumps: readonly number[]
}

/** The engine sleeps for so long between two looks; what it asks of a name server has an answer or is given up before. */
const LONG = 5_000
/**
 * What is left of a long sleep, so that those who are waited for get on: in so many turns of the event loop, since a time-out goes by
 * this clock too, and on a machine that is busy the servers of this process may have had no turn by then.
 */
const CUT = 50
const TURNS = 25

/** The system's clock, which stands as far ahead as it was moved and moves to the end of a long sleep soon. */
export function movableClock(): MovableClock {
  const system = systemClock()
  const jumps: number[] = []
  let ahead = 0
  return {
    ...system,
    jumps,
    now: () => new Date(system.now().getTime() + ahead),
    async sleep(ms, signal) {
      if (ms < LONG) return system.sleep(ms, signal)
      for (let turn = 0; turn < TURNS; turn += 1) await system.sleep(CUT / TURNS, signal)
      jumps.push(ms)
      ahead += ms - CUT
    },
    advance(ms) {
      ahead += ms
    },
  }
}
