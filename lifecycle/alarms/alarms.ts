import { type Damping, damp, undisturbed } from '../../packages/core/src/domain/health/damping.ts'
import { type Incident, isPartOf, placeOf, withNews } from '../../packages/core/src/domain/health/incidents.ts'
import { type Waiting, Wheel } from '../fleet/wheel.ts'
import { seeded } from '../seeded.ts'
import { Judge, type Verdict } from './judge.ts'
import { World, type WorldOptions } from './world.ts'

const SECOND = 1_000
const QUARTER = 900
/** Some time in the past that the seconds of a simulation are counted from. */
const BEGIN = Date.UTC(2026, 0, 1)

/** What damps. */
export type Policy = typeof damp
/** What makes incidents of news. */
export type Grouping = typeof withNews

interface Watched extends Waiting {
  domain: number
  damping: Damping
  incident: string | null
}

export const MONTH: WorldOptions = {
  seed: 8,
  domains: 1_000,
  days: 30,
  behindEach: 25,
  loss: 0.005,
  outages: 20,
  hiccups: 60,
  blackouts: 8,
}

/** The damping and the incidents of the product on domains in memory, checked as they ask to be, and a judge who knows the truth. */
export function simulateAlarms(o: WorldOptions, policy: Policy = damp, join: Grouping = withNews): Verdict {
  const world = new World(o)
  const judge = new Judge(world)
  const wheel = new Wheel<Watched>()
  const chances = seeded(o.seed + 1)
  const incidents = new Map<string, Incident>()
  let incidentsSoFar = 0

  for (let domain = 0; domain < o.domains; domain++) {
    const due = chances.between(1, QUARTER)
    wheel.add({ domain, damping: undisturbed(), incident: null, due, following: null }, 0)
  }
  const check = (one: Watched, second: number) => {
    const { domain } = one
    const outcome = world.see(domain, second)
    judge.checked(domain, second, outcome)
    const before = one.damping
    const { damping, nextCheckAt, news } = policy(before, { at: new Date(BEGIN + second * SECOND), outcome })
    one.damping = damping
    // Late by up to three seconds, as a process with much to do would be.
    one.due = Math.ceil((nextCheckAt.getTime() - BEGIN) / SECOND) + chances.between(0, 3)
    wheel.add(one, second)
    if (!news) return
    const place = placeOf({ address: `address ${Math.floor(domain / o.behindEach)}`, layer: 'tcp', code: 'TIMEOUT' })
    incidentsSoFar += 1
    const member = {
      tenant: 'default',
      name: String(domain),
      labels: {},
      ...(place !== undefined && { place }),
      channels: [],
      failedAt: damping.failedAt ?? before.failedAt ?? 0,
      reminders: damping.reminders,
      newIncidentId: `incident ${incidentsSoFar}`,
    }
    const open =
      one.incident === null
        ? [...incidents.values()].find((incident) => incident.place === place && isPartOf(incident, news, member))
        : incidents.get(one.incident)
    const step = join(open ?? null, news, member)
    const { incident } = step
    one.incident = news === 'recovery' ? null : (incident?.id ?? null)
    if (incident && incident.open > 0) incidents.set(incident.id, incident)
    else if (incident) incidents.delete(incident.id)
    if (news === 'outage' || news === 'flapping') judge.known(domain, second)
    if (!incident || !step.news) return
    if (step.news === 'outage' || step.news === 'flapping') judge.begun(incident.id, domain, second)
    else if (step.news === 'recovery') judge.ended(incident.id)
    else judge.toldOtherwise()
  }
  for (let second = 1; second < o.days * 86_400; second++) wheel.turn(second, (one) => check(one, second))
  return judge.verdict()
}

/** What the product promises (requirements H2), by name; each that does not hold. */
export function brokenPromises({ checks, late, missed, falseAlarms, repeated, wrongEnds, due }: Verdict): string[] {
  const promises = {
    'something to tell': due > 0,
    'told within five minutes': late === 0,
    'none missed': missed === 0,
    'one false alarm in a million checks': falseAlarms <= checks / 1_000_000,
    'none told twice': repeated === 0,
    'each end told once': wrongEnds === 0,
  }
  return Object.entries(promises).flatMap(([promise, holds]) => (holds ? [] : [promise]))
}
