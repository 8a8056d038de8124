import type { Zone } from '../contracts/dns-provider.ts'
import type { NewAuditEvent, Order, WrittenRecord } from '../domain/model.ts'
import { DomainctlError, toDomainctlError } from '../errors.ts'
import { removeLeftoverAnswers } from './http-answers.ts'
import { answerWithin } from './provider-answer.ts'
import { zoneFor } from './provider-choice.ts'
import { failedRecordLine, recordLine } from './record-lines.ts'
import { byRRset, type RecordSet, rrsetOf } from './record-sets.ts'
import { holdingRRset } from './rrset-lease.ts'
import { makeId, type Services } from './services.ts'
import type { Step } from './step.ts'

/** Seconds; challenge records live for a minute, and nobody should remember them for longer. */
const CHALLENGE_TTL = 60

/** See {@link cleanUpMs}. */
const CLEAN_UP_MS = 20_000
const CLEAN_UP_EACH_MS = 3_000

/** Where the challenge record of a name is written: at the end of the CNAMEs, in a zone of this provider. */
export interface ChallengePlace {
  name: string
  provider: string
  zone: Zone
}

/**
 * Finds where a challenge record goes, by following CNAMEs from where the CA looks (delegation is nothing else) and by
 * asking the provider for the zone. Writes nothing; done before an order is opened, it finds what would make it fail.
 */
export async function locateChallenge(
  { services, domain, signal, report }: Step,
  challengeName: string,
): Promise<ChallengePlace> {
  const name = await (await services.dns()).followCname(challengeName, { signal })
  const holder = await zoneFor(services, name, { provider: domain.provider, ledFrom: challengeName, signal, report })
  return { name, ...holder }
}

/** The records that an order's pending authorizations need. Nothing is written yet. */
export async function planChallengeRecords(
  step: Step,
  order: Order,
  places: ReadonlyMap<string, ChallengePlace>,
): Promise<WrittenRecord[]> {
  const { services, domain } = step
  const pending = order.authorizations.filter(({ status }) => status === 'pending')
  return Promise.all(
    pending.map(async ({ challengeName, txtValue }): Promise<WrittenRecord> => {
      const place = places.get(challengeName) ?? (await locateChallenge(step, challengeName))
      return {
        ...place,
        id: makeId(services),
        tenant: domain.tenant,
        domainId: domain.id,
        orderId: order.id,
        purpose: 'challenge',
        type: 'TXT',
        value: txtValue,
        ttl: Math.max(CHALLENGE_TTL, services.provider(place.provider).capabilities.minTtl),
        state: 'planned',
        createdAt: services.runtime.clock.now(),
      }
    }),
  )
}

/**
 * Writes planned records at their providers, those of one RRset in one call. Safe to repeat. Answers each with what became
 * of it: `present` or `asked`.
 */
export async function writeRecords(step: Step, records: readonly WrittenRecord[]): Promise<WrittenRecord[]> {
  const { services, signal } = step
  const asked = new Set<string>()
  const sets = byRRset(records)
  const outcomes = await Promise.allSettled(
    sets.map(async (set) => {
      const provider = services.provider(set.provider)
      const rrset = rrsetOf(set, set.records)
      const change = await holdingRRset(services, set, signal, (held) => provider.addValues(set.zone, rrset, { signal: held }))
      // The set is written: nobody has to wait for the servers as well.
      if (change.status === 'pending') await provider.waitForSync?.(change, { signal })
      if (change.status === 'by-hand') for (const { id } of set.records) asked.add(id)
      return change.status === 'by-hand' ? ('asked' as const) : ('present' as const)
    }),
  )
  const failed = outcomes.find((outcome) => outcome.status === 'rejected')
  if (failed) {
    // Nothing of this is committed where it came to; what became of each is told with what comes next.
    step.note(...outcomes.flatMap((outcome, i) => outcomeLines(step, sets[i]?.records ?? [], outcome)))
    throw failed.reason
  }
  return records.map((record) => ({ ...record, state: asked.has(record.id) ? 'asked' : 'present' }))
}

function outcomeLines(
  step: Step,
  records: readonly WrittenRecord[],
  outcome: PromiseSettledResult<WrittenRecord['state']>,
): NewAuditEvent[] {
  return records.map((row) =>
    outcome.status === 'fulfilled'
      ? recordLine(step, 'record.written', row, { state: outcome.value })
      : failedRecordLine(step, row, { doing: 'write', error: outcome.reason }),
  )
}

/** The record as it is about to be taken away; what a person made stays that person's. */
export function leaving(record: WrittenRecord): WrittenRecord {
  return record.state === 'asked' ? record : { ...record, state: 'removing' }
}

/** What became of records that were to be taken away. */
export interface RemovedRecords {
  removed: WrittenRecord[]
  /** Why the first one that is still there could not be removed. */
  failure?: DomainctlError
  warnings: string[]
}

