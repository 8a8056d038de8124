import type { Observation } from '../../contracts/dns.ts'
import type { Check, SeenAnswer } from '../../contracts/verification.ts'
import { addressType } from '../../domain/diagnosis/canonical.ts'
import type { Finding } from '../../domain/diagnosis/finding.ts'
import type { RoutingLook, RoutingObserved, Shown, WantedRoute } from '../../domain/diagnosis/route.ts'
import { judgeRouting, nextLooks } from '../../domain/diagnosis/routing.ts'
import { besideWildcard, withoutWildcard } from '../../domain/diagnosis/wildcard.ts'
import { parentOf } from '../../domain/names.ts'
import { DomainctlError } from '../../errors.ts'
import { findMisplaced } from '../misplaced.ts'
import { seenAnswers, sightings } from '../sightings.ts'
import { blind, type Looking, observe, toCheck } from './look.ts'
import { wildcardBehind } from './wildcards.ts'

/** Where a name has to lead: a CNAME to `target`, or exactly these addresses. */
export interface RoutingWanted {
  name: string
  target?: string
  addresses?: string[]
}

type Family = 'A' | 'AAAA'

/** What was asked at every server, by type; the first one tells the zone. */
type Observations = Map<'CNAME' | Family, Observation>

/**
 * Looks at where visitors of a name are led: one check for the CNAME, or one for each family of the wanted addresses. A name
 * that is right costs one question to each server and a look at the wanted host, which all names with that host share (or
 * the two questions for addresses); the rest is asked only where something is not right.
 * @param routed the names that the domain wants routed
 */
export async function lookAtRouting(
  looking: Looking,
  { name, target, addresses = [] }: RoutingWanted,
  routed: ReadonlySet<string>,
): Promise<Check[]> {
  const routes: WantedRoute[] = []
  if (target !== undefined) routes.push({ type: 'CNAME', target })
  for (const type of ['A', 'AAAA'] as const)
    if (addresses.some((address) => addressType(address) === type)) routes.push({ type, addresses })
  const [first] = routes
  if (!first) return []

  const observed = await observe(looking, name, first.type)
  if (observed instanceof DomainctlError) return routes.map((wanted) => checkOf(looking, name, wanted, blind(observed), []))
  const observations: Observations = new Map([[first.type, observed]])
  // What was seen for one record is not asked again for the next one.
  let known = { name, zone: observed.zone.apex, ...shownIn(observations) }
  const checks: Check[] = []
  for (const wanted of routes) {
    const scene = await lookOn(looking, { ...known, wanted }, observations)
    known = scene
    const judged = judgeRouting(scene)
    const wildcard = judged.state === 'wrong' ? await wildcardBehind(looking, [...observations.values()]) : []
    if (wildcard.length > 0) {
      const missing = besideWildcard(judgeRouting(withoutWildcardIn(scene)), wildcard)
      checks.push(checkOf(looking, name, wanted, missing, seenOf(wanted, observations)))
      continue
    }
    const finding = (await misplaced(looking, scene, judged, { observations, routed })) ?? judged
    checks.push(checkOf(looking, name, wanted, finding, seenOf(wanted, observations)))
  }
  return checks
}

/** The scene as if no wildcard answered for the name: nothing stands at it. */
function withoutWildcardIn({ leads: _, others: __, ...scene }: RoutingObserved): RoutingObserved {
  const { cname, a, aaaa } = scene
  return {
    ...scene,
    ...(cname && { cname: cname.map(withoutWildcard) }),
    ...(a && { a: a.map(withoutWildcard) }),
    ...(aaaa && { aaaa: aaaa.map(withoutWildcard) }),
  }
}

/** Looks at more as long as the judgement needs more; every look is made once. */
async function lookOn(looking: Looking, start: RoutingObserved, observations: Observations): Promise<RoutingObserved> {
  let scene = start
  for (let looks = nextLooks(scene); looks.length > 0; looks = nextLooks(scene)) {
    const found = await Promise.all(looks.map((look) => lookAt(looking, scene, look, observations)))
    scene = Object.assign({ ...scene }, ...found)
  }
  return scene
}

