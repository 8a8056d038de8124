import { setTimeout as sleep } from 'node:timers/promises'
import type { Started } from './command.ts'
import type { Chances } from './seeded.ts'

/** A run without mishaps takes some 700 ms, one with them seconds: kills by the clock fall on every part of it. */
const LATEST = 1_500

/** A run asks the API for so many things, mishaps aside. */
export const REQUESTS = 12

/** How many runs were ended from outside. */
export interface Ended {
  killed: number
  interrupted: number
}

/** Kills the run, or asks it to end, by the clock or when it has asked the API so many things; unless it is over before. */
export async function endSomehow(started: Started, asked: Asked, chances: Chances, count: Ended): Promise<void> {
  const moment = chances.happens(0.5)
    ? sleep(chances.between(0, LATEST))
    : asked.until(chances.between(1, REQUESTS)).then(() => sleep(chances.between(0, 30)))
  const how = chances.oneOf(['kill', 'kill', 'kill', 'interrupt', 'interrupt twice'] as const)
  const pause = chances.between(0, 50)
  if (how === 'kill') return killAt(moment, started, count)
  if (await isOverBefore(moment, started)) return
  count.interrupted += 1
  started.child.kill('SIGINT')
  if (how === 'interrupt') return
  await sleep(pause)
  started.child.kill('SIGINT')
}

/** Kills the run at this moment, unless it is over before. */
export async function killAt(moment: Promise<void>, started: Started, count: Ended): Promise<void> {
  if (await isOverBefore(moment, started)) return
  count.killed += 1
  started.child.kill('SIGKILL')
}

function isOverBefore(moment: Promise<void>, { finished }: Started): Promise<boolean> {
  return Promise.race([finished.then(() => true), moment.then(() => false)])
}

/** What a run has asked of the API so far. */
export interface Asked {
  count(): void
  /** Resolves when so many requests have come. */
  until(requests: number): Promise<void>
}

export function countAsked(): Asked {
  let count = 0
  const waiting: { requests: number; resolve: () => void }[] = []
  return {
    count() {
      count += 1
      for (const { requests, resolve } of waiting) if (count >= requests) resolve()
    },
    until: (requests) => new Promise((resolve) => void waiting.push({ requests, resolve })),
  }
}
