import type { RestoredRRset } from '../contracts/applied-records.ts'
import { inParallel } from '../domain/in-parallel.ts'
import { isSame, keysOf, type RRsets, unproven, valueKey, wayBack } from '../domain/leading-records.ts'
import type { NewAuditEvent, WrittenRecord } from '../domain/model.ts'
import { DomainctlError, toDomainctlError } from '../errors.ts'
import { abandonRecords, isForGood, withWayOut } from './abandon.ts'
import { isWanted, keptLate, lateOf, lateWarning } from './late-writes.ts'
import {
  byPlace,
  described,
  exchange,
  failedEvent,
  finishing,
  holdingPlace,
  type LeadingPlace,
  PLACES_AT_A_TIME,
  previousOf,
  restoredEvents,
  standingAt,
} from './leading-place.ts'
import { isIn, oursOf, ownerOf, rowsOfOthers } from './leading-spot.ts'
import { recordLine } from './record-lines.ts'
import { retold } from './retold.ts'
import type { Step } from './step.ts'

/** What became of the records that `apply` made. */
export interface PutBack {
  removed: WrittenRecord[]
  restored: RestoredRRset[]
  /** See `Unapplication`. */
  late: { name: string; type: string; value: string }[]
  warnings: string[]
  /** Why the first one that is still there could not be taken away; it stays in the journal. */
  failure?: DomainctlError
}

/** What became of one name: it is out of the journal, but for what is late. */
interface Outcome {
  removed: WrittenRecord[]
  restored: RRsets
  /** As the journal keeps them. */
  late?: WrittenRecord[]
  /** What a person has to know. */
  warning?: string
  /** Another domain needs the record: what was seen of it is still so. */
  isNeeded?: true
  /** `record.released`: what still stands there is not this domain's affair any more. */
  event?: 'record.left' | 'record.released'
}

/**
 * Takes routing and delegation records of the journal away, by their values, and puts back what they had replaced. What
 * others have changed since is left as it is, and forgotten with a warning; what another domain needs, too, stays until
 * that one goes. Killed anywhere, repeating it does the rest.
 * @param o `abandon`: what can never be taken away is forgotten with a warning
 */
export async function putBack(
  step: Step,
  rows: readonly WrittenRecord[],
  { abandon = false }: { abandon?: boolean } = {},
): Promise<PutBack> {
  const { clock } = step.services.runtime
  const inOrder = oneAfterTheOther()
  const outcomes = await inParallel(byPlace(rows), PLACES_AT_A_TIME, async ([place, mine]) => {
    try {
      const outcome = await comeBack(step, place, mine, inOrder)
      const { late = [] } = outcome
      return { place, ...outcome, warnings: late.length > 0 ? [lateWarning(late, clock.now())] : [] }
    } catch (thrown) {
      const failure = await notRemoved(step, place, { thrown, previous: previousOf(mine) })
      if (!abandon || !isForGood(failure)) return { place, removed: [], restored: [], warnings: [], failure }
      return { place, removed: [], restored: [], warnings: await abandonRecords(step, mine, failure) }
    }
  })
  const [failure, ...others] = outcomes.flatMap((outcome) => ('failure' in outcome ? outcome.failure : []))
  return {
    removed: outcomes.flatMap(({ removed }) => removed),
    restored: outcomes.flatMap(({ place: { name }, restored }) => restored.map((rrset) => ({ name, ...rrset }))),
    late: outcomes.flatMap((outcome) =>
      'late' in outcome && outcome.late ? outcome.late.map(({ name, type, value }) => ({ name, type, value })) : [],
    ),
    warnings: [
      ...outcomes.flatMap((outcome) => [
        ...('warning' in outcome && outcome.warning ? [outcome.warning] : []),
        ...outcome.warnings,
      ]),
      ...others.map(({ message }) => message),
    ],
    ...(failure && { failure: withWayOut(step, failure) }),
  }
}

/** Once its turn has come it is finished, though the caller has gone: half of it would be a name that leads nowhere. */
async function comeBack(
  step: Step,
  place: LeadingPlace,
  mine: readonly WrittenRecord[],
  inOrder: (commit: () => Promise<void>) => Promise<void>,
): Promise<Outcome> {
  return holdingPlace(step, place, ({ held }) =>
    finishing(step.services, place, held, async (signal) => {
      const outcome = await goBack(step, place, mine, signal)
      signal.throwIfAborted()
      const { late = [], isNeeded } = outcome
      const kept = new Set(late.map(({ id }) => id))
      // Under the lease: of two that share it, the one that comes second has to see that it is the last.
      await inOrder(async () => {
        const names = isNeeded ? step.domain.names : unproven(step.domain.names, mine)
        await step.commit({
          ...(names.some((name, i) => name !== step.domain.names[i]) && { domain: { ...step.domain, names } }),
          recordsRemoved: mine.flatMap(({ id }) => (kept.has(id) ? [] : id)),
          recordsWritten: late,
          events: eventsOf(step, place, mine, outcome),
        })
      })
      return outcome
    }),
  )
}

/** Each change of the domain is made of the one before it: of two at once, one would be lost. */
function oneAfterTheOther(): (commit: () => Promise<void>) => Promise<void> {
  let before = Promise.resolve()
  return (commit) => {
    const done = before.then(commit)
    before = done.catch(() => undefined)
    return done
  }
}