/**
 * Takes away records that domainctl wrote, and only those: a value that another order needs, too, stays at the provider
 * until that one has ended. What cannot be removed now stays in the journal, and is a warning.
 */
export async function removeRecords(step: Step, records: readonly WrittenRecord[]): Promise<RemovedRecords> {
  if (records.length === 0) return { removed: [], warnings: [] }
  // Of two orders that share a value, the one that says so last removes it: neither counts the other any more.
  const parting = records.map(leaving)
  if (parting.some((record, i) => record.state !== records[i]?.state)) await step.commit({ recordsWritten: parting })
  const sets = byRRset(parting.filter(({ state }) => state !== 'asked'))
  const ms = cleanUpMs(sets.length + step.services.rrsetChanges.underWay)
  const failures = (await Promise.all(sets.map((set) => removeSet(step.services, set, ms)))).filter((one) => one !== null)
  step.note(
    ...failures.flatMap(({ set, error }) => set.records.map((row) => failedRecordLine(step, row, { doing: 'remove', error }))),
  )
  const stays = new Set(failures.flatMap(({ set }) => set.records.map(({ id }) => id)))
  const removed = parting.filter(({ id }) => !stays.has(id))
  const byHand = removed.filter(({ state }) => state === 'asked')
  if (removed.length > 0) {
    const events = removed.map((row) => recordLine(step, row.state === 'asked' ? 'record.released' : 'record.removed', row))
    await step.commit({ recordsRemoved: removed.map(({ id }) => id), events })
  }
  const warnings = [
    ...failures.map(({ error }) => error.message),
    ...byHand.map(({ name, type, value }) => `You may now remove the ${type} record ${name} "${value}".`),
  ]
  const failure = failures[0]?.error
  return { removed, warnings, ...(failure && { failure }) }
}

/** Takes away what ended orders of this domain could not (their provider did not answer then). Answers warnings. */
export async function removeLeftovers(step: Step): Promise<string[]> {
  const { store } = step.services
  const warnings = await removeLeftoverAnswers(step)
  const written = await store.recordsOf(step.domain.id)
  if (written.length === 0) return warnings
  const open = await store.openOrder(step.domain.id)
  const left = written.filter(({ purpose, orderId }) => purpose === 'challenge' && orderId !== open?.id)
  return [...warnings, ...(await removeRecords(step, left)).warnings]
}

/**
 * Null when the records are gone, all of them in one call; when it fails, all of them may still be there.
 * @param ms how long the provider has, once it is our turn: for that the leases have a limit of their own
 */
async function removeSet(
  services: Services,
  set: RecordSet,
  ms: number,
): Promise<{ set: RecordSet; error: DomainctlError } | null> {
  const { store, runtime } = services
  const { provider, zone, name, type, records } = set
  const own = new Set(records.map(({ id }) => id))
  try {
    // Not under the signal that may have ended the order.
    await holdingRRset(services, set, new AbortController().signal, async (held) => {
      // Asked in our turn: an order that shares a value has it in the journal before it waits for its own turn to write it.
      // Where none is needed one may come in between. It waits for a value in vain then, and a later attempt writes it anew.
      const others = (await store.recordsAt(name, type)).filter((one) => {
        return one.zone.id === zone.id && !own.has(one.id) && one.state !== 'removing'
      })
      const shared = new Set(others.map(({ value }) => value))
      const ours = records.filter(({ value }) => !shared.has(value))
      if (ours.length === 0) return
      await answerWithin(services, provider, ms, held, async (signal) =>
        services.provider(provider).removeValues(zone, rrsetOf(set, ours), { signal }),
      )
    })
    return null
  } catch (thrown) {
    const cause = toDomainctlError(thrown)
    runtime.logger.log('warn', 'record not removed', { name, type, error: cause.message })
    const { code, hint, actor, message, retryAt } = cause
    const which = records.length > 1 ? `${records.length} ${type} records at ${name}` : `The ${type} record ${name}`
    const kept = records.length > 1 ? 'they are kept in mind' : 'it is kept in mind'
    const details = { hint, actor, ...(retryAt && { retryAt }), cause }
    return { set, error: new DomainctlError(code, `${which} could not be removed; ${kept}. ${message}`, details) }
  }
}

/**
 * How long taking away may take at the provider, in ms, for so many changes: it has a deadline of its own, since it must happen
 * after an abort, too. The slowest provider sets the pace: GoDaddy lets 60 requests a minute through, of which the adapter
 * uses 40, and a removal there is a reading and a writing, so each takes 3 s once the first are through. All that this process
 * changes at providers that write whole sets waits in the same line, also where it is one RRset that all change.
 */
export function cleanUpMs(changes: number): number {
  return CLEAN_UP_MS + changes * CLEAN_UP_EACH_MS
}
