import type { HealthProbe } from '../contracts/health-probe.ts'
import type { Clock } from '../contracts/runtime.ts'
import { healthTargets } from '../domain/health/health-check.ts'
import { judgeHealth } from '../domain/health/judge.ts'
import type { HealthObservation, Observation } from '../domain/health/observation.ts'
import type { HealthTarget } from '../domain/health/target.ts'
import { inParallel } from '../domain/in-parallel.ts'
import type { Domain } from '../domain/model.ts'
import { monotone } from '../domain/monotone.ts'
import { printable } from '../domain/printable.ts'
import type { Services } from './services.ts'

/** Names of one domain at a time: they are mostly at one server, which is to be looked at and not put to the test. */
const NAMES_AT_A_TIME = 8
/** After so long no further name is begun, in ms: with the longest measurement (30 s) it fits into the claim of the check. */
const TIME_FOR_NAMES = 120_000

/**
 * What is seen of a domain: one name that is broken is enough, and is told with its name; one of which nothing can be said
 * leaves it open. What the probe cannot do is no fault of the domain.
 */
export async function measuredDomain(services: Services, domain: Domain, signal: AbortSignal): Promise<Observation> {
  const { clock, logger } = services.runtime
  const at = clock.now()
  const targets = healthTargets(domain)
  if (targets.length === 0) return { at, outcome: 'inconclusive', message: whyNothing(domain) }
  const probe = await services.healthProbe()
  try {
    const seen = await measureAll(targets, { probe, clock, signal })
    const [first] = seen
    const told =
      seen.find(({ outcome }) => outcome === 'broken') ?? seen.find(({ outcome }) => outcome === 'inconclusive') ?? first
    if (!told) throw new Error('a name was measured')
    const ms = Math.max(...seen.map((one) => one.ms))
    return { ...observed(told, told.name === domain.name ? '' : `${told.name}: `), at, ms }
  } catch (error) {
    signal.throwIfAborted()
    logger.log('error', 'a check has failed by itself', { domain: domain.name, error: String(error) })
    return { at, outcome: 'inconclusive', message: printable(`The check failed by itself: ${String(error)}`) }
  }
}

type Seen = HealthObservation & { name: string }

/** Until one is broken, which says what the domain is. */
async function measureAll(
  targets: readonly HealthTarget[],
  { probe, clock, signal }: { probe: HealthProbe; clock: Clock; signal: AbortSignal },
): Promise<Seen[]> {
  const now = monotone(clock)
  const until = now() + TIME_FOR_NAMES
  let isBroken = false
  const seen = await inParallel(targets, NAMES_AT_A_TIME, async (target): Promise<Seen[]> => {
    const { name } = target
    if (isBroken) return []
    if (now() >= until) {
      const why = 'there was no time left to measure it'
      return [{ name, at: clock.now(), ms: 0, outcome: 'inconclusive', why, layers: {}, warnings: [] }]
    }
    const observation = judgeHealth(await probe.measure(target, { signal }))
    isBroken ||= observation.outcome === 'broken'
    return [{ ...observation, name }]
  })
  return seen.flat()
}

function whyNothing({ healthCheck }: Domain): string {
  return healthCheck === false
    ? 'Nothing is to be measured of it.'
    : 'It has no server of its own that could be measured: it is a wildcard.'
}

/** Of a measurement, what is kept of it. */
function observed({ at, outcome, ms, layer, code, address, why, actor }: HealthObservation, whose: string): Observation {
  return {
    at,
    outcome,
    ms,
    ...(layer !== undefined && { layer }),
    ...(code !== undefined && { code }),
    ...(address !== undefined && { address }),
    ...(why !== undefined && { message: `${whose}${why}` }),
    ...(actor !== undefined && { actor }),
  }
}
