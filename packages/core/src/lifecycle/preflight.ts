import type { Issuer } from '../contracts/issuer.ts'
import type { Clock } from '../contracts/runtime.ts'
import { allowedBy, type ForbiddenName, placesOf } from '../domain/diagnosis/caa-names.ts'
import { andMore } from '../domain/diagnosis/sentence.ts'
import { judgeZone } from '../domain/diagnosis/zone.ts'
import { follow } from '../domain/follow.ts'
import type { NewAuditEvent } from '../domain/model.ts'
import { baseOf } from '../domain/names.ts'
import { DomainctlError } from '../errors.ts'
import { caaInForce } from './looking/caa.ts'
import { inspectZones } from './looking/zones.ts'
import type { Step } from './step.ts'

/**
 * For each of the two looks, in milliseconds. A lease is held meanwhile, and who answers slowly enough could make it last for
 * minutes.
 */
const BUDGET = 30_000

/** Why a look is ended. */
const [LATE, OVER] = [new Error('the look takes too long'), new Error('the look is over')]

/** Of a {@link Step}, what looking needs. */
interface Preflight extends Pick<Step, 'signal' | 'event'> {
  readonly domain: Pick<Step['domain'], 'names'> & Partial<Pick<Step['domain'], 'challenge'>>
  readonly services: Pick<Step['services'], 'dns'> & { runtime: { clock: Pick<Clock, 'every'> } }
}

/** Of an {@link Issuer}, what is asked before there is an order. */
type Directory = Pick<Issuer, 'describe'>

/**
 * Looks up whether DNSSEC and CAA let this CA issue for the names of the domain (requirements D6), so that no order is made
 * or answered that it would refuse: failed validations are counted. A CA that does not say by which names CAA means it
 * cannot be judged; whatever it decides, it decides itself. Answers what belongs into the history.
 * @param accountUrl of the account at this CA, where there is one
 * @throws DomainctlError `DNS_DNSSEC_BOGUS`, `DNS_CAA_FORBIDS`, `DNS_CAA_FAILED`, `DNS_UNREACHABLE` when 30 s are not enough, and
 * as `Dns.caaFor` says
 */
export async function preflight(step: Preflight, issuer: Directory, accountUrl: string | undefined): Promise<NewAuditEvent[]> {
  const names = step.domain.names.map(({ name }) => name)
  // Together, since neither needs the other; what is bogus says more than that CAA cannot be seen.
  const caa = checkCaa(step, issuer, names, accountUrl)
  caa.catch(() => undefined)
  await inTime(step, async (looking) => await refuseBogus(looking, step))
  return await caa
}

async function checkCaa(
  step: Preflight,
  issuer: Directory,
  names: string[],
  accountUrl: string | undefined,
): Promise<NewAuditEvent[]> {
  const { caaIdentities: identities } = await issuer.describe(step)
  if (identities.length === 0) return []
  const sets = await inTime(step, async (looking) => await caaInForce(looking, names))
  const { forbidden } = allowedBy(names, sets, {
    identities,
    method: step.domain.challenge,
    ...(accountUrl !== undefined && { accountUrl }),
  })
  if (forbidden.length > 0) throw forbids(identities, forbidden)
  return [step.event('caa.allows', placesOf(sets.values()), { identities })]
}

/** A look at the DNS within the budget. @throws DomainctlError `DNS_UNREACHABLE` when it is spent */
async function inTime<T>(
  { services, signal, domain }: Preflight,
  look: (looking: Parameters<typeof inspectZones>[0]) => Promise<T>,
): Promise<T> {
  const dns = await services.dns()
  const both = follow(signal)
  const stop = services.runtime.clock.every(BUDGET, () => both.end(LATE))
  try {
    return await look({ dns, signal: both.signal })
  } catch (thrown) {
    throw both.signal.reason === LATE ? tooSlow(domain.names.map(({ name }) => name)) : thrown
  } finally {
    stop()
    both.end(OVER)
  }
}

function tooSlow(names: readonly string[]): DomainctlError {
  return new DomainctlError(
    'DNS_UNREACHABLE',
    `Whether DNSSEC and CAA let a CA issue for ${andMore(names)} was not known after ${BUDGET / 1000} s: name servers on the way answer too slowly.`,
    { hint: 'Nothing was asked of the CA. Run doctor with the name to see which servers these are; then repeat.' },
  )
}

/**
 * CAs validate DNSSEC (Baseline Requirements §3.2.2.8.1), for the names and for the zone that their challenges are delegated
 * into. A resolver that does not validate proves nothing; then nothing is said.
 */
async function refuseBogus(looking: Parameters<typeof inspectZones>[0], { domain }: Preflight): Promise<void> {
  const bases = domain.names.map(({ name }) => baseOf(name))
  const targets = domain.names.flatMap(({ delegation }) => delegation?.target ?? [])
  for (const [names, actor] of [
    [bases, 'customer'],
    [targets, 'operator'],
  ] as const) {
    for (const inspection of await inspectZones(looking, names)) {
      const bogus = inspection instanceof DomainctlError ? [] : judgeZone(inspection)
      const found = bogus.find(({ problem }) => problem === 'DNSSEC_BOGUS')
      if (!found) continue
      throw new DomainctlError('DNS_DNSSEC_BOGUS', found.explanation, {
        hint: 'Nothing was asked of the CA. Mend DNSSEC or take the DS record away, wait for the TTL of the DS record, then repeat.',
        actor,
      })
    }
  }
}

function forbids(identities: readonly string[], forbidden: readonly ForbiddenName[]): DomainctlError {
  const names = andMore(forbidden.map(({ name }) => name))
  const reasons = andMore([...new Set(forbidden.map(({ reason }) => reason))], '; ')
  const fixes = andMore([...new Set(forbidden.map(({ fix }) => fix))], '; ')
  return new DomainctlError('DNS_CAA_FORBIDS', `CAA does not let ${identities[0]} issue for ${names}: CAA ${reasons}.`, {
    hint: `Nothing was asked of the CA. In the DNS, ${fixes}; then repeat. Or choose another CA with --ca.`,
  })
}
