import type { Check } from '../contracts/domainctl.ts'
import type { Finding } from '../domain/diagnosis/finding.ts'
import type { Domain } from '../domain/model.ts'
import { baseOf } from '../domain/names.ts'
import { allProven, challengeName, ownershipName, recordsOfName } from '../domain/records.ts'
import { lookAtProofs, withFindings } from './checks.ts'
import { lookAtCaa } from './looking/caa.ts'
import { lookAtCaches } from './looking/caches.ts'
import { lookAtChallenges } from './looking/challenges.ts'
import { lookAtHttp } from './looking/http.ts'
import { type Looking, type Subject, toCheck } from './looking/look.ts'
import { withPanels } from './looking/panels.ts'
import { lookAtZones } from './looking/zones.ts'
import type { Services } from './services.ts'

/** What all checks of one domain may take together, in ms. What is not done by then is a check that timed out. */
const BUDGET = 30_000

/**
 * Looks at everything that keeps a domain from its certificate and its visitors: the records that it needs, their zones as
 * resolvers see them, the challenge's name, CAA, caches, and HTTP where it is asked for. Changes nothing.
 */
export async function examine(services: Services, domain: Domain, signal: AbortSignal): Promise<Check[]> {
  return withinBudget(services, signal, async (looking, inTime) => {
    const bases = [...new Set(domain.names.map(({ name }) => baseOf(name)))]
    const subject = (purpose: Check['purpose'], type: Check['record']['type'], name = domain.name) => ({
      purpose,
      record: { type, name, expected: [] },
    })
    const [proofs, zones, challenges, caa] = await Promise.all([
      inTime(proofsOf(domain), () => lookAtProofs(looking, domain)),
      inTime(subject('zone', 'NS'), () => lookAtZones(looking, bases)),
      inTime(subject('challenge', 'TXT', challengeName(domain.name)), lookAtAllChallenges),
      inTime(subject('caa', 'CAA'), () => lookAtCaa(looking, services, domain)),
    ])
    // Of a domain that has its certificate only what has just become right can be behind in a cache.
    const fresh = proofs.filter((check) => check.ok && (domain.certificateId === undefined || wasNotOk(domain, check)))
    const later = await inTime(subject('zone', 'NS'), () =>
      lookAtCaches(looking, fresh, { decides: services.settings.propagationMode === 'recursive' }),
    )
    const http = await lookAtHttpWhereProven(services, looking, domain, proofs, inTime)
    return [
      ...zones,
      ...proofs.map((check) => later.find((one) => isSameRecord(one, check)) ?? check),
      ...challenges,
      // That nothing can be seen in a zone that is not there is said by the zone.
      ...caa.filter(({ state }) => state !== 'unknown' || zones.every(({ ok }) => ok)),
      ...http,
    ]

    async function lookAtAllChallenges(): Promise<Check[]> {
      const delegated = new Set(domain.names.filter(({ delegation }) => delegation).map(({ name }) => baseOf(name)))
      const written = await services.store.recordsOf(domain.id)
      return lookAtChallenges(looking, bases, delegated, new Set(written.map(({ value }) => value)))
    }
  })
}

/** What has to be right before anything is ordered: the records that the proofs ask for, and HTTP where it is asked for. */
export async function examineProofs(services: Services, domain: Domain, signal: AbortSignal): Promise<Check[]> {
  return withinBudget(services, signal, async (looking, inTime) => {
    const proofs = await inTime(proofsOf(domain), () => lookAtProofs(looking, domain))
    return [...proofs, ...(await lookAtHttpWhereProven(services, looking, domain, proofs, inTime))]
  })
}

/** Over HTTP nothing is asked before the name leads where it should. */
async function lookAtHttpWhereProven(
  services: Services,
  looking: Looking,
  domain: Domain,
  proofs: readonly Check[],
  inTime: InTime,
): Promise<Check[]> {
  const isProven = allProven({ ...domain, names: withFindings(domain.names, proofs, looking.now) })
  if (!isProven || !domain.probe) return []
  const subject: Subject = { purpose: 'http', record: { type: 'A', name: domain.name, expected: [] } }
  return inTime(subject, () => lookAtHttp(looking, services.probe, domain))
}

function wasNotOk(domain: Domain, { purpose, record }: Check): boolean {
  return domain.names.flatMap(recordsOfName).some((needed) => {
    return needed.purpose === purpose && needed.name === record.name && needed.type === record.type && needed.state !== 'ok'
  })
}

function isSameRecord(one: Check, other: Check): boolean {
  return one.purpose === other.purpose && one.record.type === other.record.type && one.record.name === other.record.name
}

/** What a look at all proofs is named by when it is not done in time. */
function proofsOf({ name }: Domain): Subject {
  return { purpose: 'ownership', record: { type: 'TXT', name: ownershipName(baseOf(name)), expected: [] } }
}

/** Does one part of the look; when the time is over, a check that says so takes its place. */
type InTime = (subject: Subject, work: () => Promise<Check[]>) => Promise<Check[]>

/** Ends every look that is not done when the budget is spent; each leaves a check that says so. */
async function withinBudget(
  services: Services,
  signal: AbortSignal,
  look: (looking: Looking, inTime: InTime) => Promise<Check[]>,
): Promise<Check[]> {
  const { clock } = services.runtime
  const spent = new AbortController()
  const stop = clock.every(BUDGET, () => spent.abort())
  const looking: Looking = { dns: await services.dns(), signal: AbortSignal.any([signal, spent.signal]), now: clock.now() }
  try {
    const checks = await look(looking, async (subject, work) => {
      try {
        return await work()
      } catch (error) {
        if (!spent.signal.aborted || signal.aborted) throw error
        return [toCheck(subject, TIMED_OUT, { seen: [], now: looking.now })]
      }
    })
    return await withPanels({ ...looking, signal }, checks)
  } finally {
    stop()
  }
}

const TIMED_OUT: Finding = {
  state: 'unknown',
  problem: 'CHECK_TIMED_OUT',
  explanation: `The name servers did not give all answers within ${BUDGET / 1000} s. Nothing is known to be wrong: look again.`,
  action: 'wait',
  actor: 'provider',
}
