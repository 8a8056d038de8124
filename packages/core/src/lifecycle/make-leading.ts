import type { AppliedRecord } from '../contracts/applied-records.ts'
import { inParallel } from '../domain/in-parallel.ts'
import { isSame, keysOf, previousAfter, type RRsets, valueKey } from '../domain/leading-records.ts'
import type { NewAuditEvent, ReplacedRRset, WrittenRecord } from '../domain/model.ts'
import { DomainctlError, type ErrorCode } from '../errors.ts'
import {
  editedMeanwhile,
  exchange,
  failedEvent,
  finishing,
  holdingPlace,
  PLACES_AT_A_TIME,
  previousOf,
  restoredEvents,
  standingAt,
  untilServed,
} from './leading-place.ts'
import { type Made, oursOf, type Spot } from './leading-spot.ts'
import { type RecordEvent, recordLine } from './record-lines.ts'
import { makeId } from './services.ts'
import type { Step } from './step.ts'

/** After these answers what was asked is not done, nor will be; after any other it may be. */
const REFUSALS: readonly ErrorCode[] = ['PROVIDER_REFUSED', 'PROVIDER_CONFLICT', 'PROVIDER_AUTH', 'RECORD_FOREIGN']

/** A spot, and how the journal has it before anything is written. */
interface Plan {
  spot: Spot
  /** As they are to be, each `planned`. */
  rows: WrittenRecord[]
  previous: RRsets
}

/**
 * Makes what is wanted at these spots: journaled first, all of it, then written, and then confirmed. What fails does not stop
 * the others; it is thrown at the end. A place at which nothing was changed is not in the journal after that.
 * @throws `RECORD_FOREIGN` for what was edited after it was judged, `PROVIDER_…`, `LEASE_HELD`
 */
export async function makeSpots(step: Step, spots: readonly Spot[]): Promise<Made[]> {
  const plans = spots.map((spot) => (isSettled(spot) ? null : planOf(step, spot)))
  await journal(
    step,
    plans.filter((plan) => plan !== null),
  )
  const written = await inParallel(plans, PLACES_AT_A_TIME, async (plan) => plan && (await write(step, plan)))
  const failed = written.find((one) => one && 'failure' in one)
  if (failed && 'failure' in failed) throw failed.failure
  return spots.map((spot, i): Made => {
    const [one, plan] = [written[i], plans[i]]
    if (!one || !plan || 'failure' in one) return { spot, outcome: 'kept', previous: previousOf(spot.rows) }
    return { spot, outcome: one.outcome, previous: plan.previous }
  })
}

/** Nothing has to be done: it stands there, made by others, or by us and the journal says so. */
function isSettled({ verdict, rows, shared, wanted }: Spot): boolean {
  if (verdict !== 'wanted') return false
  const keys = keysOf(wanted)
  if (rows.length === 0) return !keys.every((key) => oursOf(shared).has(key))
  return rows.every(({ state }) => state === 'present') && rows.length === keys.length
}

function planOf({ services, domain }: Step, spot: Spot): Plan {
  const { place, purpose, wanted, standing, verdict, shared } = spot
  // What another tenant's domain has replaced is not to be known here, nor to come back from here.
  const own = spot.rows.length > 0 ? spot.rows : shared.filter(({ tenant }) => tenant === domain.tenant)
  // What stands as it is wanted is ours already, or another domain's; it takes the place of nothing.
  const previous = verdict === 'wanted' ? previousOf(own) : previousAfter(standing, oursOf(spot.rows), previousOf(own))
  const rowOf = new Map(spot.rows.map((row) => [valueKey(row.type, row.value), row]))
  const rows = wanted.flatMap(({ type, values, ttl }) =>
    values.map((value): WrittenRecord => {
      const { previous: _, ...known } = rowOf.get(valueKey(type, value)) ?? {
        id: makeId(services),
        tenant: domain.tenant,
        domainId: domain.id,
      }
      // By its age it is known for how long the write that comes now may be on its way: see late-writes.ts.
      return { ...known, ...place, purpose, type, value, ttl, state: 'planned', createdAt: services.runtime.clock.now() }
    }),
  )
  const [first, ...others] = rows
  return {
    spot,
    rows: first && previous.length > 0 ? [{ ...first, previous: [...previous] }, ...others] : rows,
    previous,
  }
}

/** L7: whatever is written from here on, the journal has it, with what has to be put back. */
async function journal(step: Step, plans: readonly Plan[]): Promise<void> {
  if (plans.length === 0) return
  await step.commit({
    recordsWritten: plans.flatMap(({ rows }) => rows),
    events: plans.flatMap((plan) => eventsOf(step, 'record.planned', plan)),
  })
}

/** What became of a plan that was not given up. */
type Written = { outcome: AppliedRecord['outcome'] } | { failure: unknown }

