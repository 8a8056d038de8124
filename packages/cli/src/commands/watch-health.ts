import {
  type Domainctl,
  type DomainHealth,
  type HealthCheckOptions,
  type HealthObservation,
  toDomainctlError,
} from '@domainctl/core'
import type { Context } from '../context.ts'
import { EXIT_UNHEALTHY, reportError } from '../exit.ts'
import { type Looked, watchReport } from '../output/watched-health.ts'
import { overAll } from '../width.ts'
import { intervalOf, lookAgain } from './look-again.ts'

export interface WatchFlags {
  watch?: boolean
  interval?: string
}

/** Names that are measured, and how; null: what the state knows of all domains is shown. */
export type Watched = { names: readonly string[]; target: Omit<HealthCheckOptions, 'names'> } | null

/** Between two looks: at servers of others, and at our own state. */
const INTERVALS = { measured: 30_000, known: 5_000 }
const WIDTH = 32
const PAGE = 1_000

/**
 * `health --watch`: looks again and again, and shows what it sees, until it is stopped, which is how it ends.
 * @returns as it stood at the end: 8 when something was broken, else 0
 */
export async function watchHealth(context: Context, watched: Watched, { interval }: WatchFlags): Promise<number> {
  const { io, output } = context
  const pause = interval === undefined ? INTERVALS[watched ? 'measured' : 'known'] : intervalOf(interval)
  const domainctl = await context.domainctl()
  const report = watchReport(io, output)
  let isBroken = false
  await lookAgain(io, pause, {
    async look() {
      const looks = watched ? await measured(domainctl, watched, context) : await known(domainctl)
      if (io.signal.aborted) return
      isBroken = looks.some(({ state }) => state === 'broken')
      report.looked(looks)
    },
    trouble: (error) => report.trouble(error, reportError(error)),
  }).finally(report.end)
  return isBroken ? EXIT_UNHEALTHY : 0
}

async function measured(
  domainctl: Domainctl,
  { names, target }: NonNullable<Watched>,
  { io, config: { settings, origins } }: Context,
): Promise<Looked[]> {
  const width = origins.concurrency.source === 'default' ? WIDTH : settings.concurrency
  const looks: Looked[] = []
  await overAll(names, { width, now: io.now }, async (name, place) => {
    try {
      const { observation, name: stored } = await domainctl.measureHealth(name, { ...target, signal: io.signal })
      looks[place] = { name: stored, ...ofObservation(observation), line: { observation } }
    } catch (thrown) {
      const error = toDomainctlError(thrown, io.signal)
      if (error.code === 'NAME_INVALID' || error.code === 'USAGE') throw error
      looks[place] = { name, state: 'unknown', problem: error.code, line: { error: reportError(error) } }
    }
    return {}
  })
  return looks
}

function ofObservation({ outcome, at, ms, layer, code, address }: HealthObservation): Omit<Looked, 'name' | 'line'> {
  const problem = [layer, code, address].filter((part) => part !== undefined).join(' ')
  return { state: outcome === 'inconclusive' ? 'unknown' : outcome, at, ms, problem }
}

/** Of all domains, page by page; those of which nothing is measured as well, since nothing is known of them. */
async function known(domainctl: Domainctl): Promise<Looked[]> {
  const looks: Looked[] = []
  let cursor: string | undefined
  do {
    const { domains, next } = await domainctl.list({}, { limit: PAGE, ...(cursor !== undefined && { cursor }) })
    looks.push(...domains.map(({ name, health }) => ({ name, ...ofHealth(health), line: { health: health ?? null } })))
    cursor = next ?? undefined
  } while (cursor !== undefined)
  return looks
}

function ofHealth(health: DomainHealth | undefined): Omit<Looked, 'name' | 'line'> {
  if (!health) return { state: 'unknown', problem: '' }
  const { status, layer, code, checkedAt } = health
  return { state: status, at: new Date(checkedAt), problem: [layer, code].filter((part) => part !== undefined).join(' ') }
}
