import type { VerbOptions } from '../contracts/verb-options.ts'
import { transition } from '../domain/machine.ts'
import { removeRecords } from './challenge-records.ts'
import { budgetAtEnd, split } from './counted-order.ts'
import { removeAnswers } from './http-answers.ts'
import { isLeading } from './leading-spot.ts'
import { reasonOf } from './reason.ts'
import type { Services } from './services.ts'
import { step } from './step.ts'
import { refuseStatus } from './verify.ts'

/**
 * Puts a domain aside (L1): nothing of it is looked at, ordered, renewed, deployed or measured until `resume`. Its certificate, and
 * what serves it, stay; so do its records but those of challenges, which are taken away with the order that they were for.
 * A record that its provider keeps now is told, and tried again by each repetition and by `remove`.
 */
export async function suspend(services: Services, name: string, o: VerbOptions & { reason?: string }): Promise<string[]> {
  const reason = o.reason === undefined ? undefined : reasonOf(o.reason, 'a suspension')
  return step(services, name, o, async (current) => {
    const { store, runtime } = services
    const { id, status } = current.domain
    if (status === 'deleted') refuseStatus(current.domain)
    const open = await store.openOrder(id)
    const now = runtime.clock.now()
    const held = open ? split(budgetAtEnd({ step: current, order: open, atCa: undefined, resumed: true })) : undefined
    const { reason: before, nextActionAt: _, ...domain } = current.domain
    const why = reason ?? (status === 'suspended' ? before : undefined)
    // First of all it is put aside: whatever becomes of its records.
    await current.commit({
      ...(open && { order: { ...open, ...held?.order, state: 'invalid' as const, updatedAt: now } }),
      ...held?.changes,
      domain: { ...transition(domain, 'suspended', now), ...(why !== undefined && { reason: why }) },
      events: [current.event('domain.suspended', why ?? 'no reason was given')],
    })
    const answers = await removeAnswers(current, await store.httpChallengesOf(id))
    const challenges = (await store.recordsOf(id)).filter((record) => !isLeading(record))
    return [...answers, ...(await removeRecords(current, challenges)).warnings]
  })
}

/** Ends that: what is due meanwhile is done next. Of one that is not suspended it changes nothing. */
export async function resume(services: Services, name: string, o: VerbOptions): Promise<void> {
  await step(services, name, o, async (current) => {
    const { status, certificateId } = current.domain
    if (status === 'deleted') refuseStatus(current.domain)
    if (status !== 'suspended') return
    const { reason: _, ...domain } = current.domain
    const now = services.runtime.clock.now()
    const resumed = transition(domain, certificateId === undefined ? 'resumed' : 'resumed_with_certificate', now)
    await current.commit({
      domain: { ...resumed, attempts: 0, nextActionAt: now },
      events: [current.event('domain.resumed', `it is ${resumed.status}`)],
    })
  })
}
