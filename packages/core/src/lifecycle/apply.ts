import type { AppliedRecord, Unapplication } from '../contracts/applied-records.ts'
import type { VerbOptions } from '../contracts/verb-options.ts'
import { inParallel } from '../domain/in-parallel.ts'
import type { WrittenRecord } from '../domain/model.ts'
import { neededRecords } from '../domain/records.ts'
import type { DomainctlError } from '../errors.ts'
import { notReady } from './checks.ts'
import { examineProofs } from './examine.ts'
import { PLACES_AT_A_TIME } from './leading-place.ts'
import { refuseSpots, refuseTaken } from './leading-refusals.ts'
import { appliedRecords, byHand, isLeading, lookAtSpot, type Spot } from './leading-spot.ts'
import { type Looked, lookAgain } from './look-again.ts'
import { makeSpots } from './make-leading.ts'
import { putBack } from './put-back.ts'
import { withOutcome } from './retold.ts'
import { isByHand, providerFor, type Services } from './services.ts'
import { type Step, step } from './step.ts'
import { checkProofs, refuseStatus } from './verify.ts'

interface Applied {
  records: AppliedRecord[]
  warnings: string[]
}

/**
 * Makes the routing and delegation records of a domain at their providers, once its ownership records are seen; with `waitMs`
 * it looks for those again until the time is over. Killed anywhere, repeating it makes the rest.
 */
export async function apply(
  services: Services,
  name: string,
  o: VerbOptions & { force?: boolean; waitMs?: number },
): Promise<Applied> {
  return lookAgain(services, name, o, () =>
    step(services, name, o, async (current): Promise<Looked<Applied>> => {
      refuseStatus(current.domain)
      await refuseTaken(current)
      const open = await unproven(current)
      if (open) return { result: failing(open), waiting: { reason: open.message } }
      // What happens from here on is the outcome, and nothing to wait for.
      const outcome = applyRecords(current, o.force ?? false)
      return outcome.then(
        (applied) => ({ result: () => applied }),
        (thrown: unknown) => ({ result: failing(thrown) }),
      )
    }),
  )
}

function failing(thrown: unknown): () => never {
  return () => {
    throw thrown
  }
}

/** Takes away what {@link apply} made, and puts back what it replaced. */
export async function unapply(
  services: Services,
  name: string,
  o: VerbOptions,
): Promise<Omit<Unapplication, 'domain' | 'removed'> & { removed: WrittenRecord[] }> {
  return step(services, name, o, async (current) => {
    const written = await services.store.recordsOf(current.domain.id)
    current.report('removing records')
    const { failure, ...back } = await putBack(current, written.filter(isLeading))
    if (failure) throw withOutcome(current, failure, back)
    return back
  })
}

/**
 * Why nothing may be written yet: an ownership record that the domain needs and that is not seen at the servers to which the
 * zone above delegates (requirements L3). domainctl never makes that one itself: it would prove nothing.
 */
async function unproven(current: Step): Promise<DomainctlError | null> {
  if (current.domain.names.every(({ ownership }) => !ownership)) return null
  const { checks } = await checkProofs(current, examineProofs)
  if (current.domain.names.every(({ ownership }) => !ownership || ownership.state === 'ok')) return null
  const open = checks.filter(({ purpose, ok }) => purpose === 'ownership' && !ok)
  return notReady(current.domain.name, open)
}

async function applyRecords(current: Step, force: boolean): Promise<Applied> {
  const { services, domain } = current
  current.report('looking at the records that are there')
  const wanted = Map.groupBy(neededRecords(domain).filter(isLeading), ({ name }) => name)
  const journal = (await services.store.recordsOf(domain.id)).filter(isLeading)
  const looked = await inParallel(wanted, PLACES_AT_A_TIME, async ([name, records]) => {
    const provider = providerFor(services, name) ?? domain.provider
    return isByHand(services, provider) ? byHand(records, provider) : await lookAtSpot(current, name, records, journal)
  })
  const spots = looked.filter((one) => 'place' in one)
  await refuseSpots(current, spots, force)
  const made = await makeSpots(current, spots)
  const recordsOf = new Map(made.map((one) => [one.spot, appliedRecords(one)]))
  return {
    records: looked.flatMap((one) => ('place' in one ? (recordsOf.get(one) ?? []) : one)),
    warnings: spots.flatMap(warningsOf),
  }
}

/** What is different from what a person may think who sees the record made. */
function warningsOf({ place: { name }, verdict, standing }: Spot): string[] {
  if (!standing.some(({ proxied }) => proxied)) return []
  return verdict === 'foreign'
    ? [`${name} was behind the proxy of its provider; what was made in its place is not.`]
    : verdict === 'wanted'
      ? [`${name} is behind the proxy of its provider, and stays so.`]
      : []
}
