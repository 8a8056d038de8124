import { type Clock, systemClock } from '@domainctl/core'

/** The system's clock for one cell of the matrix, which stands as far ahead as it was moved. */
export interface CellClock extends Clock {
  advance(ms: number): void
  /** From now on a sleep takes no time where this says so. */
  hurryWhile(isHurried: () => boolean): void
}

export function cellClock(): CellClock {
  const system = systemClock()
  let ahead = 0
  let isHurried = () => false
  let wasHurried = false
  return {
    ...system,
    now: () => new Date(system.now().getTime() + ahead),
    async sleep(ms, signal) {
      if (!isHurried()) return system.sleep(ms, signal)
      wasHurried = true
      await system.sleep(1, signal)
      ahead += ms
    },
    advance(ms) {
      ahead += ms
    },
    // A lease would seem to have run out unseen, which is another fault than the one that is looked at.
    every: (ms, task) => system.every(ms, () => !wasHurried && task()),
    hurryWhile(decide) {
      isHurried = decide
    },
  }
}
