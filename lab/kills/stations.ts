import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Started } from '../../lifecycle/command.ts'
import type { Chances } from '../../lifecycle/seeded.ts'
import type { FaultProxy } from '../fault-proxy.ts'
import { type Fault, pebblePaths } from '../fault-rule.ts'

const REQUESTS = ['newOrder', 'authorization', 'challenge', 'order', 'finalize', 'certificate'] as const

/** The states that an order is saved in on its way. */
const STATES = ['new', 'ordered', 'published', 'challenged', 'finalizing', 'stored'] as const

/**
 * Where a run is killed: at a request (`before` the CA hears of it, `after` it has done what it was asked, or once it has
 * `answered`), as soon as an order is in a state, or at any moment.
 */
export type Station =
  | { kind: 'request'; request: (typeof REQUESTS)[number]; when: 'before' | 'after' | 'answered' }
  | { kind: 'state'; state: (typeof STATES)[number] }
  | { kind: 'moment' }

export const STATIONS: readonly Station[] = [
  ...REQUESTS.flatMap((request) =>
    (['before', 'after', 'answered'] as const).map((when) => ({ kind: 'request', request, when }) as const),
  ),
  ...STATES.map((state) => ({ kind: 'state', state }) as const),
  ...Array.from({ length: 4 }, () => ({ kind: 'moment' }) as const),
]

export function nameOf(station: Station): string {
  if (station.kind === 'request') return `${station.when} ${station.request}`
  return station.kind === 'state' ? `in state ${station.state}` : 'at any moment'
}

/** A run takes so long, in ms, where nothing else is to be done. */
const LATEST = 700

/** What comes after the answer of the CA, or after a state was saved, takes so long at most, in ms. */
const AFTERWARDS = 20

/** What is needed to kill a run. */
export interface Scene {
  proxy: FaultProxy
  /** The folder of the command. */
  directory: string
  chances: Chances
}

/**
 * Starts a run and kills it at the station, or asks it to end. False: it was over before, for it had no such request or state any more.
 */
export async function killAt(
  station: Station,
  start: () => Started,
  scene: Scene,
  by: 'SIGKILL' | 'SIGTERM' = 'SIGKILL',
): Promise<boolean> {
  const over = new AbortController()
  const reached = aim(station, scene, over.signal)
  const started = start()
  const isOver = started.finished.then(() => true)
  const wasOver = await Promise.race([isOver, reached.then(() => false)])
  // One that was asked to end for having done its work was over: a second signal would cut that short.
  const isOurs = !started.child.killed && started.child.kill(by)
  const { signal } = await started.finished
  over.abort()
  scene.proxy.clear()
  return !wasOver && isOurs && (by === 'SIGTERM' || signal === 'SIGKILL')
}

/** Resolves when a run that starts now is where it is to be killed. */
async function aim(station: Station, { proxy, directory, chances }: Scene, over: AbortSignal): Promise<void> {
  if (station.kind === 'moment') return void (await sleep(chances.between(0, LATEST)))
  const pause = chances.between(0, AFTERWARDS)
  if (station.kind === 'state') {
    await inState(join(directory, '.domainctl', 'state.db'), station.state, over)
    return void (await sleep(pause))
  }
  const [hit, answered] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const until = () => {
    hit.resolve()
    return answered.promise
  }
  // What is held before the CA hears of it is never passed on: the one who asked is gone.
  const fault: Fault = { kind: station.when === 'before' ? 'delay' : 'hold-answer', until }
  proxy.add({ path: pebblePaths[station.request], nth: 1, fault })
  await hit.promise
  if (station.when !== 'answered') return
  answered.resolve()
  await sleep(pause)
}

/** Resolves when the newest order was saved in this state; looks as often as it can, and sees most of them. */
async function inState(file: string, state: string, over: AbortSignal): Promise<void> {
  const before = newestOrder(file)
  while (!over.aborted) {
    const newest = newestOrder(file)
    const isNew = newest?.id !== before?.id || newest?.state !== before?.state
    if (newest?.state === state && isNew) return
    await sleep(1)
  }
}

function newestOrder(file: string): { id: unknown; state: unknown } | undefined {
  let database: DatabaseSync | undefined
  try {
    database = new DatabaseSync(file, { readOnly: true, timeout: 0 })
    const row = database.prepare('select id, state from orders order by created_at desc, id desc limit 1').get()
    return row && { id: row.id, state: row.state }
  } catch {
    // It is not there yet, or in use just now.
    return undefined
  } finally {
    database?.close()
  }
}
