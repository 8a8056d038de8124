import { setTimeout as sleep } from 'node:timers/promises'
import type { Fleet } from './fleet.ts'
import type { Disturbance } from './plan.ts'
import type { ChaosState } from './state.ts'

export interface DisturbanceTally {
  restarts: { fast: number; immediate: number }
  silences: number
  /** Those that came too late: all was done. */
  missed: number
}

const LOOK_MS = 25

/** Lets happen what was planned, each when it is due; resolves when all of it has, and what was taken away is there again. */
export async function disturb(fleet: Fleet, state: ChaosState, plan: readonly Disturbance[]): Promise<DisturbanceTally> {
  const tally: DisturbanceTally = { restarts: { fast: 0, immediate: 0 }, silences: 0, missed: 0 }
  const lasting: Promise<unknown>[] = []
  // Who waits for one that never comes is told why.
  let failed: { error: unknown } | undefined
  fleet.done.catch((error: unknown) => {
    failed = { error }
  })
  for (const one of plan) {
    while ((await fleet.stored()) < one.at && !failed) await sleep(LOOK_MS)
    await sleep(one.afterMs)
    if (failed) break
    const happened = happen(one)
    // A worker that stands still is no reason for the others to be spared.
    if (one.kind === 'freeze') lasting.push(happened)
    else await happened
  }
  await Promise.all(lasting)
  if (failed) throw failed.error
  return tally

  async function happen(one: Disturbance): Promise<void> {
    const { server } = state
    if (one.kind === 'kill') tally.missed += (await fleet.kill(one.worker)) ? 0 : 1
    if (one.kind === 'kill-all') tally.missed += (await fleet.killAll()) > 0 ? 0 : 1
    if (one.kind === 'freeze') tally.missed += (await fleet.freeze(one.worker, one.ms)) ? 0 : 1
    if (one.kind === 'cut') server?.relay.cutNextCommit(one.when)
    if (one.kind === 'silence') {
      server?.relay.fallSilent()
      await sleep(one.ms)
      server?.relay.speakAgain()
      tally.silences += 1
    }
    if (one.kind === 'restart') {
      await server?.stop(one.how)
      await sleep(one.goneMs)
      await server?.start()
      tally.restarts[one.how] += 1
    }
  }
}