async function goBack(step: Step, place: LeadingPlace, mine: readonly WrittenRecord[], signal: AbortSignal): Promise<Outcome> {
  const { services } = step
  const ours = oursOf(mine)
  const previous = previousOf(mine)
  const others = await rowsOfOthers(step, place)
  const needing = others.find((row) => {
    return isWanted(row) && ours.has(valueKey(row.type, row.value))
  })
  if (needing) {
    const theirs = previousOf(others.filter(({ domainId }) => domainId === needing.domainId))
    const isKept = needing.tenant === step.domain.tenant && isSame(previous, theirs)
    const isLost = previous.length > 0 && !isKept
    const before = isLost ? beforeUs(previous) : ''
    const warning = `${place.name} stays as it is for ${await ownerOf(step, needing)}.${before}`
    return { removed: [], restored: [], warning, event: 'record.released', isNeeded: true }
  }
  const standing = await standingAt(services, place, signal)
  const unseen = lateOf(mine, standing, services.runtime.clock.now())
  const late = keptLate(unseen, previous)
  const settled = mine.filter((row) => !unseen.includes(row))
  // With `late` the way back was gone once already: what is missing now, others have taken away.
  const isUnderway = mine.some(({ state }) => state === 'planned' || state === 'removing')
  const way = wayBack(standing, { ours, previous, isUnderway })
  const stood = isIn(standing)
  const removed = settled.filter((row) => row.state === 'removing' || stood(row))
  if (way.act === 'leave') return { ...left(place, standing, previous), late }
  if (way.act === 'done') {
    const gone = removed.filter(({ state }) => state === 'removing')
    const isNews = gone.length === 0 && late.length === 0
    const warning = isNews ? { warning: `${place.name} has what it had before already.` } : {}
    // An attempt before this one has put it back, and could not say so any more.
    const restored = gone.length > 0 ? previous : []
    return { removed: gone, restored, late, ...warning, event: 'record.released' }
  }
  // From here on the journal says that it may be gone. What is late stays `planned` until the way is gone.
  await step.commit({ recordsWritten: settled.map((row): WrittenRecord => ({ ...row, state: 'removing' })) })
  if (way.act !== 'take-away') {
    return { ...(await restore(step, place, { standing, previous, ours, removed }, signal)), late }
  }
  await exchange(services, place, { from: way.take, to: [] }, signal)
  return { ...left(place, standing, previous), removed: removed.filter(isIn(way.take)), late }
}

async function restore(
  { services }: Step,
  place: LeadingPlace,
  o: { standing: RRsets; previous: RRsets; ours: ReadonlySet<string>; removed: WrittenRecord[] },
  signal: AbortSignal,
): Promise<Outcome> {
  const { standing, previous, ours, removed } = o
  try {
    await exchange(services, place, { from: standing, to: previous }, signal)
    return { removed, restored: previous }
  } catch (thrown) {
    const isRefused =
      thrown instanceof DomainctlError && (thrown.code === 'PROVIDER_CONFLICT' || thrown.code === 'PROVIDER_REFUSED')
    const now = isRefused ? await standingAt(services, place, signal) : standing
    const known = new Set(keysOf(previous))
    // Where ours is gone and the provider does not take the old any more, trying for ever would help nobody.
    if (!isRefused || isSame(now, standing) || keysOf(now).some((key) => ours.has(key) && !known.has(key))) throw thrown
    const why = `What stood at ${place.name} before could not be put back: ${thrown.message}`
    return { removed, restored: [], warning: `${why} It was ${described(previous)}.` }
  }
}

function beforeUs(previous: RRsets): string {
  return ` Before domainctl replaced it, it had ${described(previous)}.`
}

function left({ name }: LeadingPlace, standing: RRsets, previous: RRsets): Outcome {
  const before = previous.length > 0 ? beforeUs(previous) : ''
  return {
    removed: [],
    restored: [],
    warning: `${name} was changed by others since, and is left as it is: ${described(standing)}.${before}`,
  }
}

/** For the audit: what became of each row, and what was found. */
function eventsOf(step: Step, place: LeadingPlace, mine: readonly WrittenRecord[], outcome: Outcome): NewAuditEvent[] {
  const { removed, restored, late = [], warning, event = 'record.left' } = outcome
  const gone = new Set([...removed, ...late].map(({ id }) => id))
  const stays = event === 'record.released' ? mine.filter(({ id }) => !gone.has(id)) : []
  return [
    ...removed.map((row) => recordLine(step, 'record.removed', row)),
    ...restoredEvents(step, place, restored),
    ...late.map((row) => recordLine(step, 'record.late', row)),
    ...stays.map((row) => recordLine(step, 'record.released', row, { why: warning })),
    ...(warning && event === 'record.left' ? [step.event(event, warning)] : []),
  ]
}

async function notRemoved(
  step: Step,
  place: LeadingPlace,
  { thrown, previous }: { thrown: unknown; previous: RRsets },
): Promise<DomainctlError> {
  const error = toDomainctlError(thrown, step.signal)
  const { name, provider } = place
  step.services.runtime.logger.log('warn', 'record not removed', { name, provider, error: error.message })
  if (error.kind === 'interrupted') return error
  await step.commit({ events: [failedEvent(step, place, error, previous)] }).catch((unnoted: unknown) => {
    step.services.runtime.logger.log('warn', 'failure not noted', { name, error: String(unnoted) })
  })
  const message = `The records of ${name} could not be put back as they were; it is kept in mind. ${error.message}`
  return retold(error, { message })
}