async function lookAt(
  { dns, signal }: Looking,
  { name, wanted }: RoutingObserved,
  look: RoutingLook,
  observations: Observations,
): Promise<Partial<RoutingObserved>> {
  const [known] = observations.values()
  if (!known) throw new Error('nothing was observed yet')
  const { zone } = known
  const ask = async (type: 'CNAME' | Family) => {
    if (!observations.has(type)) observations.set(type, await dns.observe(name, type, { signal, zone }))
  }
  switch (look) {
    case 'cname':
      await ask('CNAME')
      return shownIn(observations)
    case 'addresses':
      await Promise.all([ask('A'), ask('AAAA')])
      return shownIn(observations)
    case 'leads':
      return { leads: await dns.trace(name, { signal }) }
    case 'target':
      return wanted.type === 'CNAME' ? { target: await dns.trace(wanted.target, { signal }) } : {}
    case 'wildcard':
      return { wildcard: await dns.trace(`*.${parentOf(name)}`, { signal }) }
    case 'others': {
      // One server is enough to know that something is in the way.
      const [first] = known.answers.filter(({ outcome }) => outcome === 'answer').map(({ server }) => server)
      const one = { ...zone, servers: first ? [first] : [] }
      const types = ['TXT', 'MX', 'CAA', 'NS'] as const
      const seen = await Promise.all(types.map((type) => dns.observe(name, type, { signal, zone: one })))
      const valuesOf = ({ answers }: Observation) =>
        answers.filter(({ outcome }) => outcome === 'answer').flatMap((a) => a.values)
      return { others: types.flatMap((type, i) => (seen[i] ? valuesOf(seen[i]) : []).map((value) => ({ type, value }))) }
    }
  }
}

/** Only a record of which nothing is there is looked for elsewhere. */
async function misplaced(
  { dns, signal }: Looking,
  { name, wanted }: RoutingObserved,
  { problem }: Finding,
  o: { observations: Observations; routed: ReadonlySet<string> },
): Promise<Finding | undefined> {
  const { type } = wanted
  const observation = o.observations.get(type)
  if (problem !== 'RECORD_MISSING' || !observation?.answers.every(({ values }) => values.length === 0)) return undefined
  const set = { purpose: 'routing', type, name, values: valuesOf(wanted) } as const
  return await findMisplaced(dns, set, observation, { routed: o.routed, signal })
}

function checkOf({ now }: Looking, name: string, wanted: WantedRoute, finding: Finding, seen: SeenAnswer[]): Check {
  const record = { type: wanted.type, name, expected: valuesOf(wanted) }
  return toCheck({ purpose: 'routing', record }, finding, { seen, now })
}

/** The values of the wanted records of the one type. */
function valuesOf(wanted: WantedRoute): string[] {
  if (wanted.type === 'CNAME') return [wanted.target]
  return wanted.addresses.filter((address) => addressType(address) === wanted.type)
}

function shownIn(observations: Observations): Pick<RoutingObserved, 'cname' | 'a' | 'aaaa'> {
  const shown = (type: 'CNAME' | Family): Shown[] | undefined => {
    const observation = observations.get(type)
    return (
      observation &&
      sightings(observation).map((seen, i) => {
        const ttl = observation.answers[i]?.ttl
        return { ...seen, ...(ttl !== undefined && { ttl }) }
      })
    )
  }
  const [cname, a, aaaa] = [shown('CNAME'), shown('A'), shown('AAAA')]
  return { ...(cname && { cname }), ...(a && { a }), ...(aaaa && { aaaa }) }
}

/** What each server showed of the record, and what it showed beside it that leads visitors as well. */
function seenOf(wanted: WantedRoute, observations: Observations): SeenAnswer[] {
  const { type } = wanted
  const own = observations.get(type)
  const isOnlyFamily = type === 'CNAME' || wanted.addresses.every((address) => addressType(address) === type)
  const beside = (['A', 'AAAA'] as const).filter((other) => other !== type && isOnlyFamily)
  return (own ? seenAnswers(own) : []).map((seen, i) => {
    const server = own?.answers[i]?.server
    const more = beside.flatMap((other) => {
      const answer = observations.get(other)?.answers.find(({ server: at }) => at === server)
      return (answer?.values ?? []).map((value) => `${other} ${value}`)
    })
    return { ...seen, values: [...seen.values, ...more] }
  })
}
