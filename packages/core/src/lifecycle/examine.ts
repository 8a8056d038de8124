import type { Check } from '../contracts/verification.ts'
import type { Finding } from '../domain/diagnosis/finding.ts'
import { follow } from '../domain/follow.ts'
import type { Domain } from '../domain/model.ts'
import { baseOf } from '../domain/names.ts'
import { allProven, challengeName, recordsOfName } from '../domain/records.ts'
import { lookAtProofs, withFindings } from './checks.ts'
import { lookAtCaa } from './looking/caa.ts'
import { lookAtCaches } from './looking/caches.ts'
import { lookAtChallenges } from './looking/challenges.ts'
import { lookAtAddresses, lookAtHttp } from './looking/http.ts'
import { type InTime, type Looking, type Subject, toCheck } from './looking/look.ts'
import { withPanels } from './looking/panels.ts'
import { lookAtCopies, lookAtZones } from './looking/zones.ts'
import type { Services, Settings } from './services.ts'

/** Those of the {@link Services} through which a domain is looked at. */
interface Sources extends Pick<Services, 'dns' | 'probe' | 'issuer' | 'accountName'> {
  store: Pick<Services['store'], 'recordsOf' | 'getAccount'>
  settings: Pick<Settings, 'cas' | 'propagationMode'>
  runtime: Pick<Services['runtime'], 'clock'>
}

/** What all checks of one domain may take together, in ms. What is not done by then is a check that timed out. */
const BUDGET = 30_000

/**
 * Looks at everything that keeps a domain from its certificate and its visitors: the records that it needs, their zones as
 * resolvers see them, the challenge's name, CAA, caches, and HTTP where it is asked for. Changes nothing.
 */
export async function examine(services: Sources, domain: Domain, signal: AbortSignal): Promise<Check[]> {
  return withinBudget(services, signal, async (looking, inTime) => {
    const bases = [...new Set(domain.names.map(({ name }) => baseOf(name)))]
    const subject = (purpose: Check['purpose'], type: Check['record']['type'], name = domain.name) => ({
      purpose,
      record: { type, name, expected: [] },
    })
    const [proofs, zones, own, challenges, caa] = await Promise.all([
      lookAtProofs(looking, domain, inTime),
      inTime(subject('zone', 'NS'), () => lookAtZones(looking, bases)),
      inTime(subject('zone', 'NS'), () => lookAtOwnZones(looking, domain)),
      inTime(subject('challenge', 'TXT', challengeName(domain.name)), lookAtAllChallenges),
      inTime(subject('caa', 'CAA'), () => lookAtCaa(looking, services, domain)),
    ])
    // Of a domain that has its certificate only what has just become right can be behind in a cache.
    const fresh = proofs.filter((check) => check.ok && (domain.certificateId === undefined || wasNotOk(domain, check)))
    const later = await inTime(subject('zone', 'NS'), () =>
      lookAtCaches(looking, fresh, { decides: services.settings.propagationMode === 'recursive' }),
    )
    const copies = await inTime(subject('zone', 'NS'), () => lookAtCopies(looking, proofs))
    const http = await lookAtHttpWhereProven(services, looking, domain, proofs, inTime)
    return [
      ...copies,
      // That all is well with a zone is not said beside what is wrong with it.
      ...zones.filter((zone) => zone.problem !== undefined || !copies.some((copy) => isSameRecord(copy, zone))),
      ...own,
      ...proofs.map((check) => later.find((one) => isSameRecord(one, check)) ?? check),
      ...later.filter((one) => !proofs.some((check) => isSameRecord(one, check))),
      ...challenges,
      // That nothing can be seen in a zone that is not there is said by the zone.
      ...caa.filter(({ state }) => state !== 'unknown' || zones.every(({ ok }) => ok)),
      ...http,
    ]

    async function lookAtAllChallenges(): Promise<Check[]> {
      // Over HTTP nothing is looked for in the DNS but the way to the server.
      // Where the domain says where that is, or is probed, it is told there.
      const unrouted = domain.probe ? [] : domain.names.filter(({ routing }) => !routing)
      if (domain.challenge === 'http-01') return lookAtAddresses(looking, unrouted)
      const delegated = new Set(domain.names.filter(({ delegation }) => delegation).map(({ name }) => baseOf(name)))
      const mine = async () => new Set((await services.store.recordsOf(domain.id)).map(({ value }) => value))
      return lookAtChallenges(looking, bases, delegated, mine)
    }
  })
}

/** What has to be right before anything is ordered: the records that the proofs ask for, and HTTP where it is asked for. */
export async function examineProofs(services: Sources, domain: Domain, signal: AbortSignal): Promise<Check[]> {
  return withinBudget(services, signal, async (looking, inTime) => {
    const proofs = await lookAtProofs(looking, domain, inTime)
    return [...proofs, ...(await lookAtHttpWhereProven(services, looking, domain, proofs, inTime))]
  })
}

/** Over HTTP nothing is asked before the name leads where it should. */
async function lookAtHttpWhereProven(
  services: Sources,
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

/** The zones that challenges are delegated into: they are the operator's, and only what is wrong with them is told. */
async function lookAtOwnZones(looking: Looking, domain: Domain): Promise<Check[]> {
  const targets = domain.names.flatMap(({ delegation }) => delegation?.target ?? [])
  const checks = targets.length === 0 ? [] : await lookAtZones(looking, targets)
  return checks.filter(({ ok }) => !ok).map((check) => ({ ...check, actor: 'operator' as const }))
}

function wasNotOk(domain: Domain, { purpose, record }: Check): boolean {
  return domain.names.flatMap(recordsOfName).some((needed) => {
    return needed.purpose === purpose && needed.name === record.name && needed.type === record.type && needed.state !== 'ok'
  })
}

function isSameRecord(one: Check, other: Check): boolean {
  return one.purpose === other.purpose && one.record.type === other.record.type && one.record.name === other.record.name
}

/** Ends every look that is not done when the budget is spent; each leaves a check that says so. */
async function withinBudget(
  services: Sources,
  signal: AbortSignal,
  look: (looking: Looking, inTime: InTime) => Promise<Check[]>,
): Promise<Check[]> {
  const { clock } = services.runtime
  const dns = await services.dns()
  signal.throwIfAborted()
  const over = follow(signal)
  const stop = clock.every(BUDGET, () => over.end(SPENT))
  const looking: Looking = { dns, signal: over.signal, now: clock.now() }
  try {
    const checks = await look(looking, async (subject, work) => {
      try {
        return await work()
      } catch (error) {
        if (!over.signal.aborted || signal.aborted) throw error
        return [toCheck(subject, TIMED_OUT, { seen: [], now: looking.now })]
      }
    })
    return await withPanels({ ...looking, signal }, checks)
  } finally {
    stop()
    over.end(SPENT)
  }
}

/** Why looks end that nobody waits for any more: one for all, since each error of its own costs its stack. */
const SPENT = new Error('the time of this look is over')

const TIMED_OUT: Finding = {
  state: 'unknown',
  problem: 'CHECK_TIMED_OUT',
  explanation: `The name servers did not give all answers within ${BUDGET / 1000} s. Nothing is known to be wrong: look again.`,
  action: 'wait',
  actor: 'provider',
}
