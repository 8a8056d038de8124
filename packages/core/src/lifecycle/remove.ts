import type { Removal } from '../contracts/applied-records.ts'
import type { VerbOptions } from '../contracts/verb-options.ts'
import { valueKey } from '../domain/leading-records.ts'
import { transition } from '../domain/machine.ts'
import type { WrittenRecord } from '../domain/model.ts'
import { QUARANTINE } from '../domain/policies.ts'
import { neededRecords } from '../domain/records.ts'
import { abandonRecords, isForGood, withWayOut } from './abandon.ts'
import { type RemovedRecords, removeRecords } from './challenge-records.ts'
import { budgetAtEnd, split } from './counted-order.ts'
import { removeAnswers } from './http-answers.ts'
import { isLeading } from './leading-spot.ts'
import { putBack } from './put-back.ts'
import { byRRset } from './record-sets.ts'
import { withOutcome } from './retold.ts'
import type { Services } from './services.ts'
import { type Step, step } from './step.ts'

/**
 * Takes the records that domainctl wrote away, puts back what they replaced, and takes the domain out of service. Records
 * that could not be removed stay in the journal, and repeating `remove` tries them again; so do those that may appear yet (see
 * `Unapplication`), but they keep no domain; with `abandon` those that can never
 * be removed are forgotten, with a warning each. With `onlyAgain` a domain that is not removed is left as it is.
 * @throws what the provider said when records are left: the domain is not removed then
 */
export async function remove(
  services: Services,
  name: string,
  o: VerbOptions & { abandon?: boolean; onlyAgain?: boolean },
): Promise<Omit<Removal, 'domain' | 'removed'> & { removed: WrittenRecord[] }> {
  return step(services, name, o, async (current) => {
    const { store, runtime } = services
    const { id, status } = current.domain
    if (o.onlyAgain && status !== 'deleted') return { removed: [], restored: [], late: [], leftToOthers: [], warnings: [] }
    const written = await store.recordsOf(id)
    current.report('removing records')
    const { abandon = false } = o
    const challenges = await removeChallenges(
      current,
      written.filter((record) => !isLeading(record)),
      abandon,
    )
    const back = await putBack(current, written.filter(isLeading), { abandon })
    const answers = await removeAnswers(current, await store.httpChallengesOf(id))
    const warnings = [...challenges.warnings, ...back.warnings, ...answers]
    const removed = [...challenges.removed, ...back.removed]
    const failure = challenges.failure ?? back.failure
    if (failure) throw withOutcome(current, failure, { removed, restored: back.restored, warnings })
    current.signal.throwIfAborted()
    const open = await store.openOrder(id)
    const now = runtime.clock.now()
    const places = await store.deploymentsOf(id)
    // What the journal had was ours: it is gone, or another domain's as well, or what others made of it.
    const ours = new Set(written.map((record) => `${record.name} ${valueKey(record.type, record.value)}`))
    const leftToOthers = neededRecords(current.domain).filter((record) => {
      return record.state === 'ok' && !ours.has(`${record.name} ${valueKey(record.type, record.value)}`)
    })
    const told = [
      `${removed.length} record(s) taken away`,
      ...(back.restored.length > 0 ? [`${back.restored.length} put back`] : []),
    ]
    // What it held under the limits of its CA is there for others again.
    const held = open ? split(budgetAtEnd({ step: current, order: open, atCa: undefined, resumed: true })) : undefined
    await current.commit({
      ...(open && { order: { ...open, ...held?.order, state: 'invalid' as const, updatedAt: now } }),
      ...held?.changes,
      domain: { ...transition(current.domain, 'removed', now), nextActionAt: new Date(now.getTime() + QUARANTINE) },
      deploymentsRemoved: places.map(({ target }) => target),
      events: [current.event('domain.removed', told.join(', '))],
    })
    // A server that reads them may not start again without them: that is for whoever takes the name out of its configuration.
    warnings.push(
      ...places.flatMap(({ target, live }) => (live ? [`Its certificate and key stay at the target ${target}.`] : [])),
    )
    return { removed, restored: back.restored, late: back.late, leftToOthers, warnings }
  })
}

async function removeChallenges(step: Step, records: readonly WrittenRecord[], abandon: boolean): Promise<RemovedRecords> {
  const first = await removeRecords(step, records)
  const { removed, failure } = first
  if (!failure) return first
  const warnings = first.warnings.filter((warning) => warning !== failure.message)
  if (!abandon) return { removed, warnings, failure: withWayOut(step, failure) }
  const gone = new Set(removed.map(({ id }) => id))
  const sets = byRRset(records.filter(({ id }) => !gone.has(id)))
  // Each by itself, for what one fails with says nothing of the others.
  const again = await Promise.all(
    sets.map(async ({ records }): Promise<RemovedRecords> => {
      const alone = await removeRecords(step, records)
      if (!alone.failure || !isForGood(alone.failure)) return alone
      return { removed: [], warnings: await abandonRecords(step, records, alone.failure) }
    }),
  )
  const left = again.flatMap((one) => one.failure ?? [])[0]
  return {
    removed: [...removed, ...again.flatMap((one) => one.removed)],
    warnings: again.flatMap((one) => one.warnings.filter((warning) => warning !== left?.message)),
    ...(left && { failure: left }),
  }
}