async function write(step: Step, plan: Plan): Promise<Written> {
  const { services, signal } = step
  const { spot, rows, previous } = plan
  const { place, wanted } = spot
  // Until something is asked of the provider nothing of ours is there, and what was planned anew may be forgotten; but what
  // another domain had there may have been left to this one meanwhile.
  let settled: Settled = { isUntouched: spot.verdict !== 'wanted', broughtBack: [] }
  try {
    const { changes, outcome } = await holdingPlace(step, place, async ({ asked, held }) => {
      const standing = await standingAt(services, place, asked)
      if (isSame(standing, wanted)) return { changes: [], outcome: outcomeOf(plan) }
      if (!isAsJudged(spot, standing)) throw editedMeanwhile(place, standing)
      settled = { isUntouched: false, broughtBack: [] }
      try {
        const changes = await exchange(services, place, { from: standing, to: wanted }, asked)
        // Another domain of ours had it there, and has taken it away since it was judged.
        return { changes, outcome: spot.verdict === 'wanted' ? ('made' as const) : outcomeOf(plan) }
      } catch (error) {
        settled = await settle(step, spot, { before: standing, error, held })
        throw error
      }
    })
    settled = { isUntouched: false, broughtBack: [] }
    if (changes.some(({ status }) => status === 'by-hand')) {
      await step.commit({ recordsRemoved: freshOf(plan), events: eventsOf(step, 'record.released', plan) })
      return { outcome: 'by-hand' }
    }
    await untilServed(services, place, changes, signal)
    const present = rows.map((row): WrittenRecord => ({ ...row, state: 'present' }))
    await step.commit({ recordsWritten: present, events: eventsOf(step, EVENTS[outcome], plan) })
    return { outcome }
  } catch (failure) {
    const { isUntouched, broughtBack } = settled
    const events = [failedEvent(step, place, failure, isUntouched ? [] : previous), ...restoredEvents(step, place, broughtBack)]
    await step.commit({ ...(isUntouched && { recordsRemoved: freshOf(plan) }), events }).catch((error: unknown) => {
      services.runtime.logger.log('warn', 'failure not noted', { name: place.name, error: String(error) })
    })
    return { failure }
  }
}

/** What stands there is what was judged; or it is free now, and was nobody's whom we do not know. */
function isAsJudged({ standing, verdict }: Spot, now: RRsets): boolean {
  return isSame(now, standing) || (now.length === 0 && verdict !== 'foreign')
}

/** How a place was left after a failure. */
interface Settled {
  /** Nothing of ours is there, nor can come any more. */
  isUntouched: boolean
  /** What had been taken away and stands there again. */
  broughtBack: RRsets
}

/** After a failure: what was taken away comes back, unless the lease is lost: then whoever has it now does that. */
async function settle(
  { services }: Step,
  { place, wanted }: Spot,
  { before, error, held }: { before: readonly ReplacedRRset[]; error: unknown; held: AbortSignal },
): Promise<Settled> {
  const had = new Set(keysOf(before))
  try {
    return await finishing(services, place, held, async (signal) => {
      const now = await standingAt(services, place, signal)
      const keys = new Set(keysOf(now))
      const missing = before.filter((rrset) => keysOf([rrset]).some((key) => !keys.has(key)))
      const isOnlyMissing = missing.length > 0 && [...keys].every((key) => had.has(key))
      if (isOnlyMissing) await exchange(services, place, { from: now, to: before }, signal)
      const isRefused = error instanceof DomainctlError && REFUSALS.includes(error.code)
      // What was taken away and did not come back stays in the journal.
      const isWhole = missing.length === 0 || isOnlyMissing
      const isUntouched = isRefused && isWhole && keysOf(wanted).every((key) => had.has(key) || !keys.has(key))
      return { isUntouched, broughtBack: isOnlyMissing ? missing : [] }
    })
  } catch (thrown) {
    const { name, provider } = place
    const what = 'record not brought back; it is kept in mind'
    services.runtime.logger.log('warn', what, { name, provider, error: String(thrown) })
    return { isUntouched: false, broughtBack: [] }
  }
}

/** Rows that the journal has only since this plan. */
function freshOf({ spot, rows }: Plan): string[] {
  const known = new Set(spot.rows.map(({ id }) => id))
  return rows.flatMap(({ id }) => (known.has(id) ? [] : id))
}

function outcomeOf({ spot: { verdict, rows }, previous }: Plan): 'made' | 'replaced' | 'kept' {
  // Another domain of ours has made it.
  if (verdict === 'wanted' && rows.length === 0) return 'kept'
  return verdict === 'foreign' || verdict === 'ours' || previous.length > 0 ? 'replaced' : 'made'
}

const EVENTS = { made: 'record.written', replaced: 'record.replaced', kept: 'record.kept' } as const

/** One for each record; the first says what stands, or stood, in its place. */
function eventsOf(step: Step, event: RecordEvent, { rows }: Plan): NewAuditEvent[] {
  return rows.map((row) => recordLine(step, event, row))
}
